"""What `/_sim` does to identities: refusals of what cannot be, and the journal of what was done."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from simulator.store import Store

Control = Callable[..., httpx.Response]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"location": "atlantis", "code": "atl"}, "there is no region 'atlantis'."),
        ({"location": "eastus", "code": "e/us"}, "'e/us' is no code of a host"),
        ({"location": "eastus", "code": ""}, "'' is no code of a host"),
    ],
    ids=["region", "code", "no code"],
)
def test_a_move_that_cannot_be(control: Control, body: dict[str, str], text: str) -> None:
    """An unknown region and a code that is no host's are named."""
    answer = control("POST", "/region", json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "region")
    assert text in answer.json()["error"]["message"]


def test_a_move_is_journaled(control: Control, cloud_store: Store) -> None:
    """The journal tells which host serves the region now."""
    control("POST", "/region", json={"location": "eastus", "code": "eus9"})
    event = cloud_store.since(0)[-1]

    assert (event.operation, event.data) == ("his.region", {"location": "eastus", "host": "eus9.his.arc.azure.com"})
