"""Who may do what: role definitions, and the question of whether a token's bearer may act.

Source: the actions of the built-in roles, from the Azure roles reference.
"""

from __future__ import annotations

import fnmatch
from functools import lru_cache

ROLES: dict[str, tuple[str, ...]] = {
    "Owner": ("*",),
    "Contributor": ("*",),
    "Reader": ("*/read",),
    "Azure Connected Machine Onboarding": (
        "Microsoft.HybridCompute/machines/read",
        "Microsoft.HybridCompute/machines/write",
        "Microsoft.HybridCompute/privateLinkScopes/read",
        "Microsoft.GuestConfiguration/guestConfigurationAssignments/read",
    ),
    "Azure Connected Machine Resource Administrator": (
        "Microsoft.HybridCompute/machines/read",
        "Microsoft.HybridCompute/machines/write",
        "Microsoft.HybridCompute/machines/delete",
        "Microsoft.HybridCompute/machines/extensions/*",
        "Microsoft.HybridCompute/machines/upgradeExtensions/action",
        "Microsoft.HybridCompute/*/read",
        "Microsoft.Resources/subscriptions/resourceGroups/read",
        "Microsoft.ResourceHealth/availabilityStatuses/read",
    ),
}


@lru_cache(1024)
def is_allowed(roles: tuple[str, ...], action: str) -> bool:
    """Say whether one of the roles contains an action; case does not matter."""
    patterns = [pattern for role in roles for pattern in ROLES.get(role, ())]
    return any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)
