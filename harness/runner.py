"""Run one case: lab, steps, verdicts, record. The core; it does not know pytest."""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from harness.cloud import CloudHosts
from harness.collect import collect_cloud, collect_machines
from harness.context import Context
from harness.errors import ArclabError, LabError, disk_full
from harness.expectations import judge_step
from harness.lab import build_lab
from harness.machine_room import Phases
from harness.machines.snapshot import Snapshot, changes_between, settled
from harness.machines.start_limits import StartLimits
from harness.model.expectation import Expect
from harness.model.plan import Case
from harness.model.record import CaseRecord, CommandRecord, Outcome, Place, StepRecord, Verdict, stamp, worst
from harness.model.scenario import TRANSITIONS, ConfigureRepository, Refresh, Step
from harness.observers.package import log_lines
from harness.record import write_case
from harness.repository_faults import not_applicable
from harness.steps import STEPS
from harness.witness import WITNESSED_TAG, Witness

KEPT_FILE = "kept.txt"  # names the machines of a failed case that were kept
_STARTS_UNITS = TRANSITIONS - {"remove", "uninstall", "disconnect"}
_STOPS_THE_AGENT = {"install", "upgrade", "reinstall", "downgrade", "remove", "uninstall"}  # whether it answers or not


@dataclass
class _Progress:
    """What a case has done so far; becomes its record."""

    steps: list[StepRecord] = field(default_factory=list)
    commands: list[CommandRecord] = field(default_factory=list)
    phases: Phases = field(default_factory=Phases)
    machines: dict[str, str] = field(default_factory=dict)  # addresses by name
    reason: str = ""
    broken: bool = False

    def note_broken(self, reason: str) -> None:
        """Note what broke; when a step gave a reason already, as before a clean-up that broke, that stays first."""
        self.broken, self.reason = True, "\n".join(filter(None, (self.reason, reason)))


def run_case(
    case: Case, hosts: CloudHosts, folder: Path, on_step: Callable[[str], None] = lambda _: None
) -> CaseRecord:
    """Run a case in its folder and give its record, which is also written as `case.json`.

    `hosts` gives it a host for its cloud. Everything else that it starts is removed again, whatever happens; a failed
    case's machines stay when `keep_failed` is set. A broken lab makes the outcome `error`, never an exception;
    KeyboardInterrupt passes after the clean-up.
    """
    progress = _Progress()
    started, clock = datetime.now(UTC), time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _run(case, hosts, folder, progress, on_step)
    except ArclabError as error:
        progress.note_broken(str(error))
    except Exception as error:  # noqa: BLE001 - a mistake of arclab's own must not cost the case its record
        full = disk_full(error) if isinstance(error, OSError) else None
        progress.note_broken(str(full) if full else f"arclab made a mistake: {error!r}.\n{traceback.format_exc()}")
    outcome = worst([step.outcome for step in progress.steps] + (["error"] if progress.broken else []))
    record = CaseRecord(
        id=case.id,
        scenario=case.scenario.title,
        scenario_file=case.scenario.file,
        distro=case.distro,
        agent_version=case.agent_version,
        outcome=outcome,
        reason=progress.reason,
        started=stamp(started),
        duration_s=round(time.monotonic() - clock, 3),
        parameters=case.parameters,
        environment=case.scenario.given.environment,
        steps=tuple(progress.steps),
        phases_s=progress.phases.seconds,
        machines=progress.machines,
    )
    write_case(record, folder)
    return record


def _run(case: Case, hosts: CloudHosts, folder: Path, progress: _Progress, on_step: Callable[[str], None]) -> None:
    with contextlib.ExitStack() as stack:
        with progress.phases.timed("cloud"):
            host = hosts.take(case.id, stack)
        progress.reason = not_applicable(case.scenario, host.prepared.distros[case.distro])
        if progress.reason:
            return
        lab = build_lab(case, host, stack, progress.phases, progress.commands.append)
        machines = lab.context.machines.values()
        witness = Witness(lab.context) if hosts.prepared.witness and WITNESSED_TAG in case.scenario.tags else None
        try:
            _steps(lab.context, progress, on_step, witness)
        finally:
            progress.machines = {machine.name: machine.address for machine in machines}  # steps may add some
            with progress.phases.timed("collect"):
                if witness is not None:
                    witness.write(folder)
                collect_machines([*machines], lab.context.control, folder)
                collect_cloud(lab.context.machine, lab.cloud, folder)
                _note_bugs(lab.context, progress)
        if hosts.prepared.keep_failed and any(step.outcome in ("fail", "error") for step in progress.steps):
            lab.cloud.keep()
            stack.pop_all()
            (folder / KEPT_FILE).write_text("".join(f"{machine.container.spec.name}\n" for machine in machines))


def _note_bugs(context: Context, progress: _Progress) -> None:
    """A cloud that made a mistake of its own proves nothing: the case is an error."""
    bugs = [str(event.data["bug"]) for event in context.control.events if "bug" in event.data]
    if bugs:
        progress.note_broken(f"the cloud made a mistake: {bugs[0]}; see cloud.log")


