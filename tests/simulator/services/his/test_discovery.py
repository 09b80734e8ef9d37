"""Regions and their endpoints, found, asked at the wrong host, and moved."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.simulator.services.his.asking import (
    BEAT,
    HEARTBEAT,
    IDENTITY,
    VM_ID,
    Make,
    Send,
    body_of,
    code,
)


def test_discovery_gives_the_regions_endpoints(send: Send) -> None:
    """A region is found in any spelling; its endpoints have its code and its name."""
    body = send(
        "GET", "https://gbl.his.arc.azure.com/discovery", params={"location": "West Europe", "api-version": "2.1"}
    ).json()

    assert body == {
        "location": "westeurope", "hisEndpoint": "https://weu.his.arc.azure.com",
        "gasEndpoint": "https://westeurope-gas.guestconfiguration.azure.com",
        "notificationEndpoint": "https://guestnotificationservice.azure.com",
    }  # fmt: skip


@pytest.mark.parametrize("version", ["1.0-preview", "1.1-preview"])
def test_old_discovery_gives_one_text(send: Send, version: str) -> None:
    """Older clients read one JSON string."""
    params = {"location": "westeurope", "api-version": version}

    assert (
        send("GET", "https://gbl.his.arc.azure.com/discovery", params=params).json() == "https://weu.his.arc.azure.com"
    )


@pytest.mark.parametrize("location", ["", "atlantis"])
def test_an_unknown_region(send: Send, location: str) -> None:
    """A region that is not there is refused."""
    answer = send("GET", "https://gbl.his.arc.azure.com/discovery", params={"location": location, "api-version": "2.1"})

    assert code(answer) == (400, "InvalidLocation")


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [("PUT", "/log", 200), ("GET", "/", 200), ("GET", "/nothing", 501), ("GET", f"/machine/{VM_ID}/identity", 501)],
)
def test_other_addresses(send: Send, method: str, path: str, expected: int) -> None:
    """Telemetry is taken; what is not known is answered 501, so that it is noticed."""
    assert send(method, f"https://gbl.his.arc.azure.com{path}", content=b"{}").status_code == expected


def test_another_regions_host_is_misdirected(
    send: Send, make_machine: Make, signed: Callable[[str], dict[str, str]], bearer: Callable[..., dict[str, str]]
) -> None:
    """A machine is served by its own region's host and by the global one; any other answers 421 to both calls."""
    machine = make_machine()
    other = [url.replace("eus.", "weu.") for url in (IDENTITY, HEARTBEAT)]
    refused = [
        code(send("POST", other[0], json=body_of(machine), headers=signed(machine["id"]))),
        code(send("POST", other[1], json=BEAT, headers=bearer())),
    ]

    assert refused == [(421, "Misdirected")] * 2
    assert send("POST", HEARTBEAT.replace("eus.", "gbl."), json=BEAT, headers=bearer()).status_code == 200


def test_a_region_moves(send: Send, control: Send, make_machine: Make, bearer: Callable[..., dict[str, str]]) -> None:
    """Discovery names the new host, which serves the machine; the old one does no more; other regions stay."""
    make_machine()
    moved = control("POST", "/region", json={"location": "eastus", "code": "eus9"})
    discovery = "https://gbl.his.arc.azure.com/discovery?api-version=2.1&location="
    found = [send("GET", discovery + location).json()["hisEndpoint"] for location in ("eastus", "westeurope")]

    assert (moved.status_code, found) == (204, ["https://eus9.his.arc.azure.com", "https://weu.his.arc.azure.com"])
    assert code(send("POST", HEARTBEAT, json=BEAT, headers=bearer())) == (421, "Misdirected")
    assert send("POST", HEARTBEAT.replace("eus.", "eus9."), json=BEAT, headers=bearer()).status_code == 200
