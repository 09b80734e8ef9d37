"""What breaks in one run is written down, and the rest of the score goes on."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from harness.errors import LabError
from harness.model.product import load_product
from harness.model.validation import Validation
from harness.mutants import scoring
from harness.mutants.building import CLEAN, Built
from harness.mutants.catalogue import Mutant, Seed
from harness.mutants.fate import Score
from harness.mutants.scoring import SCORE_FILE, score
from harness.products import DEFAULT_PRODUCT
from harness.settings import Settings
from harness.validation.gate import Gate
from harness.validation.judging import SCENARIO
from simulator.contract import PackageContents, PackageFile

NAMES = ("stops-on-upgrade", "settings-reset", "world-writable")
VERDICT = Validation("fit", "", (), (), (), (), 1.0)


def _contents(kind: str) -> PackageContents:
    return PackageContents(PackageFile("p", "2", "2", kind, f"p.{kind}", "", 1, "amd64"), (), {}, {}, ())  # type: ignore[arg-type]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Gate]:
    """Give what the gate is asked for; it breaks at one mutant, and one cannot be packed as a .deb."""
    gates: list[Gate] = []

    def validate(gate: Gate, *_: object) -> tuple[Validation, Path]:
        gates.append(gate)
        if gate.report == tmp_path / NAMES[0]:
            raise LabError("gone", "the engine is gone.")
        return VERDICT, tmp_path

    built = [Built(name, kind, Path(f"{name}.{kind}")) for name in (CLEAN, *NAMES) for kind in ("deb", "rpm")]
    built[5] = Built(NAMES[1], "rpm", None, "no line matches.")
    monkeypatch.setattr(scoring, "build_mutants", lambda *_: built)
    monkeypatch.setattr(scoring, "contents_of", lambda *_: {(b.mutant, b.format): _contents(b.format) for b in built})
    monkeypatch.setattr(scoring, "validate", validate)
    monkeypatch.setattr(scoring, "_evidence_of", lambda _: ())
    return gates


def test_a_broken_run_is_written_down_and_the_next_follows(asked: list[Gate], tmp_path: Path) -> None:
    """A crash is no kill, nor is what could not be packed; every mutant has its line."""
    previous = (Path("old.deb"), Path("old.rpm"))
    total = score(Gate((), previous), Settings.from_environment({}), Console(file=io.StringIO()), NAMES, tmp_path)

    assert [(entry.mutant, entry.format, entry.fate) for entry in total.mutants] == [
        (name, kind, "void") for name in NAMES for kind in ("deb", "rpm")
    ]
    assert "the engine is gone" in total.mutants[0].reason
    assert total.mutants[3].reason == "no line matches."
    assert msgspec.json.decode((tmp_path / SCORE_FILE).read_bytes(), type=Score) == total


def test_the_previous_release_is_given_for_the_formats_that_are_there(asked: list[Gate], tmp_path: Path) -> None:
    """A defect of one format alone is no wrong use of the gate."""
    previous = (Path("old.deb"), Path("old.rpm"))
    score(Gate((), previous), Settings.from_environment({}), Console(file=io.StringIO()), NAMES, tmp_path)

    assert [len(gate.previous) for gate in asked] == [2, 2, 1, 2]


def test_a_clean_twin_whose_runs_broke_is_no_quiet_one(
    asked: list[Gate], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the clean twin would have shown is not known then, and counts for no kill."""
    unknown = msgspec.structs.replace(VERDICT, verdict="unknown", summary="1 of 9 lifecycles could not be told")
    monkeypatch.setattr(scoring, "validate", lambda *_: (unknown, tmp_path))
    total = score(Gate(()), Settings.from_environment({}), Console(file=io.StringIO()), NAMES, tmp_path)

    assert (total.problem, total.exit_code) == (unknown.summary, 2)


