"""The list of what roles can allow follows from the table of routes."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from simulator.services.arm.routes import ROUTES

Arm = Callable[..., httpx.Response]


def test_every_action_is_listed(arm: Arm) -> None:
    """Each action of the namespace that a route needs is there once, and nothing of another namespace."""
    needed = {route.action for route in ROUTES if route.action.startswith("Microsoft.HybridCompute/")}
    listed = arm("GET", "/providers/Microsoft.HybridCompute/operations").json()["value"]

    assert [item["name"] for item in listed] == sorted(needed)


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
