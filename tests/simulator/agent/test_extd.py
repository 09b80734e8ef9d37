"""extd carries out what the extension service hands out: packages come and go whole, and each end is told."""

from __future__ import annotations

import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from simulator.contract import AGENT_SERVICE_APP_ID
from simulator.resources.entities import Machine
from simulator.services.entra.issuer import Issuer
from simulator.store import Store

Import = Callable[[str], ModuleType]
MANIFEST = [{"handlerManifest": {f"{step}Command": f"handler.sh {step}" for step in
                                 ("install", "enable", "update", "disable", "uninstall")}}]  # fmt: skip


class Cloud:
    """An extension service: what it hands out, the packages it has, what it was told."""

    def __init__(self) -> None:
        self.operations: list[dict[str, Any]] = []
        self.packages: dict[str, bytes] = {}
        self.told: list[dict[str, Any]] = []
        self.answer = 204

    def offer(self, version: str, script: str, action: str = "update") -> None:
        """Hand out a package whose handler is a script; `$1` is its command."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("HandlerManifest.json", json.dumps(MANIFEST))
            archive.writestr("handler.sh", f"#!/bin/sh\n{script}\n")
        uri = f"https://eus/{version}.zip"
        self.packages[uri] = packed.getvalue()
        digest = hashlib.sha256(packed.getvalue()).hexdigest()
        self.operations = [{"operationId": version, "action": action, "name": "e", "publisher": "P", "type": "T",
                            "version": version, "package": {"uri": uri, "sha256": digest}}]  # fmt: skip


@pytest.fixture
def gas() -> Cloud:
    """Give an extension service with nothing to do."""
    return Cloud()


@pytest.fixture
def extd(gas: Cloud, agent_module: Import, make_agent: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the daemon, connected to that service without a network."""
    return connected(agent_module("extd").ExtensionService(*make_agent()), gas, monkeypatch)


