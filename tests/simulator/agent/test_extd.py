"""extd carries out what the extension service hands out: packages come and go whole, and each end is told."""

from __future__ import annotations

import hashlib
import io
import json
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
    service = agent_module("extd").ExtensionService(*make_agent())

    def send(method: str, path: str, body: Any = None) -> Any:
        if method == "GET":
            return SimpleNamespace(json=lambda: {"operations": cloud.operations})
        if path.endswith("/status"):
            cloud.told.append(body)
        return SimpleNamespace(json=dict)

    def download(_: str, uri: str) -> Any:
        found = cloud.packages.get(uri)
        return SimpleNamespace(status=200 if found else 404, body=found or b"")

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
