"""Microsoft's SDK for Go as Debian packages it: the last of those that Terraform and its like were made with.

It signs in at the older token endpoint, polls by its own rules, and registers a provider when it is told to.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conformance.conftest import CASE, GROUP, SUBSCRIPTION, TENANT
from tests.conformance.machine import Machine
from tests.conformance.served import Served

_PROGRAM = Path(__file__).with_name("go_sdk.go")
_SOURCES = Path("/usr/share/gocode")  # where Debian puts them
_SDK = _SOURCES / "src/github.com/Azure/azure-sdk-for-go"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """Give the compiled program, or skip the test; then a part of the evidence is missing."""
    go = shutil.which("go")
    if go is None or not _SDK.is_dir():
        pytestconfig.option.evidence = None
        pytest.skip("apt-get install golang-go golang-github-azure-azure-sdk-for-go-dev is needed")
    path = tmp_path_factory.mktemp("go") / "sdk"
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(_SOURCES), "GOFLAGS": ""}
    command = [go, "build", "-o", str(path), str(_PROGRAM)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return path


def test_a_job(served: Served, machine: Machine, program: Path) -> None:
    """It signs in in four ways, works on machines and extensions, and on what is around them."""
    owner, person = CASE.principals[0], CASE.principals[3]
    words = [str(program), served.base, TENANT, owner.client_id, owner.secret, SUBSCRIPTION, GROUP,
             machine.id.rpartition("/")[2], person.upn, person.secret]  # fmt: skip
    environment = {"PATH": os.environ["PATH"], "SSL_CERT_FILE": str(served.ca)}
    pipe, said = subprocess.PIPE, ""
    with subprocess.Popen(words, env=environment, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            word, _, code = line.strip().partition(" ")
            if word == "device":
                served.control("POST", "device-code", json={"user_code": code, "upn": person.upn})
            elif word == "begun":
                machine.work()
            else:
                said = line
        errors = process.stderr.read()
    assert process.returncode == 0, errors
    assert json.loads(said) == {
        "environment": True, "tokens": ["Bearer", "Bearer", "Bearer", True], "wrong": 401,
        "machine": ["go", "gopher", "gopher", "AwaitingConnection", True], "listed": [True, True, True, True],
        "gone": [200, 204, "ResourceNotFound"], "extension": ["Succeeded", "Succeeded", "2.1.13", "script"],
        "removed": ["Succeeded", 200, "HCRP404"], "group": [204, "ScopeLocked", 404], "tagged": [True, "go"],
        "registered by itself": ["<nil>", "Registered"], "reconnected": "7e1c2d34-4444-4000-8000-000000000002",
        "insight": ["Available", 1, True, True, "Reader", True],
    }  # fmt: skip