def connected(service: Any, gas: Cloud, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Connect a daemon to a service without a network."""

    def send(method: str, path: str, body: Any = None) -> Any:
        if method == "GET":
            return SimpleNamespace(json=lambda: {"operations": gas.operations})
        if path.endswith("/status"):
            gas.told.append(body)
        return SimpleNamespace(json=dict, status=gas.answer)

    def download(_: str, uri: str, *_more: Any) -> Any:
        found = gas.packages.get(uri)
        return SimpleNamespace(status=200 if found else 404, body=found or b"")

    monkeypatch.setattr(service._identity, "agent", lambda: {"location": "eastus"})
    monkeypatch.setattr(service, "_send", send)
    monkeypatch.setattr(service._client, "request", download)
    return service


def installed(tmp_path: Path) -> list[str]:
    """Give the folders of installed extensions."""
    return sorted(path.name for path in (tmp_path / "var/lib/waagent").iterdir())


@pytest.mark.process
def test_an_update_leaves_one_version(gas: Cloud, extd: Any, tmp_path: Path) -> None:
    """After a good update the old version's folder is gone."""
    for version in ("1.0", "1.1"):
        gas.offer(version, "exit 0")
        extd.poll()

    assert installed(tmp_path) == ["P.T-1.1"]
    assert [(body["status"], body["version"]) for body in gas.told] == [("succeeded", "1.0"), ("succeeded", "1.1")]


@pytest.mark.process
def test_a_bad_update_goes_back(gas: Cloud, extd: Any, tmp_path: Path) -> None:
    """After a bad update the old version is there and enabled again; the report names it."""
    gas.offer("1.0", "echo $1 >> seen")
    extd.poll()
    gas.offer("1.1", 'echo no good; [ "$1" != enable ]')
    extd.poll()

    assert installed(tmp_path) == ["P.T-1.0"]
    assert (tmp_path / "var/lib/waagent/P.T-1.0/seen").read_text().split() == ["install", "enable", "enable"]
    assert {name: gas.told[-1][name] for name in ("status", "code", "message", "version")} == {
        "status": "failed", "code": "1", "message": "no good", "version": "1.0"
    }  # fmt: skip


def test_a_package_that_is_not_there(gas: Cloud, extd: Any) -> None:
    """The report says what the download answered."""
    gas.offer("1.0", "exit 0", "install")
    gas.packages.clear()
    extd.poll()

    assert (gas.told[0]["status"], gas.told[0]["message"]) == ("failed", "download answered 404")


@pytest.mark.process
def test_a_removed_extension_is_gone(gas: Cloud, extd: Any, tmp_path: Path) -> None:
    """Uninstalling runs the handler and takes the folder away; what is not there is removed already."""
    gas.offer("1.0", "exit 0", "install")
    extd.poll()
    gas.operations = [{**gas.operations[0], "action": "uninstall"}]
    extd.poll()
    extd.poll()

    assert installed(tmp_path) == []
    assert [body["status"] for body in gas.told] == ["succeeded"] * 3


def until_over(extd: Any) -> None:
    """Poll as the daemon's loop would, until the script is over and told."""
    deadline = time.monotonic() + 20
    while extd._commands._runs():
        assert time.monotonic() < deadline
        if extd.due() <= time.time():
            extd.poll()


def script(gas: Cloud, text: str, operation: str = "op-1", **more: Any) -> None:
    """Hand out a run command."""
    gas.operations = [
        {"operationId": operation, "action": "runCommand", "name": "r", "source": {"script": text}, **more}
    ]


@pytest.mark.process
def test_a_script_is_run_once_and_told(gas: Cloud, extd: Any, tmp_path: Path) -> None:
    """It is told when it begins and when it has ended; being handed out meanwhile changes nothing."""
    script(gas, f"echo run >> {tmp_path}/runs; until [ -e {tmp_path}/go ]; do sleep 0.02; done; echo hello")
    extd.poll()
    extd.poll()
    gas.operations = []
    (tmp_path / "go").touch()
    until_over(extd)

    assert [body["status"] for body in gas.told] == ["transitioning", "succeeded"]
    assert (gas.told[1]["result"]["output"], gas.told[1]["result"]["exitCode"]) == ("hello\n", 0)
    assert (tmp_path / "runs").read_text() == "run\n"


@pytest.mark.process
def test_a_report_that_does_not_get_through_is_repeated(gas: Cloud, extd: Any) -> None:
    """While the service fails the end is kept; it is told again after some patience, not at once."""
    gas.answer = 503
    script(gas, "exit 3")
    extd.poll()
    deadline = time.monotonic() + 20
    while not any(Path(run["folder"], "exit").exists() for run in extd._commands._runs()):
        assert time.monotonic() < deadline
    extd.poll()
    waits = extd.due() > time.time()
    gas.answer, extd._patient_until = 204, 0
    until_over(extd)

    assert waits
    assert (gas.told[-1]["status"], gas.told[-1]["result"]["exitCode"]) == ("succeeded", 3)


@pytest.mark.process
def test_a_deleted_script_is_stopped(gas: Cloud, extd: Any) -> None:
    """The script is killed and nothing more is told of it but the removal."""
    script(gas, "exec sleep 60")
    extd.poll()
    gas.operations = [{"operationId": "op-2", "action": "deleteCommand", "name": "r"}]
    extd.poll()

    assert [(body["operationId"], body["status"]) for body in gas.told] == [
        ("op-1", "transitioning"), ("op-2", "succeeded")
    ]  # fmt: skip
    assert extd._commands._runs() == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [("extensions.blocklist", "microsoft.cplat.core/runcommandhandlerlinux"), ("extensions.allowlist", "Other/Kind")],
)
def test_run_commands_can_be_forbidden(gas: Cloud, extd: Any, setting: str, value: str) -> None:
    """Both lists know the handler's name, in any case."""
    extd._config.set(setting, value)
    script(gas, "exit 0")
    extd.poll()

    assert (gas.told[0]["status"], extd._commands._runs()) == ("failed", [])
    assert "not allowed" in gas.told[0]["message"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [({"commandId": "Nothing"}, "not known"), ({"scriptUri": "https://eus/x"}, "answered 404"), ({}, "not known")],
)
def test_a_script_that_is_not_there(gas: Cloud, extd: Any, source: dict[str, str], expected: str) -> None:
    """The report says why nothing was run."""
    script(gas, "")
    gas.operations[0]["source"] = source
    extd.poll()

    assert (gas.told[0]["status"], expected in gas.told[0]["message"]) == ("failed", True)


