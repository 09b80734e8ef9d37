"""Long operations: what is polled after a 202."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.resources.entities import Operation
from simulator.resources.transition import Transition
from simulator.store import Store

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"
SECOND_SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b3"
OTHER_SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b4"
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1"
MACHINE_ID = f"{GROUP_ID}/providers/Microsoft.HybridCompute/machines/box-1"
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


def test_an_operations_id_is_the_request_id_of_its_202(arm: Arm, make_machine: Make) -> None:
    """The request id of the 202 is the id in both addresses."""
    make_machine()
    headers = arm("DELETE", "{M}/box-1").headers

    assert f"/operationstatus/{headers['x-ms-request-id']}?" in headers["azure-asyncoperation"]
    assert f"/operationresults/{headers['x-ms-request-id']}?" in headers["location"]


def test_an_extension_is_polled_until_it_ends(arm: Arm, make_machine: Make, cloud_store: Store) -> None:
    """While the agent works both addresses say so and go on giving links; then they give the extension."""
    make_machine()
    accepted = arm("PUT", "{M}/box-1/extensions/script", json=SCRIPT)
    pending = arm("GET", accepted.headers["azure-asyncoperation"])
    waiting = arm("GET", accepted.headers["location"])
    finish(cloud_store, "Succeeded")
    done = arm("GET", accepted.headers["azure-asyncoperation"])
    result = arm("GET", accepted.headers["location"])

    assert (accepted.status_code, accepted.content) == (202, b"")
    assert (pending.json()["status"], waiting.status_code) == ("Queued", 202)
    assert pending.headers["azure-asyncoperation"] == accepted.headers["azure-asyncoperation"]
    assert (done.json()["status"], done.json()["properties"]) == ("Succeeded", result.json())
    assert result.json()["id"] == f"{MACHINE_ID}/extensions/script"
    assert "hush" not in result.text


def test_a_failed_operation_answers_200_with_the_error(arm: Arm, make_machine: Make, cloud_store: Store) -> None:
    """The status of a failed operation is read with 200; its result is an error."""
    make_machine()
    accepted = arm("PUT", "{M}/box-1/extensions/script", json=SCRIPT)
    finish(cloud_store, "Failed")
    status = arm("GET", accepted.headers["azure-asyncoperation"])

    assert (status.status_code, status.json()["error"]) == (200, {"code": "51", "message": "no such distro"})
    assert code(arm("GET", accepted.headers["location"])) == (409, "51")


def test_a_deleted_machine_ends_its_operations(arm: Arm, make_machine: Make) -> None:
    """A machine of the same name begins anew: nothing pending, no extension."""
    make_machine()
    pending = arm("PUT", "{M}/box-1/extensions/script", json=SCRIPT).headers["azure-asyncoperation"]
    arm("DELETE", "{M}/box-1")
    make_machine()

    assert arm("GET", pending).json()["status"] == "Canceled"
    assert arm("GET", "{M}/box-1/extensions").json() == {"value": []}
    assert arm("PUT", "{M}/box-1/extensions/script", json=SCRIPT).status_code == 202


def test_an_unknown_operation(arm: Arm) -> None:
    """An operation that never was is not found."""
    path = "{S}/providers/Microsoft.HybridCompute/locations/eastus/operationstatus/none"

    assert arm("GET", path).status_code == 404


@pytest.mark.parametrize("word", ["operationstatus", "operationresults"])
def test_an_operation_of_another_subscription(arm: Arm, make_machine: Make, word: str) -> None:
    """It is not found there: neither by its own tenant, nor by a person of another one."""
    make_machine()
    name = arm("PUT", "{M}/box-1/extensions/script", json=SCRIPT).headers["x-ms-request-id"]
    place = f"/providers/Microsoft.HybridCompute/locations/eastus/{word}/{name}"

    assert code(arm("GET", f"/subscriptions/{SECOND_SUBSCRIPTION}{place}")) == (404, "NotFound")
    assert code(arm("GET", f"/subscriptions/{OTHER_SUBSCRIPTION}{place}", who="neighbour")) == (404, "NotFound")
    assert arm("GET", f"{{S}}{place}").status_code in (200, 202)


@pytest.mark.parametrize("location", ["日本", "a%0d%0aX-A:%20b"])
def test_an_address_with_an_odd_location(arm: Arm, make_machine: Make, location: str) -> None:
    """What a client has written there comes back as an address can have it."""
    make_machine()
    name = arm("PUT", "{M}/box-1/extensions/script", json=SCRIPT).headers["x-ms-request-id"]
    pending = arm("GET", f"{{S}}/providers/Microsoft.HybridCompute/locations/{location}/operationstatus/{name}")

    assert pending.headers["location"].isascii()
    assert arm("GET", pending.headers["azure-asyncoperation"]).json() == pending.json()
