"""A few machines and extensions to ask about."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from simulator.kusto import Answer, Source, in_batches, run

NOW = 1_767_225_600.0  # 2026-01-01T00:00:00Z
COLUMNS = {"id": "string", "name": "string", "type": "string", "properties": "dynamic", "tags": "dynamic"}
MACHINES = "microsoft.hybridcompute/machines"
STATUSES = ("Connected", "Disconnected", "Connected", "Expired")


def machines() -> Iterator[dict[str, Any]]:
    """Give four machines; the last has no version and no tags."""
    for number, status in enumerate(STATUSES):
        properties = {"status": status, "cores": number * 2, "since": f"2025-12-{28 + number}T00:00:00.0000000Z",
                      "disks": ["sda", "sdb"][: number % 3]}  # fmt: skip
        if number < 3:
            properties["agentVersion"] = f"1.{40 + number}.0"
        tags = {"env": "prod" if number % 2 else "test"} if number < 3 else None
        yield {"id": f"/m/{number}", "name": f"Box-{number}", "type": MACHINES, "properties": properties, "tags": tags}


def extensions() -> Iterator[dict[str, Any]]:
    """Give extensions of the machines 0 (two of them) and 2."""
    for machine, name in ((0, "ama"), (0, "script"), (2, "ama")):
        yield {"id": f"/M/{machine}/extensions/{name}", "name": name, "type": f"{MACHINES}/extensions",
               "properties": {"provisioningState": "Succeeded"}, "tags": None}  # fmt: skip


@pytest.fixture
def ask() -> Callable[..., Answer]:
    """Give a function that runs a query over the tables `resources` and `extensions`."""

    def ask(text: str, *, skip: int = 0, top: int = 1000) -> Answer:
        tables = {"resources": Source(COLUMNS, lambda: in_batches(machines())),
                  "extensions": Source(COLUMNS, lambda: in_batches(extensions()))}  # fmt: skip
        return asyncio.run(run(text, tables, NOW, skip=skip, top=top))

    return ask
