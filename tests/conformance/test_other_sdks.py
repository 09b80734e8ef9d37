"""SDKs of other api-versions, older ones and previews: programs that are run by the interpreters that have them."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from azure.mgmt.hybridcompute import HybridComputeManagementClient

from tests.conformance.conftest import GROUP, ROOT, SUBSCRIPTION
from tests.conformance.machine import Machine
from tests.conformance.served import Served
from tests.conformance.test_machines import wanted


def run(environment: str, program: str, served: Served, *words: str) -> Any:
    """Run a program of this package as the owner, and give what it has printed."""
    token = served.control("POST", "token", json={"principal": "owner"}).json()["access_token"]
    command = [str(ROOT / environment / "bin" / "python"), "-m", f"tests.conformance.{program}", served.base,
               str(served.ca), token, SUBSCRIPTION, GROUP, *words]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_an_older_sdk(served: Served, arc: HybridComputeManagementClient) -> None:
    """It finds what the newest has made, and deletes it; it makes, changes and deletes a private link scope."""
    arc.machines.create_or_update(GROUP, "older", wanted(600))

    assert run(".venv-azure-cli", "older_sdk", served) == {
        "made": "older", "status": "AwaitingConnection", "tags": {"by": "older"}, "listed": True, "extensions": [],
        "scope": "older", "gone": "ResourceNotFound",
    }  # fmt: skip


def test_previews(served: Served, machine: Machine) -> None:
    """One of azure-mgmt-hybridcompute reads agent versions and identities, azure-mgmt-azurestackhcivm makes a VM."""
    assert run(".venv-preview", "preview_sdk", served, machine.id.rpartition("/")[2]) == {
        "latest": True, "same": True, "vm": machine.vm_id, "key": True, "identity": True,
        "made": "default", "state": "Succeeded", "place": "CustomLocation", "processors": [2, 4, 4], "memory": 4096,
        "listed": ["default"], "gone": "ResourceNotFound",
    }  # fmt: skip


def test_a_run_command_is_changed(served: Served, arc: HybridComputeManagementClient, machine: Machine) -> None:
    """Other tags are there at once, and what the script said is still there."""
    name, commands = machine.id.rpartition("/")[2], arc.machine_run_commands
    wanted = {"location": "eastus", "properties": {"source": {"script": "echo hello"}}}
    commands.begin_create_or_update(GROUP, name, "hello", wanted, polling=False)
    machine.work(result={"executionState": "Succeeded", "exitCode": 0, "output": "hello\n", "error": ""})

    assert run(".venv-preview-run-commands", "run_command_sdk", served, name) == {
        "tags": {"by": "preview"}, "output": "hello\n"
    }  # fmt: skip
    assert commands.get(GROUP, name, "hello").tags == {"by": "preview"}
