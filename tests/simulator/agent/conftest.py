"""The stand-in agent is no package of ours: its modules are imported from its own folder, for these tests only."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from simulator.packaging import AGENT
from simulator.releases import load_releases


@pytest.fixture(scope="session")
def agent_module() -> Iterator[Callable[[str], ModuleType]]:
    """Give a function that imports a module of the agent by its name below `azcmagent`."""
    source = str(AGENT / "src")
    sys.path.insert(0, source)
    yield lambda name: importlib.import_module(f"azcmagent.{name}")
    sys.path.remove(source)


@pytest.fixture
def make_agent(tmp_path: Path, agent_module: Callable[[str], ModuleType]) -> Callable[..., Any]:
    """Give a maker of (paths, release) of an agent below the test's folder, as the package of a release lays it out."""

    def make(name: str = "1.67") -> Any:
        releases = load_releases()
        release = releases.select((name,))[0]
        paths = agent_module("paths").Paths(str(tmp_path))
        Path(paths.release).parent.mkdir(parents=True, exist_ok=True)
        facts = {"version": release.deb, "release": name, "format": "deb", "features": releases.features_of(release)}
        Path(paths.release).write_text(json.dumps(facts))
        return paths, agent_module("release").Release(paths)

    return make


@pytest.fixture
def make_config(make_agent: Callable[..., Any], agent_module: Callable[[str], ModuleType]) -> Callable[..., Any]:
    """Give a maker of the local settings of a release; settings may be given."""

    def make(name: str = "1.67", **settings: Any) -> Any:
        config = agent_module("localconfig").LocalConfig(*make_agent(name))
        for key, value in settings.items():
            config.set(key.replace("__", "."), value)
        return config

    return make


@pytest.fixture
def run_command(
    make_agent: Callable[..., Any], agent_module: Callable[[str], ModuleType], capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Give a runner of command lines; it gives exit status and standard output."""

    def run(*words: str, release: str = "1.67") -> tuple[int, str]:
        status = agent_module("cli").run(list(words), *make_agent(release))
        return status, capsys.readouterr().out

    return run


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command line believe that it is root; files are written as before."""
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("os.chown", lambda *_: None)


@pytest.fixture
def as_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command line believe that it is not root."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)
