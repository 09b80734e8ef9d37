"""What the runner decides without a lab."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from harness import runner
from harness.context import Context
from harness.distros import load_distros
from harness.errors import LabError
from harness.machines.package_managers import Script
from harness.machines.start_limits import StartLimits
from harness.model.expectation import Expect
from harness.model.record import CommandRecord, Place, StepRecord
from harness.model.scenario import Step
from harness.plan import plan_cases
from harness.runner import install_dependencies, meets_a_starting_agent, run_case
from harness.scenario.decode import decode_scenario
from harness.scenario.document import Document
from tests.harness.conftest import MakeContext


def _step(kind: str, *, typed: bool, transition: bool) -> StepRecord:
    commands = (CommandRecord("box-1", "sudo something", 0, "", "", "", "", 0.1),) if typed else ()
    place = Place("x.yaml", 1)
    return StepRecord(1, kind, kind, place, "pass", "", "", "", 0.1, transition=transition, commands=commands)


@pytest.mark.parametrize(
    ("last", "kind", "waits"),
    [
        (_step("command", typed=True, transition=False), "connect", True),  # such as azcmagent_proxy, which restarts
        (_step("install", typed=True, transition=True), "azcmagent", True),
        (_step("reboot", typed=False, transition=True), "command", True),
        (_step("advance", typed=False, transition=False), "connect", False),
        (_step("install", typed=True, transition=True), "upgrade", False),  # the package manager stops it anyway
    ],
)
def test_a_step_waits_for_an_agent_that_may_be_starting(last: StepRecord, kind: str, waits: bool) -> None:
    """Whatever may have started the agent is waited for, by what needs it."""
    assert meets_a_starting_agent(last, kind) is waits


def test_a_look_is_taken_anew_after_the_limit_on_starts_was_lifted(
    make_context: MakeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each transition that starts units is counted; a removal starts none."""
    kinds = ["install", "upgrade", "command", "reinstall", "uninstall"]
    context, told = make_context(), list[str]()
    steps = [Step(kind, cast("Any", None), Expect(), Place("x.yaml", 1), {}, "box-1") for kind in kinds]
    given = SimpleNamespace(repository="none", machines=("box-1",))
    context.case = cast("Any", SimpleNamespace(scenario=SimpleNamespace(given=given, steps=steps)))
    context.machines = {"box-1": context.machine}
    begun: list[bool] = []

    def begin(_: StartLimits, machine: object) -> bool:
        begun.append(machine is context.machine)
        return len(begun) == 3

    monkeypatch.setattr(StartLimits, "begin", begin)
    monkeypatch.setattr(runner, "_step", lambda _, step, *__: _step(step.kind, typed=False, transition=False))
    witness = SimpleNamespace(
        forget=lambda: told.append("forget"), before=lambda step: told.append(step.kind), after=lambda *_: None,
        ending=None,
    )  # fmt: skip

    runner._steps(context, runner._Progress(), lambda _: None, cast("Any", witness))

    assert begun == [True, True, True]
    assert told == ["install", "upgrade", "command", "forget", "reinstall", "uninstall"]


def test_a_machine_that_is_ended_from_within_has_failed(
    make_context: MakeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no fault of the lab's: the step has failed, and is the last."""
    context, progress = make_context(), runner._Progress()
    steps = [Step("install", cast("Any", None), Expect(), Place("x.yaml", 1), {}, "box-1")] * 2
    given = SimpleNamespace(repository="none", machines=("box-1",))
    context.case = cast("Any", SimpleNamespace(scenario=SimpleNamespace(given=given, steps=steps)))
    context.machines = {"box-1": context.machine}
    broken = msgspec.structs.replace(_step("install", typed=False, transition=True), outcome="error")
    monkeypatch.setattr(StartLimits, "begin", lambda *_: False)
    monkeypatch.setattr(runner, "_step", lambda *_: broken)
    witness = SimpleNamespace(before=lambda _: None, after=lambda *_: None, ending="a reboot")

    runner._steps(context, progress, lambda _: None, cast("Any", witness))

    assert [step.outcome for step in progress.steps] == ["fail"]


def _prepared(make_context: MakeContext, status: int) -> tuple[Context, list[Script]]:
    """Give a context of one machine, and what was run on it, each with this exit status."""
    context, ran = make_context(), []
    record = CommandRecord("box-1", "sudo apt install liba libb", status, "Unable to locate libb", "", "", "", 0.1)
    context.machine.run_unattended = lambda script: ran.append(script) or record  # type: ignore[method-assign, func-returns-value]
    context.machines = {"box-1": context.machine}
    return context, ran


def test_dependencies_are_installed_at_once(make_context: MakeContext) -> None:
    """In one command, and in none where there are none."""
    context, ran = _prepared(make_context, 0)

    install_dependencies(context)
    context.dependencies = ("liba", "libb")
    install_dependencies(context)

    assert [script.line for script in ran] == ["sudo apt install liba libb"]


def test_dependencies_that_cannot_be_installed_tell_nothing_of_the_product(make_context: MakeContext) -> None:
    """The case cannot be told, with what the package manager said."""
    context, _ = _prepared(make_context, 100)
    context.dependencies = ("liba", "libb")

    with pytest.raises(LabError, match="could not be installed: exit 100") as caught:
        install_dependencies(context)

    assert "Unable to locate libb" in caught.value.hint


def test_a_mistake_is_named_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A summary shows the beginning of a reason: the error is there, and where it came from after it."""

    def fail(*_: object) -> None:
        (tmp_path / "missing").read_text()

    monkeypatch.setattr(runner, "_run", fail)
    document = Document("s.yaml", "scenario: a title\nmatrix: {distro: debian-12}\nsteps: [install]\n")
    [case] = plan_cases([decode_scenario(document, name="group/s")], load_distros())
    record = run_case(case, cast("Any", None), tmp_path)

    first, *rest = record.reason.splitlines()
    assert record.outcome == "error"
    assert first.startswith("arclab made a mistake: FileNotFoundError(")
    assert "Traceback" in rest[0]


def test_a_step_is_told_in_one_line() -> None:
    """Of a text of many lines the first says which it is."""
    document = Document(
        "s.yaml", 'scenario: a\nmatrix: {distro: debian-12}\nsteps: [onboard: {installer: "#!/bin/sh\\nx"}]\n'
    )
    [step] = decode_scenario(document, name="group/s").steps

    assert runner._title(step) == "onboard installer=#!/bin/sh"
