"""Delete locks hold what they are on, and what is below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.resources.entities import Lock
from simulator.resources.transition import Transition
from simulator.store import Store

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1"
MACHINE_ID = f"{GROUP_ID}/providers/Microsoft.HybridCompute/machines/box-1"


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (MACHINE_ID, 409), (MACHINE_ID.upper(), 409), (GROUP_ID, 409), (f"/subscriptions/{SUBSCRIPTION}", 409),
        (f"{MACHINE_ID}0", 202), (f"{GROUP_ID}0", 202), (MACHINE_ID[:-1], 202),
    ],
    ids=["itself", "itself in capitals", "its group", "its subscription", "box-10", "rg10", "box-"],
)  # fmt: skip
def test_locks(arm: Arm, make_machine: Make, cloud_store: Store, scope: str, expected: int) -> None:
    """A lock holds what it is on and what is below, and nothing else that begins alike."""
    make_machine()
    cloud_store.apply(Transition("locks.put", (Lock(key=scope, scope=scope),)))

    assert arm("DELETE", "{M}/box-1").status_code == expected


def test_a_locked_machine_is_still_there(arm: Arm, make_machine: Make, cloud_store: Store) -> None:
    """The refusal is ScopeLocked, names the lock, and changes nothing; the group is held as well."""
    make_machine()
    body = arm("GET", "{M}/box-1").json()
    cloud_store.apply(Transition("locks.put", (Lock(key=MACHINE_ID, scope=MACHINE_ID),)))
    refused = arm("DELETE", "{M}/box-1")

    assert code(refused) == (409, "ScopeLocked")
    assert f"'{MACHINE_ID}'" in refused.json()["error"]["message"]
    assert code(arm("DELETE", "{G}")) == (409, "ScopeLocked")
    assert arm("GET", "{M}/box-1").json() == body
