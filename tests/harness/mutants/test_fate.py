"""A mutant is killed by a law that fits, and by nothing that the clean twin shows too; what broke is no kill."""

from __future__ import annotations

import io

import msgspec
import pytest
from rich.console import Console

from harness.model.state import Evidence, State, Transition
from harness.model.validation import Blame, Defect, Untold, ValidatedRun, Validation
from harness.mutants.catalogue import Mutant, Seed
from harness.mutants.fate import Score, Scored, Tried, alarms_of, judge, print_score
from harness.validation.judging import SCENARIO
from simulator.contract import PackageContents, PackageFile

MUTANT = Mutant("t", "o", "SVC", ("identity", SCENARIO), deb=Seed({"scripts": {}}, ("preinst",)))
DEFECT = Defect("identity", "upgrade", "debian-12", "deb", "another one", (), Blame("preinst", 2, None), accepted=False)
RUN = ValidatedRun("a.debian-12", "a", "debian-12", "deb", "pass", 1.0, "")
CONTENTS = PackageContents(PackageFile("p", "2", "2", "deb", "p.deb", "", 1, "amd64"), (), {}, {}, ())
NOTHING = State("absent", "", (), (), "", {}, {}, {}, (), (), (), (), (), (), {}, ())
INSTALLED = msgspec.structs.replace(NOTHING, package="installed", installed="2")
BROKEN = msgspec.structs.replace(NOTHING, package="half-installed", installed="2")


def _result(*defects: Defect, outcome: str = "pass") -> Validation:
    run = msgspec.structs.replace(RUN, outcome=outcome, reason="no answer")
    return Validation("unfit", "", (), defects, (run,), (), 1.0)


def _untold(machine: str) -> Validation:
    untold = Untold("same-in-the-end", machine, "nothing to compare with")
    return msgspec.structs.replace(_result(), verdict="unknown", untold=(untold,))


def _runs(*steps: Transition, environment: str = "") -> tuple[Evidence, ...]:
    return (Evidence("a.debian-12", "a", "debian-12", "deb", steps, environment=environment),)


def _step(after: State, title: str = "install candidate") -> Transition:
    return Transition(0, title.partition(" ")[0], title, "pass", NOTHING, after)


def _judge(result: Validation, evidence: tuple[Evidence, ...] = _runs(_step(INSTALLED))) -> Scored:
    return judge("m", MUTANT, CONTENTS, Tried(result, evidence), inserted={"preinst": frozenset({2})})


@pytest.mark.parametrize(
    ("result", "fate", "blamed"),
    [
        (_result(DEFECT), "killed", True),
        (_result(msgspec.structs.replace(DEFECT, blame=Blame("postinst", 2, None))), "killed", False),
        (_result(msgspec.structs.replace(DEFECT, blame=Blame("preinst", 3, None))), "killed", False),
        (_result(msgspec.structs.replace(DEFECT, blame=Blame("preinst", None, None))), "killed", False),
        (_result(msgspec.structs.replace(DEFECT, blame=None)), "killed", False),
        (_result(msgspec.structs.replace(DEFECT, law="ends-clean")), "other", None),
        (_result(msgspec.structs.replace(DEFECT, format="rpm")), "missed", None),
        (_result(msgspec.structs.replace(DEFECT, accepted=True)), "missed", None),
        (_result(), "missed", None),
        (_result(outcome="error"), "void", None),
        (_result(DEFECT, outcome="error"), "killed", True),
        (_untold("debian-12"), "void", None),
        (_untold("yum-debian-12"), "missed", None),
    ],
    ids=["killed", "wrong script", "wrong line", "no line", "no blame", "other law", "other format", "accepted",
         "missed", "broken", "found before it broke", "not compared", "not compared elsewhere"],
)  # fmt: skip
def test_fate(result: Validation, fate: str, blamed: bool | None) -> None:
    """Each way that a run may end."""
    scored = _judge(result)

    assert (scored.fate, scored.blamed) == (fate, blamed)


@pytest.mark.parametrize(
    ("evidence", "fate"),
    [
        (_runs(_step(BROKEN)), "void"),
        (_runs(_step(BROKEN), _step(INSTALLED, "upgrade")), "void"),
        (_runs(_step(INSTALLED), environment="umask-077"), "void"),
        ((), "void"),
        (_runs(_step(BROKEN), environment="umask-077") + _runs(_step(INSTALLED)), "killed"),
        (_runs(_step(INSTALLED, "upgrade")), "killed"),
    ],
    ids=["half-installed", "only upgraded", "only elsewhere", "no run", "not elsewhere", "no new machine asked for"],
)
def test_a_mutant_that_does_not_install_on_its_control_path_is_void(evidence: tuple[Evidence, ...], fate: str) -> None:
    """An ordinary new machine takes it, or nothing that is found says anything of the defect."""
    scored = _judge(_result(DEFECT), evidence)

    assert (scored.fate, bool(scored.reason)) == (fate, fate == "void")


