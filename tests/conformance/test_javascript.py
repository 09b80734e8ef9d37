"""@azure/identity and @azure/arm-hybridcompute on Node.js: a job in another language, with other code beneath."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conformance.conftest import CASE, GROUP, ROOT, SUBSCRIPTION, TENANT
from tests.conformance.machine import Machine
from tests.conformance.served import Served

_PROGRAM = Path(__file__).with_name("javascript_sdk.cjs")
_PACKAGES = ROOT / ".venv-node" / "node_modules"


@pytest.fixture
def node(pytestconfig: pytest.Config) -> str:
    """Give the program that runs JavaScript, or skip the test; then a part of the evidence is missing."""
    path = shutil.which("node")
    if path is None or not _PACKAGES.is_dir():
        pytestconfig.option.evidence = None
        pytest.skip("Node.js and its packages are not installed")
    return path


def test_a_job(served: Served, machine: Machine, node: str) -> None:
    """It signs in, finds a machine, installs an extension, and makes, changes and deletes a private link scope."""
    owner = CASE.principals[0]
    words = [node, str(_PROGRAM), served.base, TENANT, owner.client_id, owner.secret, SUBSCRIPTION, GROUP,
             machine.id.rpartition("/")[2]]  # fmt: skip
    environment = {"PATH": os.environ["PATH"], "NODE_PATH": str(_PACKAGES), "NODE_EXTRA_CA_CERTS": str(served.ca)}
    pipe = subprocess.PIPE
    with subprocess.Popen(words, env=environment, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        if process.stdout.readline():
            machine.work()
        said, errors = process.communicate()
    assert process.returncode == 0, errors
    assert json.loads(said) == {
        "status": "Connected", "listed": [True, True], "adding": ["Creating", "Succeeded"], "extensions": ["script"],
        "operations": True, "refused": "404 ResourceNotFound",
        "scope": ["Disabled", "Succeeded", True, "javascript"], "offered": True, "gone": "404 ResourceNotFound",
    }  # fmt: skip
