"""The evidence says what the journal shows and nothing more."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.contract import Event
from simulator.services.arm.routes import ROUTES
from tests.conformance.evidence import client_of, evidence

SDK = "azsdk-python-mgmt-resource/26.0.0 Python/3.11.7 (Linux)"


def request(status: int = 200, user_agent: str = SDK, path: str = "/tenants?api-version=2022-12-01") -> Event:
    """Give the event of a request."""
    return Event(seq=1, time="", wall="", kind="request", method="GET", path=path, status=status,
                 user_agent=user_agent, operation="x")  # fmt: skip


def row(events: list[Event], folder: Path) -> str:
    """Give the line about the list of tenants."""
    return next(line for line in evidence(events, folder).splitlines() if "`GET /tenants`" in line)


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        (SDK, "azure-mgmt-resource 26.0.0"),
        ("azsdk-python-azure-mgmt-authorization/4.0.0 Python", "azure-mgmt-authorization 4.0.0"),
        ("AZURECLI/2.91.0 (PIP) azsdk-python-core/1.39.0 Python/3.11.7", "azure-cli 2.91.0"),
        ("azsdk-js-arm-hybridcompute/3.0.0 core-rest-pipeline/1.22.0 Node/20.20.2", "@azure/arm-hybridcompute 3.0.0"),
        ("@azure/arm-resourcegraph/4.2.1 ms-rest-azure-js/2.1.0 Node/20.20.2", "@azure/arm-resourcegraph 4.2.1"),
        (
            "Go/go1.19.8 (amd64-linux) go-autorest/v14.2.1 Azure-SDK-For-Go/v68.0.0 resources/2021-04-01",
            "azure-sdk-for-go 68.0.0",
        ),
        ("Go/go1.19.8 (amd64-linux) go-autorest/adal/v1.0.0", "go-autorest/adal 1.0.0"),
        ("python-httpx/0.28.1", ""),
        ("", ""),
    ],
)
def test_clients(user_agent: str, expected: str) -> None:
    """A client is known by what it calls itself; the tests' own is none."""
    assert client_of(user_agent) == expected


def test_a_good_answer_proves(tmp_path: Path) -> None:
    """A client is named once, whatever it asked how often."""
    assert row([request(), request()], tmp_path).endswith("| azure-mgmt-resource 26.0.0 |")


def test_a_route_whose_action_follows_from_its_address(tmp_path: Path) -> None:
    """The provider that a client has registered is another one than the route's own word for it."""
    path = "/subscriptions/s/providers/Microsoft.HybridCompute/register?api-version=2022-12-01"
    event = Event(seq=1, time="", wall="", kind="request", method="POST", path=path, status=200, user_agent=SDK,
                  operation="x")  # fmt: skip

    assert "/register` | azure-mgmt-resource 26.0.0 |" in evidence([event], tmp_path)


@pytest.mark.parametrize(
    "event", [request(404), request(0), request(user_agent="curl/8"), request(path="/tenants/x")], ids=str
)
def test_what_proves_nothing(tmp_path: Path, event: Event) -> None:
    """A refusal, a broken connection, an unknown client, another address."""
    assert row([event], tmp_path).endswith("| **nobody** |")


def test_every_route_is_listed(tmp_path: Path) -> None:
    """Also one that nobody asked."""
    text = evidence([], tmp_path)

    assert text.count("**nobody**") == len(ROUTES)
    assert f"0 of {len(ROUTES)} are proved." in text


def test_claims_are_counted(tmp_path: Path) -> None:
    """Each page has its two numbers."""
    (tmp_path / "arm.md").write_text("| a | Source: x. Assumed: y |\n* z (Assumed)\n")

    assert "| [arm.md](wire/arm.md) | 1 | 2 |" in evidence([], tmp_path)
