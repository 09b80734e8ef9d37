"""Expectations become verdicts: what holds passes, what differs fails, what cannot be read is an error."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from harness.context import Context
from harness.errors import LabError, UsageError
from harness.expectations import expected_subjects, judge_step, shortened
from harness.model.expectation import Expect, ExpectBetween, ExpectCloud, ExpectCommand, ExpectMachine, Text
from harness.model.record import CommandRecord, Observation, Place
from harness.model.scenario import Refresh, Step
from harness.observers import OBSERVERS, Observer

_STEP_PLACE = Place("s.yaml", 4, 5)
_VERSION_PLACE = Place("s.yaml", 6, 9)
MakeContext = Callable[..., Context]
MakeCommand = Callable[..., CommandRecord]


def _step(**expect: Any) -> Step:
    return Step("refresh", Refresh(), Expect(**expect), _STEP_PLACE, {"machine.version": _VERSION_PLACE}, "box-1")


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    """Put an observer with prepared looks in the place of `machine.package`; count its looks."""
    looks: list[int] = []

    def put(
        *results: Observation | Exception, mismatch: Callable[..., str] | None = None, settles: bool = True
    ) -> list[int]:
        def read(*_: Any) -> Observation:
            looks.append(1)
            result = results[min(len(looks), len(results)) - 1]
            if isinstance(result, Exception):
                raise result
            return result

        compare = mismatch or (lambda _, expected, seen: "" if expected == seen else f"is '{seen}'")
        monkeypatch.setitem(OBSERVERS, "machine.package", Observer(read, compare, settles))
        return looks

    return put


def _seen(value: Any) -> Observation:
    return Observation("machine.package", "seen", value)


def test_what_holds_passes(make_context: MakeContext, watched: Callable[..., list[int]]) -> None:
    """One look is enough for what holds at once."""
    looks = watched(_seen("absent"))

    [verdict] = judge_step(make_context(), _step(machine=ExpectMachine(package="absent")))

    assert (verdict.outcome, verdict.message, verdict.expected) == ("pass", "machine.package holds", "absent")
    assert (len(looks), verdict.looks) == (1, 1)


def test_what_differs_fails_with_what_was_seen(make_context: MakeContext, watched: Callable[..., list[int]]) -> None:
    """The message says what is wrong, and the place says where it was expected."""
    watched(_seen("installed"))

    [verdict] = judge_step(make_context(), _step(machine=ExpectMachine(package="absent"), within="0s"))

    assert (verdict.outcome, verdict.message) == ("fail", "machine.package is 'installed'")
    assert (verdict.actual, verdict.place) == (_seen("installed"), _STEP_PLACE)


def test_looks_again_until_it_holds(make_context: MakeContext, watched: Callable[..., list[int]]) -> None:
    """What settles late is waited for."""
    watched(_seen("installed"), LabError("a", "not yet"), _seen("absent"))

    [verdict] = judge_step(make_context(), _step(machine=ExpectMachine(package="absent"), within="10s"))

    assert (verdict.outcome, verdict.looks) == ("pass", 3)


def test_all_that_is_expected_has_the_same_time(
    make_context: MakeContext, watched: Callable[..., list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is looked at when the time is over, with waiting for something else, is looked at once."""
    looks = watched(_seen("installed"))
    waits = Observer(lambda *_: _seen("1.57"), lambda *_: "is '1.57'", settles=True)
    monkeypatch.setitem(OBSERVERS, "machine.version", waits)
    clock = itertools.count()
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
    monkeypatch.setattr("time.sleep", lambda _: None)

    first, second = judge_step(
        make_context(), _step(machine=ExpectMachine(version="latest", package="absent"), within="10s")
    )

    assert (first.subject, first.looks > 3, second.subject, second.looks) == (
        "machine.version", True, "machine.package", 1,
    )  # fmt: skip
    assert len(looks) == 1


def test_what_cannot_change_is_looked_at_once(make_context: MakeContext, watched: Callable[..., list[int]]) -> None:
    """A command's output does not get better by waiting."""
    looks = watched(_seen("installed"), settles=False)

    [verdict] = judge_step(make_context(), _step(machine=ExpectMachine(package="absent"), within="10s"))

    assert (verdict.outcome, len(looks)) == ("fail", 1)


@pytest.mark.parametrize(
    ("look", "detail"),
    [
        (Observation("machine.package", "unreadable", None, "exit 1: no dpkg"), "exit 1: no dpkg"),
        (LabError("machine-gone", "the machine's shell broke."), "the machine's shell broke. [machine-gone]"),
    ],
    ids=["unreadable", "machine gone"],
)
def test_what_cannot_be_read_is_an_error(
    make_context: MakeContext, watched: Callable[..., list[int]], look: Any, detail: str
) -> None:
    """A failed look says nothing about the product."""
    watched(look)

    [verdict] = judge_step(make_context(), _step(machine=ExpectMachine(package="absent"), within="0s"))

    assert (verdict.outcome, verdict.message) == ("error", "machine.package could not be read")
    assert (verdict.actual.state, verdict.actual.detail) == ("unreadable", detail)