def _steps(
    context: Context, progress: _Progress, on_step: Callable[[str], None], witness: Witness | None = None
) -> None:
    """Run the steps in order; the first that is not a pass ends the case. A witness looks before and after each."""
    limits, given = StartLimits(), _given_steps(context.case)
    for index, step in enumerate([*given, *context.case.scenario.steps]):
        if index == len(given):
            install_dependencies(context)
        on_step(step.kind)
        if step.kind in _STARTS_UNITS and limits.begin(context.machines[step.machine]) and witness is not None:
            witness.forget()
        seen: Snapshot | None = None
        if witness is not None:
            with progress.phases.timed("witness"):
                seen = witness.before(step)
        with progress.phases.timed("steps"):
            record = _step(context, step, index + 1, progress, seen)
        progress.steps.append(record)
        if witness is not None:
            with progress.phases.timed("witness"):
                witness.after(step, record)
            if witness.ending is not None:  # from within, so that it is no fault of the lab's
                record = progress.steps[-1] = msgspec.structs.replace(record, outcome="fail")
        if record.outcome != "pass":
            progress.reason = f"{_place(record)}: step {record.index} '{record.title}': {record.message}"
            return
    if context.room is not None:
        context.room.check_environment(context.machines.values())


def _place(record: StepRecord) -> Place:
    """Give where the first expectation that does not hold is written, else the step."""
    return next((v.place for v in record.verdicts if v.outcome != "pass" and v.place is not None), record.place)


def _given_steps(case: Case) -> list[Step]:
    """Give what `given` asks for on each machine before the scenario's steps."""
    scenario = case.scenario
    return [
        Step(kind, arguments, Expect(), scenario.place, {}, name)
        for name in (scenario.given.machines if scenario.given.repository == "configured" else ())
        for kind, arguments in (("configure-repository", ConfigureRepository()), ("refresh", Refresh()))
    ]


def install_dependencies(context: Context) -> None:
    """Install what the product needs on each machine, so that what is judged is the product alone.

    Raises: LabError where the package manager refuses.
    """
    if not context.dependencies:
        return
    for machine in context.machines.values():
        done = machine.run_unattended(machine.package_manager.install(" ".join(context.dependencies), None))
        if done.exit != 0:
            raise LabError(
                "dependencies", f"the dependencies could not be installed: exit {done.exit}.",
                place=done.shown, hint=f"{done.stdout}\n{done.stderr}".strip()[-2000:],
            )  # fmt: skip


def _step(context: Context, step: Step, index: int, progress: _Progress, seen: Snapshot | None) -> StepRecord:
    """Run one step and judge it; `seen` is a snapshot of its machine that has just been taken, where one was."""
    progress.commands.clear()
    context.commands = progress.commands
    context.accepted_exits = ()
    context.before = context.after = None
    started, clock, lab = datetime.now(UTC), time.monotonic(), context.control.lab_now()
    verdicts: list[Verdict] = []
    changes: dict[str, Any] = {}
    message, broken = "", False
    try:
        last, context.machine = context.machine, context.machines[step.machine]
        if progress.steps and meets_a_starting_agent(progress.steps[-1], step.kind):
            for machine in {last, context.machine}:
                machine.await_answer()
        context.boots_before = context.machine.boots
        context.since = context.control.last_seq()
        if step.expect.machine is not None and step.expect.machine.package_log is not None:
            context.log_lines = log_lines(context)
        if step.kind in TRANSITIONS and context.snapshots:
            context.before = _look_before(context, step, seen)
        STEPS[step.kind](context, step.arguments)
        if context.before is not None:
            context.after = context.machine.snapshot()
            changes = changes_between(context.before, context.after)
        verdicts = judge_step(context, step)
    except LabError as error:
        broken, message = True, str(error)
    outcomes: list[Outcome] = [verdict.outcome for verdict in verdicts]
    outcome: Outcome = "error" if broken else worst(outcomes) if outcomes else "pass"
    message = message or "; ".join(verdict.message for verdict in verdicts if verdict.outcome != "pass")
    return StepRecord(
        index=index,
        kind=step.kind,
        title=_title(step) if len(context.machines) == 1 else f"{_title(step)} (on {step.machine})",
        machine=step.machine,
        place=step.place,
        outcome=outcome,
        started_lab=stamp(lab),
        ended_lab=stamp(context.control.lab_now()),
        started_true=stamp(started),
        duration_s=round(time.monotonic() - clock, 3),
        transition=step.kind in TRANSITIONS,
        message=message,
        commands=tuple(progress.commands),
        verdicts=tuple(verdicts),
        changes=changes,
    )


def meets_a_starting_agent(last: StepRecord, kind: str) -> bool:
    """Say whether a step of this kind, right after `last`, needs an agent that answers and may meet one that starts.

    Any typed command can have restarted services, as a reboot does.
    """
    return kind not in _STOPS_THE_AGENT and (bool(last.commands) or last.transition)


def _look_before(context: Context, step: Step, seen: Snapshot | None) -> Snapshot:
    if step.expect.machine is not None and step.expect.machine.changes is not None:
        return settled(context.machine.snapshot, context.product.logs)
    return seen or context.machine.snapshot()


def _title(step: Step) -> str:
    """Give one line that says what a step does: its word, and the arguments that are not at their defaults."""
    words = [step.kind]
    for position, field_info in enumerate(msgspec.structs.fields(step.arguments)):
        value = getattr(step.arguments, field_info.name)
        if value == field_info.default:
            continue
        shown = " ".join(map(str, value)) if isinstance(value, tuple) else str(value).partition("\n")[0]
        words.append(shown if position == 0 and not isinstance(value, bool) else f"{field_info.encode_name}={shown}")
    return " ".join(words)[:120]
