"""A run is repeated with what the bundle has, and compared by its verdicts."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from harness import controller
from harness.bundles import replaying
from harness.bundles.packing import open_bundle, pack_bundle
from harness.controller import RunOptions, RunOutcome
from harness.errors import LabError, UsageError
from harness.inputs import keep_gate
from harness.model.record import Outcome
from harness.model.validation import Defect, Validation
from harness.scenario.load import load_scenarios
from harness.settings import Settings
from harness.validation import gate
from tests.harness.bundles.conftest import write_run

_SETTINGS = Settings.from_environment({})
_CONSOLE = Console(file=io.StringIO())


def _opened(run_directory: Path, tmp_path: Path, *, with_packages: bool = True) -> Path:
    pack_bundle(run_directory, tmp_path / "b.tar.gz", with_packages=with_packages)
    open_bundle(tmp_path / "b.tar.gz", tmp_path / "open")
    return tmp_path / "open"


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[RunOptions]:
    """Give the options of each run that is asked for; such a run has the first one's outcome."""
    asked: list[RunOptions] = []

    def run(options: RunOptions, settings: Settings, console: Console) -> RunOutcome:
        asked.append(options)
        write_run(tmp_path / "again", {"upgrade-a.debian-12": "pass"})
        return RunOutcome(tmp_path / "again", interrupted=False)

    monkeypatch.setattr(controller, "run", run)
    return asked


def test_repeats_what_was_asked(run_directory: Path, tmp_path: Path, runs: list[RunOptions]) -> None:
    """The same selection of the same texts with the same packages, though the library may have changed."""
    opened = _opened(run_directory, tmp_path)

    result, directory = replaying.replay(opened, _SETTINGS, _CONSOLE, workers=3)

    assert (result.verdicts, result.compared, directory) == ((), 1, tmp_path / "again")
    assert (runs[0].expression, runs[0].distros, runs[0].workers) == ("a", ("debian-12",), 3)
    assert [scenario.name for scenario in load_scenarios(runs[0].paths)] == ["upgrade/a"]
    assert [path.read_bytes() for path in runs[0].candidates] == [b"a package"]
    assert runs[0].product == opened / "run" / "inputs" / "product.toml"


def test_a_run_that_breaks_is_no_difference(
    run_directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be told is an error, and never a verdict that differs."""
    write_run(tmp_path / "again", {"upgrade-a.debian-12": "error"})
    broken = RunOutcome(tmp_path / "again", interrupted=False, broken=LabError("engine-gone", "the engine has gone."))
    monkeypatch.setattr(controller, "run", lambda *_: broken)

    with pytest.raises(LabError, match="the engine has gone"):
        replaying.replay(_opened(run_directory, tmp_path), _SETTINGS, _CONSOLE)


def test_takes_the_same_package_from_elsewhere(
    run_directory: Path, tmp_path: Path, candidate: Path, runs: list[RunOptions]
) -> None:
    """What a bundle lacks can be given."""
    opened = _opened(run_directory, tmp_path, with_packages=False)

    replaying.replay(opened, _SETTINGS, _CONSOLE, packages=[candidate])

    assert runs[0].candidates == (candidate,)


def test_refuses_another_package(run_directory: Path, tmp_path: Path, runs: list[RunOptions]) -> None:
    """It would be another run; the hash says which file is wanted."""
    opened = _opened(run_directory, tmp_path, with_packages=False)
    (tmp_path / "other.deb").write_bytes(b"another package")

    with pytest.raises(UsageError, match=r"no candidate 'new\.deb'"):
        replaying.replay(opened, _SETTINGS, _CONSOLE, packages=[tmp_path / "other.deb"])

    assert runs == []


def test_repeats_a_validation_as_one(run_directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the laws of today on the lifecycles of then, with what was accepted then."""
    (tmp_path / "accept.toml").write_text("accept = []\n")
    keep_gate(run_directory, quick=True, accept=tmp_path / "accept.toml", environments=("no-tty",))
    opened = _opened(run_directory, tmp_path)
    asked: list[gate.Gate] = []

    def validate(wanted: gate.Gate, *_: Any) -> tuple[None, Path]:
        asked.append(wanted)
        return None, run_directory

    monkeypatch.setattr(gate, "validate", validate)
    replaying.replay(opened, _SETTINGS, _CONSOLE)

    inputs = opened / "run" / "inputs"
    assert (asked[0].quick, asked[0].distros, asked[0].expression) == (True, ("debian-12",), "a")
    assert asked[0].environments == ("no-tty",)
    assert (asked[0].scenarios, asked[0].accept) == (inputs / "scenarios", inputs / "accept.toml")


def _validated(directory: Path, outcome: Outcome, *summaries: str) -> Path:
    write_run(directory, {"fresh.debian-12": outcome}, image=f"arclab/debian-12:{directory.name}")
    defects = tuple(Defect("files-sane", "install", "debian-12", "deb", s, (), None, accepted=False) for s in summaries)
    result = Validation("unfit" if defects else "fit", "", (), defects, (), (), 1.0)
    (directory / "verdict.json").write_bytes(msgspec.json.encode(result))
    return directory


def test_tells_what_differs(tmp_path: Path) -> None:
    """Each verdict by its name, and apart from them what else was not the same."""
    then = _validated(tmp_path / "then", "pass", "a stays", "b goes")
    now = _validated(tmp_path / "now", "fail", "a stays", "c comes")

    result = replaying.compare(then, now)

    assert result.verdicts == (
        ("files-sane (deb): b goes", "defect", "-"),
        ("files-sane (deb): c comes", "-", "defect"),
        ("fresh.debian-12", "pass", "fail"),
    )
    assert result.circumstances == (("images debian-12", "arclab/debian-12:then", "arclab/debian-12:now"),)


def test_says_so_when_nothing_differs(tmp_path: Path) -> None:
    """In one line."""
    then = _validated(tmp_path / "then", "pass")
    said = io.StringIO()

    replaying.print_comparison(replaying.compare(then, then), Console(file=said))

    assert said.getvalue() == "2 verdicts: the same\n"
