"""A complete job with an older SDK, run by the interpreter that has it.

    older_sdk.py BASE CA TOKEN SUBSCRIPTION GROUP

Prints what it has seen, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.hybridcompute import HybridComputeManagementClient


class Given:
    """A credential that has its token already."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        """Give the token."""
        return AccessToken(self._token, int(time.time()) + 3600)


def main() -> None:
    """Find a machine, delete it; make, change and delete a private link scope."""
    base, ca, token, subscription, group = sys.argv[1:]
    arc = HybridComputeManagementClient(
        Given(token), subscription, base_url=base, connection_verify=ca, polling_interval=1,
        credential_scopes=["https://management.azure.com/.default"],
    )  # fmt: skip
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