def test_what_only_a_scenario_shows_is_void_where_none_is_run(
    asked: list[Gate], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library is about the stand-in's releases: with others it is left out, which is no miss."""
    mutants = {name: Mutant(name, "o", "SVC", (SCENARIO,), scenarios=("proxy/bypass",)) for name in NAMES}
    monkeypatch.setattr(scoring, "load_mutants", lambda *_: mutants)
    total = score(
        Gate((), (Path("old.deb"),)), Settings.from_environment({}), Console(file=io.StringIO()), NAMES, tmp_path
    )

    assert {entry.reason for entry in total.mutants[4:]} == {"the scenario that shows it is not run"}


def test_only_the_cases_that_an_entry_names(asked: list[Gate], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clean twin is in all of them; what the user asked for holds too."""
    mutants = {
        NAMES[0]: Mutant("t", "o", "SVC", cases="fresh or twice"),
        NAMES[1]: Mutant("t", "o", "SVC", cases="edited", scenarios=("upgrade/by-patches",)),
        NAMES[2]: Mutant("t", "o", "SVC", cases="edited"),
    }
    monkeypatch.setattr(scoring, "load_mutants", lambda *_: mutants)
    gate = Gate((), expression="deb")
    score(gate, Settings.from_environment({}), Console(file=io.StringIO()), NAMES, tmp_path, aimed=True)

    assert [gate.expression for gate in asked] == [
        "(deb) and ((edited) or (fresh or twice) or upgrade-by-patches)", "(deb) and ((fresh or twice))",
        "(deb) and ((edited) or upgrade-by-patches)", "(deb) and ((edited))",
    ]  # fmt: skip
    assert [[path.stem for path in gate.beside] for gate in asked] == [["by-patches"], [], ["by-patches"], []]


def test_the_product_file_declares_what_an_entry_declares(
    asked: list[Gate], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a file beside the packages; the clean twin has the user's own."""
    mutants = {name: Mutant("t", "o", "SVC") for name in NAMES}
    mutants[NAMES[1]] = Mutant("t", "o", "SVC", product={"leftovers": ("/var/lib/kept",)})
    monkeypatch.setattr(scoring, "load_mutants", lambda *_: mutants)
    score(Gate(()), Settings.from_environment({}), Console(file=io.StringIO()), NAMES, tmp_path)
    own = load_product(DEFAULT_PRODUCT)

    assert [gate.product == DEFAULT_PRODUCT for gate in asked] == [True, True, False, True]
    assert load_product(asked[2].product) == mutants[NAMES[1]].declared(own)


def test_environments_that_an_entry_names_come_beside_the_quick_ones(
    asked: list[Gate], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any the gate chooses; what the user asked for goes first."""
    mutants = {name: Mutant("t", "o", "SVC") for name in NAMES}
    mutants[NAMES[1]] = Mutant("t", "o", "SVC", environments=("no-tty",))
    monkeypatch.setattr(scoring, "load_mutants", lambda *_: mutants)
    score(Gate(()), Settings.from_environment({}), Console(file=io.StringIO()), NAMES, tmp_path)

    assert [gate.environments for gate in asked][1:3] == [(), ("no-systemd", "uid-taken", "umask-077", "no-tty")]


def test_a_changed_previous_release_and_steps_are_an_entrys_own(
    asked: list[Gate], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clean twin and the others are upgraded from what was given, or from what arclab publishes."""
    mutants = {name: Mutant("t", "o", "SVC") for name in NAMES}
    mutants[NAMES[1]] = Mutant("t", "o", "SVC", steps=("reboot: {}",), deb=Seed(previous={"version": "1"}))
    monkeypatch.setattr(scoring, "load_mutants", lambda *_: mutants)
    monkeypatch.setattr(scoring, "_stand_ins", lambda *_: (Path("stand-in.deb"),))
    monkeypatch.setattr(scoring, "build_previous", lambda given, _product, _mutant, out: (out / given[0].name,))
    score(Gate(()), Settings.from_environment({}), Console(file=io.StringIO()), NAMES, tmp_path)

    assert [gate.steps for gate in asked] == [(), (), ("reboot: {}",), ()]
    assert [gate.previous for gate in asked] == [(), (), (tmp_path / "previous" / NAMES[1] / "stand-in.deb",), ()]
