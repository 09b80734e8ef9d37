"""All state as a snapshot, and back to the beginning, over the wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from simulator.contract import Snapshot
from simulator.resources.entities import Alert, FaultInForce, Lock, Machine
from simulator.store import Store

Send = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]


def test_there_and_back(control: Send, cloud_store: Store, make_machine: Make, arm: Send) -> None:
    """Between two steps everything is kept; later it is all there again, faults and their counts included."""
    make_machine("kept")
    control("POST", "/faults", json={"effect": "http_error", "operation": "arm.*"})
    taken = control("GET", "/snapshot")
    held = cloud_store.everything()
    arm("DELETE", "{M}/kept")
    make_machine("later", 2)
    control("DELETE", "/faults")
    answer = control("PUT", "/snapshot", content=taken.content)

    assert (answer.status_code, cloud_store.everything()) == (204, held)
    assert [arm("GET", f"{{M}}/{name}").status_code for name in ("kept", "later")] == [200, 404]
    assert "attachment" in taken.headers["content-disposition"]
    assert len(cloud_store.all(FaultInForce)) == 1


def test_what_fell_due_meanwhile_is_done(control: Send, cloud_store: Store, make_machine: Make) -> None:
    """Lab time does not go back: a machine that was heard before the snapshot may be silent by now."""
    make_machine()
    snapshot = msgspec.json.decode(control("GET", "/snapshot").content, type=Snapshot)
    snapshot.entities["Machine"][0]["last_heartbeat"] = cloud_store.clock.now()
    control("POST", "/clock", json={"advance_s": 901})
    before = len(cloud_store.all(Alert))
    control("PUT", "/snapshot", content=msgspec.json.encode(snapshot))

    assert (before, len(cloud_store.all(Alert)), cloud_store.clock.offset_s) == (0, 1, 901)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "body"), (b"{}", "body"),
     (b'{"arclab_snapshot":1,"taken":"","lab_time_s":0,"last":0,"entities":{}}', "snapshot")],
)  # fmt: skip
def test_what_is_no_snapshot(control: Send, cloud_store: Store, content: bytes, code: str) -> None:
    """It is refused with what to do, and nothing has changed."""
    before = cloud_store.everything()
    error = control("PUT", "/snapshot", content=content).json()["error"]

    assert (error["code"], cloud_store.everything()) == (code, before)
    assert error["remedy"]


def test_a_reset(control: Send, cloud_store: Store, make_machine: Make, arm: Send) -> None:
    """What was made is gone, who could sign in still can, and the journal has everything."""
    make_machine()
    control("POST", "/locks", json={"scope": "/a"})
    last = cloud_store.last
    answer = control("POST", "/reset")

    assert (answer.status_code, cloud_store.all(Machine), cloud_store.all(Lock)) == (204, [], [])
    assert arm("GET", "{M}").json()["value"] == []
    assert next(event.operation for event in cloud_store.since(last)) == "state.reset"


def test_a_snapshot_may_be_larger_than_other_bodies(monkeypatch: pytest.MonkeyPatch, control: Send) -> None:
    """The limit of Azure's hosts is not that of the control."""
    monkeypatch.setattr("simulator.app.LARGEST_BODY_BYTES", 10)
    large = control("PUT", "/snapshot", content=b"x" * 11)
    monkeypatch.setattr("simulator.app.LARGEST_SNAPSHOT_BYTES", 10)
    larger = control("PUT", "/snapshot", content=b"x" * 11)

    assert (large.status_code, larger.status_code) == (400, 413)
    assert larger.json()["error"]["remedy"] == "Send less."
