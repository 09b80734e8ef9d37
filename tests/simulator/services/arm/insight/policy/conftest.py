"""What the tests of policies share: assignments, with rights and without."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.simulator.services.arm.insight.policy.asking import ADMINISTRATOR, ASSIGNMENTS, IDENTITY, Arm, Assign


@pytest.fixture
def assign(arm: Arm) -> Assign:
    """Give a function that assigns a definition to a scope."""

    def assign(definition: str, name: str = "a", scope: str = "{G}", **more: Any) -> httpx.Response:
        properties = {"policyDefinitionId": definition, **more.pop("properties", {})}
        return arm("PUT", f"{scope}{ASSIGNMENTS}{name}", json={"properties": properties, **IDENTITY, **more})

    return assign


@pytest.fixture
def assign_with_role(arm: Arm, assign: Assign) -> Assign:
    """Give the same, where the identity of the assignment gets a role at its scope."""

    def assign_and_grant(definition: str, scope: str = "{G}", role: str = ADMINISTRATOR, **more: Any) -> httpx.Response:
        made = assign(definition, scope=scope, **more).raise_for_status()
        body = {"properties": {"roleDefinitionId": role, "principalId": made.json()["identity"]["principalId"]}}
        place = f"{scope}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000001"
        arm("PUT", place, json=body).raise_for_status()
        return made

    return assign_and_grant
