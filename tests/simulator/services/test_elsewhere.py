"""A host that the simulator does not play is refused and journaled whole."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from simulator.store import Store


def test_a_host_that_is_not_played(send: Callable[..., httpx.Response], cloud_store: Store) -> None:
    """The refusal names the place; the journal has what was sent there, its secrets hidden."""
    answer = send("POST", "https://dls.microsoft.com/a?sig=x", content=b"hello", headers={"authorization": "Bearer t"})
    event = cloud_store.since(0)[-1]

    assert (answer.status_code, answer.json()["error"]["code"]) == (421, "Misdirected")
    assert "'dls.microsoft.com/a'" in answer.json()["error"]["message"]
    assert (event.operation, event.path, event.data["unknown"]["body"]) == ("unknown", "/a?sig=***", "hello")
    assert event.data["unknown"]["headers"]["authorization"] == "Bearer ***"
