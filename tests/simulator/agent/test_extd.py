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
def cloud() -> Cloud:
    """Give an extension service with nothing to do."""
    return Cloud()


@pytest.fixture
def extd(cloud: Cloud, agent_module: Import, make_agent: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the daemon, connected to that service without a network."""
    return connected(agent_module("extd").ExtensionService(*make_agent()), cloud, monkeypatch)


def connected(service: Any, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Connect a daemon to a service without a network."""

    def send(method: str, path: str, body: Any = None) -> Any:
        if method == "GET":
            return SimpleNamespace(json=lambda: {"operations": cloud.operations})
        if path.endswith("/status"):
            cloud.told.append(body)
        return SimpleNamespace(json=dict, status=cloud.answer)

    def download(_: str, uri: str, *_more: Any) -> Any:
        found = cloud.packages.get(uri)
        return SimpleNamespace(status=200 if found else 404, body=found or b"")

    monkeypatch.setattr(service._identity, "agent", lambda: {"location": "eastus"})
    monkeypatch.setattr(service, "_send", send)
    monkeypatch.setattr(service._client, "request", download)
    return service


def installed(tmp_path: Path) -> list[str]:
    """Give the folders of installed extensions."""
    return sorted(path.name for path in (tmp_path / "var/lib/waagent").iterdir())


def test_an_update_leaves_one_version(cloud: Cloud, extd: Any, tmp_path: Path) -> None:
    """After a good update the old version's folder is gone."""
    for version in ("1.0", "1.1"):
        cloud.offer(version, "exit 0")
        extd.poll()

    assert installed(tmp_path) == ["P.T-1.1"]
    assert [(body["status"], body["version"]) for body in cloud.told] == [("succeeded", "1.0"), ("succeeded", "1.1")]


def test_a_bad_update_goes_back(cloud: Cloud, extd: Any, tmp_path: Path) -> None:
    """After a bad update the old version is there and enabled again; the report names it."""
    cloud.offer("1.0", "echo $1 >> seen")
    extd.poll()
    cloud.offer("1.1", 'echo no good; [ "$1" != enable ]')
    extd.poll()

    assert installed(tmp_path) == ["P.T-1.0"]
    assert (tmp_path / "var/lib/waagent/P.T-1.0/seen").read_text().split() == ["install", "enable", "enable"]
    assert {name: cloud.told[-1][name] for name in ("status", "code", "message", "version")} == {
        "status": "failed", "code": "1", "message": "no good", "version": "1.0"
    }  # fmt: skip


def test_a_package_that_is_not_there(cloud: Cloud, extd: Any) -> None:
    """The report says what the download answered."""
    cloud.offer("1.0", "exit 0", "install")
    cloud.packages.clear()
    extd.poll()

    assert (cloud.told[0]["status"], cloud.told[0]["message"]) == ("failed", "download answered 404")


def test_a_removed_extension_is_gone(cloud: Cloud, extd: Any, tmp_path: Path) -> None:
    """Uninstalling runs the handler and takes the folder away; what is not there is removed already."""
    cloud.offer("1.0", "exit 0", "install")
    extd.poll()
    cloud.operations = [{**cloud.operations[0], "action": "uninstall"}]
    extd.poll()
    extd.poll()

    assert installed(tmp_path) == []
    assert [body["status"] for body in cloud.told] == ["succeeded"] * 3


def until_over(extd: Any) -> None:
    """Poll as the daemon's loop would, until the script is over and told."""
    deadline = time.monotonic() + 20
    while extd._commands._runs():
        assert time.monotonic() < deadline
        if extd.due() <= time.time():
            extd.poll()


def script(cloud: Cloud, text: str, operation: str = "op-1", **more: Any) -> None:
    """Hand out a run command."""
    cloud.operations = [
        {"operationId": operation, "action": "runCommand", "name": "r", "source": {"script": text}, **more}
    ]


def test_a_script_is_run_once_and_told(cloud: Cloud, extd: Any, tmp_path: Path) -> None:
    """It is told when it begins and when it has ended; being handed out meanwhile changes nothing."""
    script(cloud, f"echo run >> {tmp_path}/runs; until [ -e {tmp_path}/go ]; do sleep 0.02; done; echo hello")
    extd.poll()
    extd.poll()
    cloud.operations = []
    (tmp_path / "go").touch()
    until_over(extd)

    assert [body["status"] for body in cloud.told] == ["transitioning", "succeeded"]
    assert (cloud.told[1]["result"]["output"], cloud.told[1]["result"]["exitCode"]) == ("hello\n", 0)
    assert (tmp_path / "runs").read_text() == "run\n"


def test_a_report_that_does_not_get_through_is_repeated(cloud: Cloud, extd: Any) -> None:
    """While the service fails the end is kept; it is told again after some patience, not at once."""
    cloud.answer = 503
    script(cloud, "exit 3")
    extd.poll()
    deadline = time.monotonic() + 20
    while not any(Path(run["folder"], "exit").exists() for run in extd._commands._runs()):
        assert time.monotonic() < deadline
    extd.poll()
    waits = extd.due() > time.time()
    cloud.answer, extd._patient_until = 204, 0
    until_over(extd)

    assert waits
    assert (cloud.told[-1]["status"], cloud.told[-1]["result"]["exitCode"]) == ("succeeded", 3)


def test_a_deleted_script_is_stopped(cloud: Cloud, extd: Any) -> None:
    """The script is killed and nothing more is told of it but the removal."""
    script(cloud, "exec sleep 60")
    extd.poll()
    cloud.operations = [{"operationId": "op-2", "action": "deleteCommand", "name": "r"}]
    extd.poll()

    assert [(body["operationId"], body["status"]) for body in cloud.told] == [
        ("op-1", "transitioning"), ("op-2", "succeeded")
    ]  # fmt: skip
    assert extd._commands._runs() == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [("extensions.blocklist", "microsoft.cplat.core/runcommandhandlerlinux"), ("extensions.allowlist", "Other/Kind")],
)
def test_run_commands_can_be_forbidden(cloud: Cloud, extd: Any, setting: str, value: str) -> None:
    """Both lists know the handler's name, in any case."""
    extd._config.set(setting, value)
    script(cloud, "exit 0")
    extd.poll()

    assert (cloud.told[0]["status"], extd._commands._runs()) == ("failed", [])
    assert "not allowed" in cloud.told[0]["message"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [({"commandId": "Nothing"}, "not known"), ({"scriptUri": "https://eus/x"}, "answered 404"), ({}, "not known")],
)
def test_a_script_that_is_not_there(cloud: Cloud, extd: Any, source: dict[str, str], expected: str) -> None:
    """The report says why nothing was run."""
    script(cloud, "")
    cloud.operations[0]["source"] = source
    extd.poll()

    assert (cloud.told[0]["status"], expected in cloud.told[0]["message"]) == ("failed", True)


def test_an_old_release_has_no_run_commands(
    cloud: Cloud, agent_module: Import, make_agent: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before 1.33 the agent cannot do it, and says so."""
    old = connected(agent_module("extd").ExtensionService(*make_agent("1.28")), cloud, monkeypatch)
    script(cloud, "exit 0")
    old.poll()

    assert (cloud.told[0]["status"], "cannot do" in cloud.told[0]["message"]) == ("failed", True)
