"""The release gate on an .msi: a clean pair is fit, and a seeded defect is found, with the row of the table to blame.

One lifecycle each keeps it short. Not checked: all of the seeded defects, which `arclab mutants score` measures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.laws import NOT_JUDGED
from harness.substrate.host_packages import ensure_programs
from harness.validation.library import NOT_ON_WINDOWS
from simulator.msi import TOOLS, build_msis
from tests.e2e.conftest import read_json

if TYPE_CHECKING:
    from tests.e2e.conftest import Arclab, Finished

pytestmark = pytest.mark.engine


@pytest.fixture
def pair(arclab: Arclab) -> tuple[str, str]:
    """Build the stand-in's last two releases; gives the names of the new one and of the old one."""
    ensure_programs(TOOLS, "the .msi of the stand-in agent", print)
    old, new = (entry.path for entry in build_msis(arclab.folder, ("1.57", "1.67")))
    return new, old


def _verdict(done: Finished) -> dict[str, Any]:
    return read_json(done.directory / "verdict.json")


def test_a_clean_msi_is_fit(arclab: Arclab, pair: tuple[str, str]) -> None:
    """Exit 0 without a defect; what was not judged is said, and why."""
    new, old = pair
    done = arclab("validate", new, "--previous", old, "--quick", "-k", "fresh or edited", "--report", "report")
    verdict = _verdict(done)

    assert (done.exit, verdict["verdict"], verdict["defects"]) == (0, "fit", []), done.stdout
    assert {(run["lifecycle"], run["format"], run["outcome"]) for run in verdict["runs"]} == {
        ("windows-fresh", "msi", "pass"), ("windows-edited", "msi", "pass")
    }  # fmt: skip
    assert {gap["what"] for gap in verdict["not_judged"]} == {
        *(f"law {law}" for law in NOT_JUDGED["msi"]),
        *NOT_ON_WINDOWS,
    }
    assert "not judged: law journal-quiet (.msi): Wine has no event log" in done.stdout


def test_a_defect_is_found_and_its_row_blamed(arclab: Arclab, pair: tuple[str, str]) -> None:
    """A service that a removal does not delete: ServiceControl lacks that event of it."""
    new, old = pair
    built = arclab("mutants", "build", new, "--out", "mutants", "--mutant", "msi-service-left")
    done = arclab("validate", f"mutants/msi-service-left/{new}", "--previous", old, "--quick", "-k", "fresh",
                  "--report", "report")  # fmt: skip
    verdict = _verdict(done)
    found = {defect["summary"]: (defect["law"], defect["blame"]) for defect in verdict["defects"]}
    law, blame = found["Windows still knows the unit himds"]

    assert (built.exit, done.exit, verdict["verdict"]) == (0, 1, "unfit"), done.stdout
    assert (law, blame["file"], blame["row"]) == ("nothing-left", "ServiceControl", "Controlhimds (himds)")


@pytest.mark.parametrize(
    ("words", "reference"),
    [
        (["{new}", "--environment", "umask-077"], "validate-environments"),
        (["{new}", "--previous", "{new}"], "candidate-old"),
        (["{new}", "--distro", "apt"], "validate-distros"),
    ],
)
def test_bad_usage_is_refused(arclab: Arclab, pair: tuple[str, str], words: list[str], reference: str) -> None:
    """With exit 5 and the reason; nothing is tried in silence that cannot be."""
    done = arclab("validate", *(word.format(new=pair[0]) for word in words), "--quick", "--report", "report")

    assert (done.exit, reference in done.stderr) == (5, True), done.stderr
