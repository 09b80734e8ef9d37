"""An application on a connected machine: with the SDK's defaults it signs in as the machine, and reads it over ARM.

It runs on the machine, with Microsoft's packages alone. Its words are the machine's subscription, group and name; it
prints JSON: the access token, and the name that ARM gave or the code of its refusal; or why there was no token.
"""

from __future__ import annotations

import json
import sys

from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import ManagedIdentityCredential
from azure.mgmt.hybridcompute import HybridComputeManagementClient


def main(subscription: str, group: str, name: str) -> dict[str, str]:
    """Give what is printed."""
    credential = ManagedIdentityCredential()
    try:
        told = {"token": credential.get_token("https://management.azure.com/.default").token}
    except (ClientAuthenticationError, OSError) as error:
        return {"no token": str(error)}
    try:
        told["machine"] = HybridComputeManagementClient(credential, subscription).machines.get(group, name).name
    except HttpResponseError as error:
        told["refused"] = f"{error.status_code} {error.error.code if error.error else error.message}"
    return told


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])))