def test_a_script_without_new_lines_is_blamed_as_a_whole() -> None:
    """Where the defect is that a line is not there, no line can be named."""
    other = msgspec.structs.replace(DEFECT, blame=Blame("preinst", 7, None))

    assert judge("m", MUTANT, CONTENTS, Tried(_result(other), _runs(_step(INSTALLED))), inserted={}).blamed is True


@pytest.mark.parametrize(
    ("result", "fate"), [(_result(DEFECT), "alarm"), (_result(), "clean"), (_result(outcome="error"), "void")]
)
def test_what_is_no_defect_is_an_alarm_where_something_is_found(result: Validation, fate: str) -> None:
    """It looks like one; a gate that cannot tell them apart is no use."""
    mutant = msgspec.structs.replace(MUTANT, laws=(), clean=True)

    assert judge("m", mutant, CONTENTS, Tried(result, _runs(_step(INSTALLED))), inserted={}).fate == fate


def test_an_entry_without_a_place_says_nothing_of_blame() -> None:
    """It counts neither as right nor as wrong."""
    mutant = msgspec.structs.replace(MUTANT, deb=Seed({}))

    assert judge("m", mutant, CONTENTS, Tried(_result(DEFECT), _runs(_step(INSTALLED))), inserted={}).blamed is None


def test_what_a_scenario_alone_finds_is_told_apart() -> None:
    """The share of the laws alone is counted."""
    scenario = msgspec.structs.replace(DEFECT, law=SCENARIO)

    assert [(s.fate, s.by_law) for s in (_judge(_result(scenario)), _judge(_result(scenario, DEFECT)))] == [
        ("killed", False), ("killed", True),
    ]  # fmt: skip


def test_what_the_clean_twin_shows_kills_nothing() -> None:
    """A false alarm would kill every mutant."""
    tried = Tried(_result(DEFECT), _runs(_step(INSTALLED)))

    assert judge("m", MUTANT, CONTENTS, tried, inserted={}, alarms=alarms_of(tried)).fate == "missed"
    assert alarms_of(None) == ()


KILLED = Scored("a", "SVC", "deb", "killed", ("identity",), blamed=True, by_law=True)
MISSED = Scored("b", "SVC", "deb", "missed")
VOID = Scored("c", "SVC", "deb", "void", reason="no [answer]")


def test_the_table() -> None:
    """Fates, rates for each family and format, the laws alone, blame, false alarms; what is void is counted apart."""
    out = io.StringIO()
    scenario = Scored("d", "NET", "rpm", "killed", ("scenario",), blamed=False)
    harmless = Scored("e", "CLEAN", "rpm", "clean"), Scored("f", "CLEAN", "rpm", "alarm", ("identity",))
    total = Score((KILLED, MISSED, VOID, scenario, *harmless), ("deb: identity: x",), "it broke")
    print_score(total, Console(file=out, width=200))

    assert out.getvalue().splitlines() == [
        "killed  deb SVC   a: identity", "missed  deb SVC   b: -", "void    deb SVC   c: -: no [answer]",
        "killed  rpm NET   d: scenario, blame missed", "clean   rpm CLEAN e: -",
        "alarm   rpm CLEAN f: identity", "NET   rpm: 1 of 1 killed", "SVC   deb: 1 of 2 killed",
        "killed 2 of 3, by laws alone 1; right blame in 1 of 2; void 1", "harmless changes without an alarm: 1 of 2",
        "the clean twin could not be told: it broke",
        "false alarms: 1", "  deb: identity: x",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("total", "code"),
    [
        (Score((KILLED,)), 0),
        (Score((KILLED, MISSED, VOID)), 1),
        (Score((KILLED,), ("an alarm",)), 1),
        (Score((Scored("e", "CLEAN", "deb", "alarm"),)), 1),
        (Score((KILLED, VOID, Scored("e", "CLEAN", "deb", "clean"))), 2),
        (Score((KILLED,), (), "broke"), 2),
    ],
    ids=["all killed", "missed", "alarm", "harmless change", "void", "no clean twin"],
)
def test_exit_code(total: Score, code: int) -> None:
    """A void mutant is no success."""
    assert total.exit_code == code
