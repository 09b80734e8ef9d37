"""What several machines show alike is one defect; the verdict follows from defects and runs."""

from __future__ import annotations

import msgspec
import pytest

from harness.laws.trial import Trial
from harness.model.record import CaseRecord, Place, StepRecord
from harness.model.validation import Defect, ValidatedRun
from harness.validation.judging import failed_cases, find_defects, trials_of, verdict_of
from tests.harness.laws.values import OLD, make_state, make_transition, make_trial

DEFECT = Defect("ends-clean", "upgrade", "debian-12", "deb", "it fails", (), None, accepted=False, lifecycle="fresh")
RUN = ValidatedRun("fresh.debian-12", "fresh", "debian-12", "deb", "pass", 1.0, "")


def _failing(distro: str) -> Trial:
    trial = make_trial(make_transition("upgrade", make_state(installed=OLD), make_state(cli_version=OLD)))
    run = msgspec.structs.replace(trial.runs[0], distro=distro, case=f"lifecycle.{distro}")
    return Trial(trial.product, trial.new, trial.old, (run,))


def test_the_same_on_two_machines_is_one_defect() -> None:
    """The first names the others, and says what was typed."""
    found = [
        defect
        for defect in find_defects([_failing("debian-12"), _failing("debian-13")])[0]
        if defect.law == "version-truth"
    ]

    assert [(d.machine, d.transition, d.lifecycle, d.also) for d in found] == [
        ("debian-12", "upgrade", "lifecycle", ("debian-13: lifecycle, upgrade",))
    ]
    assert found[0].reproduce == ("sudo apt upgrade",)


def test_defects_are_in_order_of_harm() -> None:
    """The table of laws is the order."""
    laws = [defect.law for defect in find_defects([_failing("debian-12")])[0]]

    assert laws == ["services-keep-state", "version-truth"]


def test_what_a_law_cannot_tell_is_told() -> None:
    """Without an ordinary installation to compare with there is no defect and no fitness; the place has the word."""
    trial = _failing("debian-12")
    hostile = msgspec.structs.replace(trial.runs[0], environment="umask-077")
    defects, untold = find_defects([Trial(trial.product, trial.new, trial.old, (hostile,))])

    assert [(entry.law, entry.machine) for entry in untold] == [("same-in-the-end", "debian-12")]
    assert verdict_of([], [RUN], untold) == "unknown"
    assert {defect.environment for defect in defects} == {"umask-077"}
    assert defects[0].reproduce[0].startswith("# where root's umask is 077")


@pytest.mark.parametrize(
    ("defects", "outcomes", "verdict"),
    [
        ([], ["pass", "pass"], "fit"), ([], ["pass", "error"], "unknown"), ([], [], "unknown"),
        ([DEFECT], ["error"], "unfit"), ([msgspec.structs.replace(DEFECT, accepted=True)], ["pass"], "fit"),
    ],
)  # fmt: skip
def test_verdict(defects: list[Defect], outcomes: list[str], verdict: str) -> None:
    """A defect outweighs what could not be told; nothing told is not fit."""
    runs = [msgspec.structs.replace(RUN, outcome=outcome) for outcome in outcomes]

    assert verdict_of(defects, runs) == verdict


@pytest.mark.parametrize(("known", "expected"), [([], ["it is not there"]), ([DEFECT], [])], ids=["untold", "told"])
def test_a_failed_case_that_no_law_explains_is_a_defect(known: list[Defect], expected: list[str]) -> None:
    """No failure is lost, and none is told twice."""
    step = StepRecord(1, "upgrade", "upgrade", Place("f.yaml", 3), "fail", "", "", "", 1.0, message="it is not there")
    record = CaseRecord(
        "fresh.debian-12", "t", "lifecycles/fresh.yaml", "debian-12", "latest", "fail", "why", "", 1.0, steps=(step,)
    )

    assert [d.summary for d in failed_cases([record], known, {"debian-12": "deb"})] == expected


def test_evidence_is_judged_with_the_package_of_its_format() -> None:
    """A package that met no machine is judged alone."""
    trial = _failing("debian-12")
    rpm = make_trial(kind="rpm").new
    found = trials_of(trial.runs, trial.product, [trial.new, rpm], [trial.new])

    assert [(t.new.package.format, len(t.runs), t.old is not None) for t in found] == [
        ("deb", 1, True),
        ("rpm", 0, False),
    ]
