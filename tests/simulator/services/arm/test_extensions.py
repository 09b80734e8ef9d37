"""Extensions at Resource Manager: one operation at a time, one extension of a kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from simulator.resources.entities import Operation
from simulator.resources.transition import Transition
from simulator.store import Store

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
SCRIPT: dict[str, Any] = {
    "location": "eastus",
    "properties": {
        "publisher": "Microsoft.Azure.Extensions",
        "type": "CustomScript",
        "protectedSettings": {"a": "hush"},
    },
}


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def finish(store: Store, status: str) -> None:
    """End the pending operation as an agent's report would."""
    pending = next(item for item in store.all(Operation) if item.status == "InProgress")
    fields = {"status": status, "code": "51", "message": "no such distro"}
    ended = Operation(**{**{name: getattr(pending, name) for name in pending.__struct_fields__}, **fields})
    store.apply(Transition("test.end", (ended,)))


def test_one_operation_at_a_time(arm: Arm, make_machine: Make) -> None:
    """While an operation runs on a machine every other one is a conflict."""
    make_machine()
    arm("PUT", "{M}/box-1/extensions/script", json=SCRIPT)

    assert code(arm("PUT", "{M}/box-1/extensions/other", json=SCRIPT)) == (409, "HCRP409")
    assert code(arm("DELETE", "{M}/box-1/extensions/script")) == (409, "HCRP409")


def test_one_extension_of_a_kind(arm: Arm, make_machine: Make, cloud_store: Store) -> None:
    """A second name for the same publisher and type is a conflict."""
    make_machine()
    arm("PUT", "{M}/box-1/extensions/script", json=SCRIPT)
    finish(cloud_store, "Succeeded")

    assert code(arm("PUT", "{M}/box-1/extensions/other", json=SCRIPT)) == (409, "HCRP409")


def test_missing_extensions(arm: Arm, make_machine: Make) -> None:
    """Reading or patching what is not there is HCRP404; deleting it is 204."""
    make_machine()

    assert code(arm("GET", "{M}/box-1/extensions/none")) == (404, "HCRP404")
    assert code(arm("PATCH", "{M}/box-1/extensions/none", json={})) == (404, "HCRP404")
    assert arm("DELETE", "{M}/box-1/extensions/none").status_code == 204
    assert code(arm("PUT", "{M}/box-9/extensions/none", json=SCRIPT)) == (404, "ResourceNotFound")
