"""What the tests of policies ask for: definitions, addresses, and machines to judge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from simulator.resources.roles import ROLES

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
Assign = Callable[..., httpx.Response]
BUILT_IN = "/providers/Microsoft.Authorization/policyDefinitions/"
DEPLOY_AMA, AUDIT_AMA = "845857af-0333-4c5d-bbbc-6076697da122", "f17d891d-ff20-46f2-bad3-9e0a5403a4d3"
UPGRADE = "f9dfba6f-7430-4214-a666-342b3d3d0d62"
PRIVATE_LINK = "efa3f296-ff2b-4f38-bc0d-5ef12c965b68"
ASSIGNMENTS = "/providers/Microsoft.Authorization/policyAssignments/"
QUERY = "/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults"
TRIGGER = "/providers/Microsoft.PolicyInsights/policyStates/latest/triggerEvaluation"
IDENTITY = {"identity": {"type": "SystemAssigned"}, "location": "eastus"}
LINUX = {"vmId": "7e1c2d34-0000-4000-8000-000000000001", "osName": "linux"}
ADMINISTRATOR = ROLES["Azure Connected Machine Resource Administrator"].id


def extension(publisher: str, kind: str) -> dict[str, Any]:
    """Give the body of an extension."""
    return {"location": "eastus", "properties": {"publisher": publisher, "type": kind}}


def states(arm: Arm, scope: str = "{S}", **params: str) -> list[tuple[str, str]]:
    """Give name of the resource and state of each row."""
    body = arm("POST", scope + QUERY, params=params).raise_for_status().json()
    return [(row["resourceId"].rpartition("/")[2], row["complianceState"]) for row in body["value"]]
