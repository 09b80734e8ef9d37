"""Long-running operations: who has to carry them out, when they lapse, how they end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from simulator.resources.entities import Entity, Operation

QUEUE_S = 6 * 3600  # Source: operations for a disconnected machine are kept for 6 hours


class Report(msgspec.Struct, frozen=True):
    """What an agent tells of an operation; `status` is succeeded, failed, or transitioning while it runs."""

    status: str
    code: str = ""
    message: str = ""
    version: str = ""
    result: dict[str, Any] = {}

    @property
    def is_good(self) -> bool:
        """Say whether the operation went well."""
        return self.status == "succeeded"


LAPSED = Report("failed", "Timeout", "The machine did not fetch the operation in time.")


def pending_on(operation: Operation) -> str:
    """Give the ARM id of the machine whose agent has to carry it out; an empty text when it has ended."""
    return operation.machine if operation.status == "InProgress" else ""


def is_running(operation: Operation, _: Entity | None = None) -> bool:
    """Say whether an operation has not ended, whatever it works on."""
    return operation.status == "InProgress"


def lapses_at(operation: Operation) -> float | None:
    """Give when an operation lapses because nobody has fetched it; None when that cannot be any more."""
    waits = pending_on(operation) != "" and not operation.fetched
    return operation.started + QUEUE_S if waits else None


def ended(operation: Operation, report: Report, now: float) -> Operation:
    """Give an operation after the agent's report of its end."""
    if report.is_good:
        return msgspec.structs.replace(operation, status="Succeeded", ended=now)
    return msgspec.structs.replace(
        operation, status="Failed", code=report.code or "1", message=report.message, ended=now
    )


def combined(operation: Operation, parts: Sequence[Operation]) -> Operation:
    """Give an operation as its parts are: it runs until all have ended, and fails as the first that did not succeed."""
    if any(part.status == "InProgress" for part in parts):
        return msgspec.structs.replace(operation, status="InProgress", fetched=max(part.fetched for part in parts))
    bad = next((part for part in parts if part.status != "Succeeded"), None)
    if bad is None:
        return msgspec.structs.replace(operation, status="Succeeded")
    return msgspec.structs.replace(operation, status=bad.status, code=bad.code, message=bad.message)
