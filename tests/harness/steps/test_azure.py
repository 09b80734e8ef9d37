"""azure: how the switch of automatic upgrades is asked of ARM; the rest is seen with the simulated cloud."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from harness.context import Context
from harness.errors import LabError
from harness.model.azure_steps import Azure
from harness.steps import azure

Asked = Callable[..., list[Any]]
_PATH = "/subscriptions/s/resourceGroups/g/providers/Microsoft.HybridCompute/machines/box-1"


@pytest.fixture(autouse=True)
def group(context: Context) -> None:
    """Give the case a resource group."""
    context.azure = SimpleNamespace(subscription_id="s", resource_group="g", location="eastus")  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("arguments", "on"), [(Azure(automatic_upgrade="box-1"), True), (Azure(manual_upgrade="box-1"), False)]
)
def test_switches_automatic_upgrades(asked: Asked, arguments: Azure, *, on: bool) -> None:
    """As documented: a PATCH of the machine."""
    requests = asked(azure.run, arguments, 200)

    assert requests == [("PATCH", _PATH, {"properties": {"agentUpgrade": {"enableAutomaticUpgrade": on}}})]


def test_a_refusal_is_the_labs_error(asked: Asked) -> None:
    """With ARM's own words."""
    with pytest.raises(LabError, match="404 why"):
        asked(azure.run, Azure(automatic_upgrade="box-1"), 404)
