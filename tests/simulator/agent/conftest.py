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

TENANT = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a1"
SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"


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


class Azure:
    """The agent's HTTP client, over the simulated cloud in memory. `fail` breaks the network; `asked` has the URLs."""

    def __init__(self, send: Callable[..., Any], module: ModuleType, sender: str = "10.0.0.5") -> None:
        self.sender = sender
        self.fail = False
        self.asked: list[str] = []
        self._send = send
        self._module = module

    def request(self, method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """Send a request as the agent's own client does."""
        if self.fail:
            raise self._module.NetworkError("no route")
        self.asked.append(url)
        content = json.dumps(body).encode() if isinstance(body, dict | list) else body
        kind = {"Content-Type": "application/json"} if isinstance(body, dict | list) else {}
        answer = self._send(method, url, content=content, headers={**kind, **(headers or {})}, sender=self.sender)
        return self._module.Response(answer.status_code, answer.headers, answer.content)

    def close(self) -> None:
        """Close nothing."""


@pytest.fixture(scope="session")
def agent_key(agent_module: Callable[[str], ModuleType]) -> bytes:
    """Give a private key that the agent has made."""
    made: bytes = agent_module("crypto").new_private_key()
    return made


@pytest.fixture
def azure(
    send: Callable[..., Any],
    cloud_store: Any,
    agent_module: Callable[[str], ModuleType],
    agent_key: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> Azure:
    """Give the cloud as the agent sees it; the agent's clock is the lab's."""
    client = Azure(send, agent_module("http_client"))
    monkeypatch.setattr("time.time", cloud_store.clock.now)
    monkeypatch.setattr(agent_module("commands.connect"), "new_private_key", lambda: agent_key)
    return client


@pytest.fixture
def make_himds(
    azure: Azure,
    make_agent: Callable[..., Any],
    agent_module: Callable[[str], ModuleType],
    run_command: Callable[..., tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Any]:
    """Give a maker of himds, of a machine that `azcmagent connect` has connected as `box-1`."""

    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("os.chown", lambda *_: None)

    def make(release: str = "1.67", *, connected: bool = True) -> Any:
        paths, facts = make_agent(release)
        Path(paths.tokens).mkdir(parents=True, exist_ok=True)
        daemon = agent_module("himds").Himds(paths, facts)
        daemon.client, daemon.identity = azure, agent_module("identity").Identity(paths, azure)
        connect = agent_module("commands.connect")
        monkeypatch.setattr(connect, "HttpClient", lambda _: azure)
        monkeypatch.setattr(connect, "reachable", lambda *_: (True, "TLS 1.3"))
        monkeypatch.setattr(connect, "ask", lambda _, command, **__: daemon.answer({"command": command}))
        if connected:
            words = f"connect -i app-onb -p s -t {TENANT} -s {SUBSCRIPTION} -g rg1 -l eastus -n box-1".split()
            assert run_command(*words, release=release)[0] == 0
        return daemon

    return make
