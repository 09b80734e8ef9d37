"""Take down what laws judge: whole looks at the machine before and after each step that changes it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from harness.context import Context
from harness.environments import find_environment
from harness.machines import state as states
from harness.machines.ending import how_it_ended
from harness.machines.machine import Machine
from harness.machines.snapshot import Snapshot
from harness.model.crash_steps import Interrupt, Repair
from harness.model.machine_steps import Onboard
from harness.model.record import StepRecord
from harness.model.scenario import TRANSITIONS, Service, Step, Uninstall
from harness.model.state import (
    EVIDENCE_FILE,
    PURGE_OF_EARLIER,
    REFUSED_UPGRADE,
    Ending,
    Evidence,
    JournalLine,
    State,
    Transition,
)
from harness.record import write_whole

WITNESSED_TAG = "lifecycle"  # cases whose scenario has this tag are witnessed
#: Steps after which the machine may look otherwise: transitions, time that passes, what services and network suffer.
WITNESSED = TRANSITIONS | {"service", "interrupt", "repair", "outage", "advance"}
#: Folders of any machine where no secret of a case may be found.
_SECRET_FREE = ("/var/log", "/var/crash", "/tmp", "/var/tmp", "/etc", "/root")  # noqa: S108 - of the machine
_FIELDS = "MESSAGE,_SYSTEMD_UNIT,UNIT,SYSLOG_IDENTIFIER,PRIORITY"


@dataclass
class Witness:
    """The witness of one case. Lives as long as the case's lab."""

    context: Context
    transitions: list[Transition] = field(default_factory=list)
    ending: Ending | None = None
    _before: State | None = None
    _last: tuple[Machine, State] | None = None  # the machine of the step that has just ended, and what was seen of it
    _since: int = 0
    _started: float = 0.0

    def before(self, step: Step) -> Snapshot | None:
        """Look before a step at its machine, when it is one to be witnessed; give the snapshot in what was seen.

        What was seen last is still so, where nothing has been done since.
        """
        last, self._last = self._last, None
        if step.kind not in WITNESSED:
            return None
        machine = self.context.machines[step.machine]
        if last is None or last[0] is not machine:
            self._before = self._look(machine)
        else:  # only of Azure it is not known that nothing has been done
            self._before = msgspec.structs.replace(last[1], connected=tuple(self.context.control.machines()))
        self._since = self.context.control.last_seq()
        self._started = time.time()
        return machine.last_snapshot

    def forget(self) -> None:
        """Look anew before the next step: something of the lab's own has been done to the machine."""
        self._last = None

    def after(self, step: Step, record: StepRecord) -> None:
        """Look after a step, once its services have come to rest."""
        if step.kind not in WITNESSED or self._before is None:
            return
        kind = step.kind
        if isinstance(step.arguments, Repair) and step.arguments.of == "removal":
            kind = "uninstall"  # which is what has been done when it ends
        if isinstance(step.arguments, Interrupt) and step.arguments.by == "refusal":
            kind = REFUSED_UPGRADE
        if isinstance(step.arguments, Onboard) and not step.arguments.in_vain:
            kind = "install" if self._before.package == "absent" else "reinstall"
        if isinstance(step.arguments, Uninstall) and step.arguments.formerly:
            kind = PURGE_OF_EARLIER
        if isinstance(step.arguments, Service) and step.arguments.action == "kill":
            kind = f"kill {step.arguments.unit}"
            for unit in step.arguments.unit.split():
                killed = self._before.units.get(unit)
                if killed is not None and killed.pid:
                    states.await_end(self.context.machine, unit, killed.pid)
        if record.outcome == "error" and kind in TRANSITIONS and (how := how_it_ended(self.context.machine)):
            cut_short = Transition(
                index=record.index, kind=kind, title=record.title, outcome=record.outcome,
                before=self._before, after=self._before, commands=record.commands,
            )  # fmt: skip
            self.ending, self._before = Ending(cut_short, how), None
            return
        after = self._look(self.context.machine)
        self.transitions.append(
            Transition(
                index=record.index,
                kind=kind,
                title=record.title,
                outcome=record.outcome,
                before=self._before,
                after=after,
                commands=record.commands,
                accepted_exits=self.context.accepted_exits,
                journal=self._journal(),
                since=self._since,
                until=self.context.control.last_seq(),
                exposed=tuple(sorted({*self.context.machine.exposed(*_SECRET_FREE, *self.context.product.leftovers)})),
                edited=self.context.edited,
                duration_s=record.duration_s,
            )
        )
        self._before, self._last = None, (self.context.machine, after)

    def write(self, folder: Path) -> None:
        """Write `evidence.json` into the case's folder, secrets masked."""
        context, word = self.context, self.context.case.scenario.given.environment
        evidence = Evidence(
            case=context.case.id,
            lifecycle=context.case.scenario.name.rpartition("/")[2],
            distro=context.distro.id,
            format=context.distro.format,
            transitions=tuple(self.transitions),
            events=tuple(context.control.events),
            ending=self.ending,
            environment=word,
            services=not word or find_environment(word).services,
        )
        text = msgspec.json.encode(evidence).decode()
        write_whole(folder / EVIDENCE_FILE, context.machine.masked(text).encode())

    def _look(self, machine: Machine) -> State:
        states.settle(machine)
        return states.look(machine, self.context.control.machines())

    def _journal(self) -> tuple[JournalLine, ...]:
        script = f"journalctl --quiet --no-pager --output=json --output-fields={_FIELDS} --since=@{self._started:.6f}"
        lines = self.context.machine.must(script, "show its journal").splitlines()
        return tuple(parse_journal_line(msgspec.json.decode(line)) for line in lines if line.startswith("{"))


def parse_journal_line(fields: dict[str, Any]) -> JournalLine:
    """Read one line of journalctl's JSON; a message that is no text comes as a list of bytes."""
    message = fields.get("MESSAGE") or ""
    if isinstance(message, list):
        message = bytes(message).decode("utf-8", "replace")
    return JournalLine(
        unit=str(fields.get("UNIT") or fields.get("_SYSTEMD_UNIT") or ""),
        source=str(fields.get("SYSLOG_IDENTIFIER") or ""),
        priority=int(fields.get("PRIORITY") or 6),
        message=str(message),
    )
