"""Requests that the simulator does not know: described without secrets, and written down as JSON lines."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request

from simulator.app import App, build_cloud
from simulator.contract import Event
from simulator.errors import BadInput
from simulator.identity.tokens import TokenKey
from simulator.store import Store
from simulator.unknown_requests import LARGEST_KEPT_BYTES, UnknownRequests, described

UNKNOWN = [
    ("https://eus.his.arc.azure.com/machine/7e1c2d34/cloudconfig", "his.unknown"),
    ("https://eastus-gas.guestconfiguration.azure.com/virtualMachines/x/register", "gas.unknown"),
    ("https://guestnotificationservice.azure.com/urls/other", "notifications.unknown"),
    ("https://login.microsoftonline.com/x/oauth2/v2.0/logout", "entra.unknown"),
]


def plain(body: bytes) -> Request:
    """Give a request without anything in it; `body` is given beside it."""
    return Request({"type": "http", "headers": [(b"content-length", str(len(body)).encode())]})


@pytest.mark.parametrize(("url", "operation"), UNKNOWN, ids=[operation for _, operation in UNKNOWN])
def test_an_unknown_request_is_journaled_whole(
    send: Callable[..., httpx.Response], cloud_store: Store, url: str, operation: str
) -> None:
    """It is answered with 501 in the host's form; its event has method, headers and body."""
    answer = send("PUT", f"{url}?api-version=2.1", json={"a": 1}, headers={"signedMessage": "x:rsapss y"})
    event = cloud_store.since(0)[-1]

    assert (answer.status_code, event.status, event.operation) == (501, 501, operation)
    assert "The simulator does not know 'PUT /" in answer.text
    assert (event.method, event.data["unknown"]["body"]) == ("PUT", '{"a":1}')
    assert event.data["unknown"]["headers"]["signedmessage"] == "***"


def test_a_known_request_is_not_journaled_whole(send: Callable[..., httpx.Response], cloud_store: Store) -> None:
    """Bodies of known requests stay out of the journal."""
    send("GET", "https://gbl.his.arc.azure.com/discovery?location=eastus&api-version=2.1")

    assert cloud_store.since(0)[-1].data == {}


def test_a_body_that_is_no_text() -> None:
    """Bytes that are no UTF-8 come as base64."""
    found = described(plain(b"\xff\xfe"), b"\xff\xfe")

    assert (base64.b64decode(found["body_base64"]), "body" in found) == (b"\xff\xfe", False)


def test_a_long_body_is_cut() -> None:
    """The whole size is told; what is kept ends after the limit."""
    body = b"x" * (LARGEST_KEPT_BYTES + 1)
    found = described(plain(body), body)

    assert (found["body_bytes"], len(found["body"])) == (LARGEST_KEPT_BYTES + 1, LARGEST_KEPT_BYTES)


def test_the_file_has_a_line_for_each(cloud_store: Store, signing_key: TokenKey, tmp_path: Path) -> None:
    """Only unknown requests are written down, each as one JSON object, after what the file held."""
    path = tmp_path / "unknown.jsonl"
    path.write_text("{}\n")
    recorder = UnknownRequests(path)
    cloud = build_cloud(cloud_store, signing_key, extensions=None, packages=None, unknown_requests=recorder)
    transport = httpx.ASGITransport(App(cloud, has_control=False))

    async def ask() -> None:
        async with httpx.AsyncClient(transport=transport, base_url="https://eus.his.arc.azure.com") as client:
            await client.get("/discovery?location=eastus")
            await client.post("/machine/1/renew", content=b"a\nb")

    asyncio.run(ask())
    recorder.close()
    lines = [json.loads(line) for line in path.read_text().splitlines()]

    assert len(lines) == 2
    assert {name: lines[1][name] for name in ("host", "method", "path", "status", "body")} == {
        "host": "eus.his.arc.azure.com", "method": "POST", "path": "/machine/1/renew", "status": 501, "body": "a\nb",
    }  # fmt: skip


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """It is refused before anything is served."""
    with pytest.raises(BadInput) as caught:
        UnknownRequests(tmp_path)

    assert (caught.value.reference, caught.value.place) == ("record-unknown", str(tmp_path))


def test_a_full_disk_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A line that cannot be written breaks no answer."""
    recorder = UnknownRequests(Path("/dev/full"))
    recorder.write(Event(seq=1, time="t", wall="w", kind="request", data={"unknown": {}}))
    recorder.close()

    assert "a request could not be recorded: No space left on device." in capsys.readouterr().err