def test_an_old_release_has_no_run_commands(
    gas: Cloud, agent_module: Import, make_agent: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before 1.33 the agent cannot do it, and says so."""
    old = connected(agent_module("extd").ExtensionService(*make_agent("1.28")), gas, monkeypatch)
    script(gas, "exit 0")
    old.poll()

    assert (gas.told[0]["status"], "cannot do" in gas.told[0]["message"]) == ("failed", True)


@pytest.fixture
def identity(make_machine: Callable[..., Any], cloud_store: Store, signing_key: Any) -> tuple[str, str]:
    """Give vmId and token of a new machine, `box-1`."""
    make_machine()
    machine = cloud_store.all(Machine)[0]
    issuer = Issuer(cloud_store, signing_key)
    return machine.vm_id, issuer.machine_token(machine, AGENT_SERVICE_APP_ID, cloud_store.clock.now())


@pytest.fixture
def in_the_lab(
    agent_module: Import, make_agent: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, send: Callable[..., Any],
    identity: tuple[str, str],
) -> Any:  # fmt: skip
    """Give the daemon of that machine, connected to the simulated cloud itself."""
    vm_id, token = identity
    service = agent_module("extd").ExtensionService(*make_agent())
    monkeypatch.setattr(service._identity, "agent", lambda: {"location": "eastus", "vmId": vm_id})
    monkeypatch.setattr(service._identity, "token", lambda _: {"access_token": token})

    def request(method: str, url: str, body: Any = None, headers: Any = None) -> Any:
        answer = send(method, url, json=body, headers=headers)
        found = answer.json() if answer.headers.get("content-type", "").startswith("application/json") else {}
        return SimpleNamespace(status=answer.status_code, body=answer.content, json=lambda: found)

    monkeypatch.setattr(service._client, "request", request)
    return service


@pytest.mark.process
def test_cloud_and_agent_run_a_script(in_the_lab: Any, arm: Callable[..., Any]) -> None:
    """What Resource Manager is given is run here, and what it printed is there."""
    properties = {"source": {"script": 'echo "hello $who"; exit 3'}, "parameters": [{"name": "who", "value": "lab"}]}
    arm("PUT", "{M}/box-1/runCommands/r", json={"location": "eastus", "properties": properties}).raise_for_status()
    in_the_lab.poll()
    until_over(in_the_lab)
    shown = arm("GET", "{M}/box-1/runCommands/r").json()["properties"]

    assert (shown["provisioningState"], shown["instanceView"]["executionState"]) == ("Succeeded", "Failed")
    assert (shown["instanceView"]["output"], shown["instanceView"]["exitCode"]) == ("hello lab\n", 3)


def test_cloud_and_agent_look_for_updates(
    in_the_lab: Any, arm: Callable[..., Any], agent_module: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers of the package manager are in the answer."""
    manager = SimpleNamespace(name="APT", pending=lambda: {"a": "Security", "b": "Other"}, needs_reboot=lambda: False)
    monkeypatch.setattr(agent_module("extd"), "package_manager", lambda _: manager)
    begun = arm("POST", "{M}/box-1/assessPatches")
    in_the_lab.poll()
    body = arm("GET", begun.headers["location"]).json()

    assert (body["status"], body["patchServiceUsed"], body["rebootPending"]) == ("Succeeded", "APT", False)
    assert body["availablePatchCountByClassification"] == {"security": 1, "critical": 0, "other": 1}


def test_cloud_and_agent_tell_of_a_refusal(in_the_lab: Any, arm: Callable[..., Any]) -> None:
    """What the local configuration forbids has failed in Resource Manager, with the agent's words."""
    in_the_lab._config.set("extensions.blocklist", "Microsoft.Azure.Extensions/CustomScript")
    kind = {"publisher": "Microsoft.Azure.Extensions", "type": "CustomScript"}
    put = arm("PUT", "{M}/box-1/extensions/script", json={"properties": kind})
    in_the_lab.poll()
    status = arm("GET", put.headers["azure-asyncoperation"]).json()

    assert (status["status"], "not allowed" in status["error"]["message"]) == ("Failed", True)
