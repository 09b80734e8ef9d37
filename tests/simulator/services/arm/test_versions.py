"""Which api-versions are taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.resources.providers import find_type, type_of
from simulator.services.arm.route_tree import Route
from simulator.services.arm.routes import ROUTES

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize(
    "version",
    ["2026-07-15", "2026-06-16-preview", "2026-06-16-PREVIEW", "2025-01-13", "2024-07-31-preview", "2019-12-12"],
)
def test_versions_that_machines_have_had(arm: Arm, make_machine: Make, version: str) -> None:
    """Every version that a client of any age sends is taken, and answered alike."""
    make_machine()

    assert arm("GET", "{M}/box-1", version=version).json() == arm("GET", "{M}/box-1").json()


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("PUT", "{M}/box-2", {"json": {"location": "West Europe"}}),
        ("GET", "{M}/box-1", {}),
        ("DELETE", "{M}/box-1", {}),
    ],
)
def test_a_version_that_a_located_type_never_had(
    arm: Arm, make_machine: Make, method: str, path: str, options: dict[str, Any]
) -> None:
    """The refusal names location, version and type, and what is supported; nothing changes."""
    make_machine()
    answer = arm(method, path, version="2023-01-01", **options)
    location = "westeurope" if method == "PUT" else "eastus"

    assert code(answer) == (400, "NoRegisteredProviderFound")
    assert answer.json()["error"]["message"].startswith(
        f"No registered resource provider found for location '{location}' and API version '2023-01-01' for type "
        "'machines'. The supported api-versions are '2026-07-15, 2026-06-16-preview, "
    )
    assert [machine["name"] for machine in arm("GET", "{M}").json()["value"]] == ["box-1"]


@pytest.mark.parametrize("path", ["{M}", "{M}/none", "{S}/providers/Microsoft.HybridCompute/nothing"])
def test_a_version_without_a_location(arm: Arm, path: str) -> None:
    """Where no resource tells a location, and for types that are not there, the type is what cannot be found."""
    answer = arm("GET", path, version="2023-01-01")

    assert code(answer) == (404, "InvalidResourceType")
    assert "'Microsoft.HybridCompute' for api version '2023-01-01'" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "path", ["/subscriptions", "{S}/resourcegroups", "{G}", "{S}/providers/Microsoft.HybridCompute"]
)
@pytest.mark.parametrize(("version", "expected"), [("2026-07-15", 400), ("2021-03-01", 400), ("2016-06-01", 200)])
def test_the_front_end_has_its_own_versions(arm: Arm, path: str, version: str, expected: int) -> None:
    """Subscriptions, groups and providers do not take the version of a resource provider."""
    answer = arm("GET", path, version=version)

    assert answer.status_code == expected
    assert expected == 200 or answer.json()["error"]["code"] == "InvalidApiVersionParameter"


def test_a_strange_namespace(arm: Arm) -> None:
    """A path below a provider that is not there says so."""
    assert code(arm("GET", "{G}/providers/Contoso.Cars/wheels/1", version="2020-01-01")) == (
        404,
        "InvalidResourceNamespace",
    )


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.operation} {route.path}")
def test_every_route_is_about_a_known_type(route: Route) -> None:
    """No route is out of reach because no api-version is good for it: its type has a row in `resources/providers`."""
    asked = type_of(route.path.replace("{provider}", "Microsoft.HybridCompute"), route.method)

    assert asked is None or find_type(*asked) is not None


@pytest.mark.parametrize("version", ["x", "2026-07-15 ", "2026-07-15\n", "٢٠٢٦-07-15", "2026-7-15", "2026-07-15-beta"])
def test_what_is_no_version(arm: Arm, version: str) -> None:
    """Only a date, and `-preview` behind it, has the form of a version, whatever the type is."""
    assert code(arm("GET", "{M}/box-1", version=version)) == (400, "InvalidApiVersionParameter")
