"""Judge a step's expectations: look until each holds or its time is over, and give a verdict each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import msgspec

from harness.context import Context
from harness.errors import LabError, UsageError
from harness.model.expectation import Expect, ExpectCommand, ExpectMachine
from harness.model.record import Observation, Verdict
from harness.model.scenario import Step
from harness.observers import OBSERVERS
from harness.wait import duration_s, look_until


def judge_step(context: Context, step: Step) -> list[Verdict]:
    """Give the verdicts of a step, in the order of the file.

    A step that ran commands is expected to end with exit status 0 unless it says otherwise. All that is expected has
    the same time to come true: what is looked at after that is looked at once.
    """
    verdicts: list[Verdict] = []
    deadline = time.monotonic() + duration_s(step.expect.within)
    for subject, expected, machine in expected_subjects(step.expect, ran_commands=bool(context.commands)):
        verdicts.append(_judge(context, step, subject, expected, machine, deadline=deadline))
    return verdicts


def expected_subjects(expect: Expect, *, ran_commands: bool) -> Iterator[tuple[str, Any, str]]:
    """Give (subject, expected value, name) of everything that is expected.

    The name is that of a machine for `machine.*`, of a connected machine for `cloud.*`; it may be empty.
    """
    command = expect.command or (ExpectCommand() if ran_commands else None)
    parts = {"command": command, "machine": expect.machine, "cloud": expect.cloud, "between": expect.between}
    for part, words in parts.items():
        if words is None:
            continue
        machine = words.name if isinstance(words, ExpectMachine) else getattr(words, "machine", "")
        for field in msgspec.structs.fields(words):
            expected = getattr(words, field.name)
            subject = f"{part}.{field.encode_name}"
            if expected is not None and subject in OBSERVERS:
                yield subject, expected, machine


def _judge(context: Context, step: Step, subject: str, expected: Any, machine: str, *, deadline: float) -> Verdict:
    observer = OBSERVERS[subject]
    context = context.seen_on(machine) if subject.startswith("machine.") else context

    def look() -> tuple[Observation, str]:
        try:
            seen = observer.read(context, expected, machine)
        except (LabError, httpx.TransportError) as error:
            return Observation(subject, "unreadable", None, str(error)), "could not be read"
        if seen.state == "unreadable":
            return seen, "could not be read"
        if seen.value is None:
            return seen, f"is not there: {seen.detail}"
        try:
            return seen, observer.mismatch(context, expected, seen.value)
        except UsageError as error:
            return seen, error.message

    limit = max(0.0, deadline - time.monotonic()) if observer.settles else 0.0
    (seen, problem), looks, waited = look_until(look, lambda result: not result[1], limit)
    outcome = "error" if seen.state == "unreadable" else "fail" if problem else "pass"
    return Verdict(
        outcome=outcome,  # type: ignore[arg-type] # the expression gives the three literals above
        subject=subject,
        expected=msgspec.to_builtins(expected),
        actual=masked(shortened(seen), context.machine.masked),
        message=context.machine.masked(f"{subject} {problem or 'holds'}"),
        place=step.places.get(subject) or step.places.get(subject.partition(".")[0]) or step.place,
        looks=looks,
        waited_s=round(waited, 3),
    )


def masked(seen: Observation, mask: Callable[[str], str]) -> Observation:
    """Hide secrets in a text that was seen, and in why it could not be."""
    value = mask(seen.value) if isinstance(seen.value, str) else seen.value
    return msgspec.structs.replace(seen, value=value, detail=mask(seen.detail))


def shortened(seen: Observation, limit: int = 4000) -> Observation:
    """Keep a record readable: long texts lose their middle."""
    if isinstance(seen.value, str) and len(seen.value) > limit:
        half = limit // 2
        return msgspec.structs.replace(seen, value=f"{seen.value[:half]}\n[...]\n{seen.value[-half:]}")
    return seen
