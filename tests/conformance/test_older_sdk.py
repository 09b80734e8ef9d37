"""azure-mgmt-hybridcompute 8.0.0, which speaks another api-version, does the same job."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from azure.mgmt.hybridcompute import HybridComputeManagementClient

from tests.conformance.conftest import GROUP, ROOT, SUBSCRIPTION
from tests.conformance.served import Served
from tests.conformance.test_machines import wanted

_PYTHON = ROOT / ".venv-azure-cli" / "bin" / "python"
_PROGRAM = Path(__file__).with_name("older_sdk.py")


def test_an_older_sdk(served: Served, arc: HybridComputeManagementClient) -> None:
    """It finds what the newest has made, and deletes it; it makes, changes and deletes a private link scope."""
    arc.machines.create_or_update(GROUP, "older", wanted(600))
    token = served.control("POST", "token", json={"principal": "owner"}).json()["access_token"]
    command = [str(_PYTHON), str(_PROGRAM), served.base, str(served.ca), token, SUBSCRIPTION, GROUP]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "made": "older", "status": "AwaitingConnection", "tags": {"by": "older"}, "listed": True, "extensions": [],
        "scope": "older", "gone": "ResourceNotFound",
    }  # fmt: skip
