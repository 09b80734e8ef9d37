"""The list of what roles can allow follows from the table of routes."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from simulator.resources.providers import PROVIDERS
from simulator.services.arm.routes import ROUTES

Arm = Callable[..., httpx.Response]


def test_every_action_is_listed(arm: Arm) -> None:
    """Each action of the namespace that a route needs is there once, and nothing of another namespace."""
    needed = {route.action for route in ROUTES if route.action.startswith("Microsoft.HybridCompute/")}
    listed = arm("GET", "/providers/Microsoft.HybridCompute/operations").json()["value"]

    assert [item["name"] for item in listed] == sorted(needed)


@pytest.mark.parametrize("namespace", PROVIDERS)
def test_every_provider_lists_its_own(arm: Arm, namespace: str) -> None:
    """SDKs of all providers ask for that; the name may be in any case."""
    needed = {route.action for route in ROUTES if route.action.startswith(f"{namespace}/")}
    listed = arm("GET", f"/providers/{namespace.upper()}/operations").json()["value"]

    assert {item["name"] for item in listed} == needed
    assert {item["display"]["provider"] for item in listed} == ({namespace} if needed else set())


def test_words_for_people(arm: Arm) -> None:
    """Each item says provider, resource and what is done to it."""
    listed = arm("GET", "/providers/Microsoft.HybridCompute/operations").json()["value"]
    shown = {item["name"]: item["display"] for item in listed}

    assert shown["Microsoft.HybridCompute/licenses/delete"] == {
        "provider": "Microsoft.HybridCompute", "resource": "licenses", "operation": "Delete licenses",
        "description": "Delete licenses",
    }  # fmt: skip
    assert shown["Microsoft.HybridCompute/machines/upgradeExtensions/action"]["resource"] == "machines"
    assert shown["Microsoft.HybridCompute/validateLicense/action"]["resource"] == "validateLicense"


def test_all_providers(arm: Arm) -> None:
    """Every action that a route needs is told below its provider and type, when types are asked for."""
    place = "/providers/Microsoft.Authorization/providerOperations"
    told = arm("GET", f"{place}?$expand=resourceTypes&api-version=2022-04-01").json()["value"]
    needed = {route.action for route in ROUTES if "/" in route.action and "{" not in route.action}
    listed = [item["name"] for each in told for kind in (each, *each["resourceTypes"]) for item in kind["operations"]]

    assert sorted(listed) == sorted(needed)
    assert "Microsoft.HybridCompute" in [each["name"] for each in told]


def test_one_provider(arm: Arm) -> None:
    """Its name may be written in any case; types are left out unless they are asked for; an unknown one is 404."""
    place = "/providers/Microsoft.Authorization/providerOperations"
    one = arm("GET", f"{place}/microsoft.hybridcompute?api-version=2022-04-01").json()
    expanded = arm("GET", f"{place}/Microsoft.HybridCompute?api-version=2022-04-01&$expand=resourceTypes").json()
    machines = next(kind for kind in expanded["resourceTypes"] if kind["name"] == "machines")

    assert (one["id"], one["resourceTypes"]) == (f"{place}/Microsoft.HybridCompute", [])
    assert "Microsoft.HybridCompute/machines/upgradeExtensions/action" in [
        item["name"] for item in machines["operations"]
    ]
    assert arm("GET", f"{place}/Microsoft.Nobody?api-version=2022-04-01").status_code == 404
