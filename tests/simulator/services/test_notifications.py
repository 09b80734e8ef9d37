"""The notification service: the list of hosts that onboarding asks for, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

Send = Callable[..., httpx.Response]
HOST = "https://guestnotificationservice.azure.com"


@pytest.mark.parametrize(
    ("location", "expected"), [("westeurope", "westeurope"), ("West Europe", "westeurope"), ("", "eastus")]
)
def test_the_list_has_the_regions_host(send: Send, location: str, expected: str) -> None:
    """The answer is a list of host names."""
    answer = send("GET", f"{HOST}/urls/allowlist", params={"api-version": "2020-01-01", "location": location})

    assert (answer.status_code, answer.json()) == (200, [f"azgn-{expected}-public-1p.servicebus.windows.net"])


@pytest.mark.parametrize("host", [HOST, "https://eus.guestnotificationservice.azure.com"])
def test_the_service_is_reachable(send: Send, host: str) -> None:
    """A connectivity check finds it, by the global and by a regional name."""
    assert send("GET", f"{host}/").status_code == 200


def test_what_is_not_imitated_is_noticed(send: Send) -> None:
    """An unknown address is 501 with its name, not an empty success."""
    answer = send("GET", f"{HOST}/azgn/connect")

    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "NotKnown")
    assert "GET /azgn/connect" in answer.json()["error"]["message"]
