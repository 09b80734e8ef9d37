"""What tests of Resource Manager share: the agent of a machine, as far as the extension service sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.contract import AGENT_SERVICE_APP_ID
from simulator.resources.entities import Machine
from simulator.services.entra.issuer import Issuer
from simulator.store import Store


@pytest.fixture
def agent(
    send: Callable[..., httpx.Response], cloud_store: Store, signing_key: Any,
    make_machine: Callable[..., dict[str, Any]],
) -> Callable[..., Any]:  # fmt: skip
    """Give the agent of a new machine, `box-1`: it asks for operations, or reports the end of one with a result."""
    make_machine()
    machine = cloud_store.all(Machine)[0]
    issuer = Issuer(cloud_store, signing_key)
    url = f"https://eastus-gas.guestconfiguration.azure.com/virtualMachines/{machine.vm_id}/extensions"

    def act(operation: str = "", status: str = "succeeded", **result: Any) -> Any:
        token = issuer.machine_token(machine, AGENT_SERVICE_APP_ID, cloud_store.clock.now())
        headers = {"Authorization": f"Bearer {token}"}
        if not operation:
            return send("GET", url, headers=headers).json()["operations"]
        body = {"operationId": operation, "status": status, "result": result}
        return send("PUT", f"{url}/it/status", headers=headers, json=body)

    return act