def test_a_look_without_a_value_is_a_mismatch(make_context: MakeContext, watched: Callable[..., list[int]]) -> None:
    """Nothing is compared with nothing."""
    watched(Observation("machine.package", "absent", None, "there is none"))

    [verdict] = judge_step(make_context(), _step(machine=ExpectMachine(package="absent"), within="0s"))

    assert (verdict.outcome, verdict.message) == ("fail", "machine.package is not there: there is none")


def test_an_expectation_that_means_nothing_here_fails(
    make_context: MakeContext, watched: Callable[..., list[int]]
) -> None:
    """A version that the repository no longer has is said, not thrown."""

    def refuse(*_: Any) -> str:
        raise UsageError("version-unknown", "no repository has the version '1.66'.")

    watched(_seen("installed"), mismatch=refuse)

    [verdict] = judge_step(make_context(), _step(machine=ExpectMachine(package="absent"), within="0s"))

    assert (verdict.outcome, verdict.message) == ("fail", "machine.package no repository has the version '1.66'.")


def test_each_verdict_knows_its_own_place(make_context: MakeContext) -> None:
    """An expectation with a place is shown there."""
    context = make_context(answers=[(0, "installed 1.50.3.4\n", "")])

    [verdict] = judge_step(context, _step(machine=ExpectMachine(version="1.50")))

    assert (verdict.outcome, verdict.place) == ("pass", _VERSION_PLACE)


def test_a_step_that_ran_commands_is_expected_to_succeed(make_context: MakeContext, make_command: MakeCommand) -> None:
    """Silence about the exit status means 0."""
    context = make_context(commands=[make_command(0), make_command(100)])

    [verdict] = judge_step(context, _step())

    assert (verdict.outcome, verdict.message) == ("fail", "command.exit is 100, not 0")


def test_an_exit_status_that_means_success_is_accepted(make_context: MakeContext, make_command: MakeCommand) -> None:
    """`yum check-update` ends with 100 where updates exist."""
    context = make_context(commands=[make_command(100)])
    context.accepted_exits = (100,)

    [verdict] = judge_step(context, _step())

    assert verdict.outcome == "pass"


def test_a_step_without_commands_is_not_judged_by_them(make_context: MakeContext) -> None:
    """A step that only speaks to the cloud has no exit status."""
    assert judge_step(make_context(), _step()) == []


@pytest.mark.parametrize(
    ("expect", "subject"),
    [
        (ExpectCommand(), "command.exit"),
        (ExpectCommand(exit="nonzero"), "command.exit"),
        (ExpectCommand(versions="published"), "command.versions"),
        (ExpectCommand(stdout=Text(contains="a")), "command.stdout"),
    ],
    ids=["exit", "nonzero", "versions", "stdout"],
)
def test_expecting_output_of_no_command_fails(make_context: MakeContext, expect: ExpectCommand, subject: str) -> None:
    """A scenario that expects a command where none ran is wrong, not broken."""
    verdicts = {v.subject: v.outcome for v in judge_step(make_context(), _step(command=expect, within="0s"))}

    assert verdicts[subject] == "fail"


@pytest.mark.parametrize("part", [ExpectCommand, ExpectMachine, ExpectCloud, ExpectBetween])
def test_every_expectation_has_an_observer(part: type[msgspec.Struct]) -> None:
    """A word of a scenario that nothing reads would never fail."""
    name = part.__name__.removeprefix("Expect").lower()
    chooses = {"cloud.machine", "machine.name"}
    words = {f"{name}.{field.encode_name}" for field in msgspec.structs.fields(part)} - chooses

    assert words == {subject for subject in OBSERVERS if subject.startswith(f"{name}.")}


def test_the_name_of_the_connected_machine_is_passed_on() -> None:
    """`machine:` below `cloud:` chooses, it expects nothing."""
    expect = Expect(cloud=ExpectCloud(machine="box-2", status="Connected"))

    assert list(expected_subjects(expect, ran_commands=False)) == [("cloud.status", "Connected", "box-2")]


def test_a_long_text_loses_its_middle_in_the_record() -> None:
    """Records stay readable."""
    text = shortened(_seen("a" * 5000 + "b" * 5000), limit=10).value

    assert text == "aaaaa\n[...]\nbbbbb"


def test_secrets_stay_out_of_verdicts(make_context: MakeContext, watched: Callable[..., list[int]]) -> None:
    """What was seen, and what is wrong with it, are masked."""
    watched(_seen("is s3cret"))
    [verdict] = judge_step(make_context(), _step(machine=ExpectMachine(package="absent"), within="0s"))

    assert (verdict.actual.value, "s3cret" in verdict.message) == ("is ********", False)


def test_another_machine_may_be_looked_at(make_context: MakeContext) -> None:
    """`name` chooses, it expects nothing; without it the step's machine is looked at."""
    context, other = make_context(answers=[(0, "installed 1.28.1.2\n", "")]), make_context(answers=[(0, "absent", "")])
    context.machines = {"box-1": context.machine, "box-2": other.machine}
    [own] = judge_step(context, _step(machine=ExpectMachine(package="installed"), within="0s"))
    [its] = judge_step(context, _step(machine=ExpectMachine(name="box-2", package="absent"), within="0s"))

    assert [own.outcome, its.outcome] == ["pass", "pass"]
