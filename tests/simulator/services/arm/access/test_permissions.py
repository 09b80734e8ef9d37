"""What a caller may do, as the caller is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
PERMISSIONS = "/providers/Microsoft.Authorization/permissions"
READER = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"


def told(arm: Arm, scope: str, who: str) -> list[list[str]]:
    """Give the actions of each permission."""
    return [each["actions"] for each in arm("GET", f"{scope}{PERMISSIONS}", who=who).json()["value"]]


def test_permissions_are_those_of_ones_roles(arm: Arm, make_machine: Make) -> None:
    """A role above counts below, one below not above, and one that is held twice once; who has none is refused."""
    key = make_machine()["id"]
    for scope, number in (("{G}", 1), (key, 2)):
        name = f"/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-00000000000{number}"
        body = {"properties": {"roleDefinitionId": READER, "principalId": "oid-stranger"}}
        arm("PUT", f"{scope}{name}", json=body).raise_for_status()

    assert told(arm, "{G}", "owner") == told(arm, "{S}", "owner") == [["*"]]
    assert told(arm, "{G}", "stranger") == told(arm, key, "stranger") == [["*/read"]]
    assert arm("GET", f"{{S}}{PERMISSIONS}", who="stranger").status_code == 403
    assert arm("GET", f"{{M}}/box-9{PERMISSIONS}").status_code == 404
