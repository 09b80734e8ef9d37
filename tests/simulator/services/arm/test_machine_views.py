"""What can be read of a machine under addresses of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from simulator.resources.entities import Machine
from simulator.resources.transition import Transition
from simulator.store import Store

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
INTERFACE = {"name": "eth0", "ipAddresses": [{"address": "10.0.0.4", "ipAddressVersion": "IPv4"}]}


def test_the_network_profile_is_what_the_agent_told(arm: Arm, make_machine: Make, cloud_store: Store) -> None:
    """Before the first heartbeat there are no interfaces."""
    make_machine()
    before = arm("GET", "{M}/box-1/networkProfile").json()
    machine = cloud_store.all(Machine)[0]
    facts = {"networkProfile": {"networkInterfaces": [INTERFACE]}}
    cloud_store.apply(Transition("test", (msgspec.structs.replace(machine, facts=facts),)))

    assert before == {"networkInterfaces": []}
    assert arm("GET", "{M}/box-1/networkProfile").json() == facts["networkProfile"]


def test_the_identity_is_the_machines(arm: Arm, make_machine: Make) -> None:
    """The one item of the list is `default`, with vmId, key and identity."""
    machine = make_machine()
    path = "{M}/box-1/hybridIdentityMetadata"
    one = arm("GET", f"{path}/Default", version="2024-05-20-preview").json()

    assert arm("GET", path, version="2024-05-20-preview").json() == {"value": [one]}
    assert (one["id"], one["name"]) == (f"{machine['id']}/hybridIdentityMetadata/default", "default")
    assert one["properties"] == {
        "vmId": machine["properties"]["vmId"], "publicKey": machine["properties"]["clientPublicKey"],
        "identity": machine["identity"],
    }  # fmt: skip


@pytest.mark.parametrize(
    "path", ["box-9/networkProfile", "box-9/hybridIdentityMetadata", "box-1/hybridIdentityMetadata/x"]
)
def test_what_is_not_there(arm: Arm, make_machine: Make, path: str) -> None:
    """Another machine and another name are not found."""
    make_machine()
    answer = arm("GET", f"{{M}}/{path}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ResourceNotFound")
