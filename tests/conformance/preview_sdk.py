"""Jobs with SDKs of preview api-versions, which know what no stable one does; run by the interpreter that has them.

    python -m tests.conformance.preview_sdk BASE CA TOKEN SUBSCRIPTION GROUP MACHINE

Prints what it has seen, as JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.azurestackhcivm import AzureStackHCIVmClient
from azure.mgmt.hybridcompute import HybridComputeManagementClient

from tests.conformance.given import Given, settings


def main() -> None:
    """Read the agent's versions and a machine's identity; make, change and delete the VM that a machine is."""
    base, ca, token, subscription, group, name = sys.argv[1:]
    arc = HybridComputeManagementClient(Given(token), subscription, **settings(base, ca))
    local = AzureStackHCIVmClient(Given(token), subscription, **settings(base, ca))
    machine = arc.machines.get(group, name)
    versions = [item.agent_version for item in arc.agent_version.list("Linux").value]
    latest = arc.agent_version.get("Linux", "latest")
    [listed] = arc.hybrid_identity_metadata.list_by_machines(group, name)
    metadata = arc.hybrid_identity_metadata.get(group, name, "default")
    print(json.dumps({  # noqa: T201 - what the test reads
        "latest": latest.agent_version == versions[-1], "same": metadata.id == listed.id, "vm": metadata.vm_id,
        "key": bool(metadata.public_key), "identity": metadata.identity.principal_id == machine.identity.principal_id,
        **_virtual_machine(local.virtual_machine_instances, machine.id.lstrip("/")),
    }))  # fmt: skip


def _virtual_machine(instances: Any, scope: str) -> dict[str, Any]:
    wanted = {"extendedLocation": {"type": "CustomLocation", "name": "/subscriptions/x/here"},
              "properties": {"hardwareProfile": {"vmSize": "Custom", "processors": 2, "memoryMB": 4096}}}  # fmt: skip
    made = instances.begin_create_or_update(scope, wanted).result()
    changed = instances.begin_update(scope, {"properties": {"hardwareProfile": {"processors": 4}}}).result()
    found = instances.get(scope)
    listed = [item.name for item in instances.list(scope)]
    instances.begin_delete(scope).result()
    try:
        instances.get(scope)
        gone = ""
    except ResourceNotFoundError as error:
        gone = error.error.code if error.error else ""
    return {"made": made.name, "state": made.properties.provisioning_state, "place": made.extended_location.type,
            "processors": [one.properties.hardware_profile.processors for one in (made, changed, found)],
            "memory": found.properties.hardware_profile.memory_mb, "listed": listed, "gone": gone}  # fmt: skip


if __name__ == "__main__":
    main()
