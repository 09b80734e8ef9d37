"""A mutant is killed by a law that fits, and by nothing that the clean twin shows too; a run that broke is no kill."""

from __future__ import annotations

import io

import msgspec
import pytest
from rich.console import Console

from harness.model.validation import Blame, Defect, ValidatedRun, Validation
from harness.mutants.catalogue import Mutant, Seed
from harness.mutants.scoring import Score, Scored, judge, print_score

MUTANT = Mutant("t", "o", "SVC", ("identity",), deb=Seed(("preinst",), {"scripts": {}}))
DEFECT = Defect("identity", "upgrade", "debian-12", "deb", "another one", (), Blame("preinst", 2, None), accepted=False)
RUN = ValidatedRun("a.debian-12", "a", "debian-12", "deb", "pass", 1.0, "")


def _result(*defects: Defect, outcome: str = "pass") -> Validation:
    return Validation("unfit", "", (), defects, (msgspec.structs.replace(RUN, outcome=outcome),), (), 1.0)


@pytest.mark.parametrize(
    ("result", "fate", "blamed"),
    [
        (_result(DEFECT), "killed", True),
        (_result(msgspec.structs.replace(DEFECT, blame=Blame("postinst", 2, None))), "killed", False),
        (_result(msgspec.structs.replace(DEFECT, blame=None)), "killed", False),
        (_result(msgspec.structs.replace(DEFECT, law="ends-clean")), "other", False),
        (_result(msgspec.structs.replace(DEFECT, format="rpm")), "missed", False),
        (_result(msgspec.structs.replace(DEFECT, accepted=True)), "missed", False),
        (_result(outcome="error"), "void", False),
        (_result(), "missed", False),
    ],
    ids=["killed", "wrong script", "no blame", "other law", "other format", "accepted", "broken", "missed"],
)
def test_fate(result: Validation, fate: str, blamed: bool) -> None:
    """Each way that a run may end."""
    scored = judge("m", MUTANT, "deb", result)

    assert (scored.fate, scored.blamed) == (fate, blamed)


def test_what_the_clean_twin_shows_kills_nothing() -> None:
    """A false alarm would kill every mutant."""
    assert judge("m", MUTANT, "deb", _result(DEFECT), ["deb: identity: another one"]).fate == "missed"


def test_the_table() -> None:
    """Fates, rates for each family and format, blame, false alarms."""
    out = io.StringIO()
    entries = (
        Scored("a", "SVC", "deb", "killed", ("identity",), blamed=True),
        Scored("b", "SVC", "deb", "missed", (), blamed=False),
    )
    print_score(Score(entries, ("deb: identity: x",)), Console(file=out, width=200))

    assert out.getvalue().splitlines() == [
        "killed  deb SVC   a: identity", "missed  deb SVC   b: -", "SVC   deb: 1 of 2 killed",
        "killed 1 of 2; right blame in 1 of 1", "false alarms: 1", "  deb: identity: x",
    ]  # fmt: skip
