"""Microsoft's packages for JavaScript on Node.js: jobs in another language, with other code beneath."""

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
_OTHERS = Path(__file__).with_name("javascript_clients.cjs")
_PACKAGES = ROOT / ".venv-node" / "node_modules"


@pytest.fixture
def node(pytestconfig: pytest.Config) -> str:
    """Give the program that runs JavaScript, or skip the test; then a part of the evidence is missing."""
    path = shutil.which("node")
    if path is None or not _PACKAGES.is_dir():
        pytestconfig.option.evidence = None
        pytest.skip("Node.js and its packages are not installed")
    return path


def _started(node: str, program: Path, served: Served, machine: Machine) -> subprocess.Popen[str]:
    """Start a program of the case's owner, about a machine."""
    owner = CASE.principals[0]
    words = [node, str(program), served.base, TENANT, owner.client_id, owner.secret, SUBSCRIPTION, GROUP,
             machine.id.rpartition("/")[2], CASE.principals[3].upn, CASE.principals[3].secret]  # fmt: skip
    environment = {"PATH": os.environ["PATH"], "NODE_PATH": str(_PACKAGES), "NODE_EXTRA_CA_CERTS": str(served.ca)}
    pipe = subprocess.PIPE
    return subprocess.Popen(words, env=environment, stdout=pipe, stderr=pipe, text=True)


def test_a_job(served: Served, machine: Machine, node: str) -> None:
    """It signs in, finds a machine, installs an extension, and makes, changes and deletes a private link scope."""
    with _started(node, _PROGRAM, served, machine) as process:
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


def test_what_is_around_machines(served: Served, machine: Machine, node: str) -> None:
    """Groups, tags, locks, queries, health, roles and policies; and secrets, passwords, devices and MSAL sign in."""
    said = ""
    with _started(node, _OTHERS, served, machine) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            word, _, code = line.strip().partition(" ")
            if word == "device":
                served.control("POST", "device-code", json={"user_code": code, "upn": CASE.principals[3].upn})
            else:
                said = line
        errors = process.stderr.read()
    assert process.returncode == 0, errors
    name = machine.id.rpartition("/")[2]
    assert json.loads(said) == {
        "known": [True, False], "tags": [{"a": "b", "m": "1"}, {"r": "1"}, {}],
        "gateway": ["Succeeded", "script", ["by-script"]], "held": "409 ScopeLocked",
        "gone": "404 ResourceGroupNotFound", "provider": "Registered", "subscriptions": ["conformance"],
        "health": "Available", "graph": [{"name": name, "status": "Connected"}], "advice": True, "logged": True,
        "role": True, "listed": True, "again": "none", "denied": 0, "compliance": ["NonCompliant"],
        "typed": [True, CASE.principals[3].upn],
        "person": CASE.principals[3].upn, "renewed": False, "own": "Bearer", "environment": True, "wrong": True,
    }  # fmt: skip
