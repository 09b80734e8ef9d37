"""A complete job with an older SDK, run by the interpreter that has it.

    python -m tests.conformance.older_sdk BASE CA TOKEN SUBSCRIPTION GROUP

Prints what it has seen, as JSON.
"""

from __future__ import annotations

import json
import sys

from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.hybridcompute import HybridComputeManagementClient

from tests.conformance.given import Given, settings


def main() -> None:
    """Find a machine, delete it; make, change and delete a private link scope."""
    base, ca, token, subscription, group = sys.argv[1:]
    arc = HybridComputeManagementClient(Given(token), subscription, **settings(base, ca))
    made = arc.machines.get(group, "older")
    listed = [item.name for item in arc.machines.list_by_resource_group(group)]
    extensions = [item.name for item in arc.machine_extensions.list(group, "older")]
    scope = arc.private_link_scopes.create_or_update(group, "older", {"location": "eastus"})
    changed = arc.private_link_scopes.update_tags(group, "older", {"tags": {"by": "older"}})
    arc.private_link_scopes.begin_delete(group, "older").result()
    arc.machines.delete(group, "older")
    try:
        arc.machines.get(group, "older")
        gone = ""
    except ResourceNotFoundError as error:
        gone = error.error.code if error.error else ""
    print(json.dumps({  # noqa: T201 - what the test reads
        "made": made.name, "status": made.properties.status, "tags": changed.tags, "listed": "older" in listed,
        "extensions": extensions, "scope": scope.name, "gone": gone,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
