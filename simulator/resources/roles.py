"""Role definitions: what a role lets its bearer do. Actions are compared without regard to case.

Source: ids, texts, actions and notActions of the built-in roles, from the Azure roles reference.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec


class Role(msgspec.Struct, frozen=True):
    """One role, built in or made by somebody. `id` is the GUID that names it; actions may have `*` for any text."""

    id: str
    name: str
    description: str
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()


_BUILT_IN = (
    Role(
        "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner",
        "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.", ("*",),
    ),
    Role(
        "b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor",
        "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC, manage "
        "assignments in Azure Blueprints, or share image galleries.",
        ("*",),
        (
            "Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action", "Microsoft.Blueprint/blueprintAssignments/write",
            "Microsoft.Blueprint/blueprintAssignments/delete", "Microsoft.Compute/galleries/share/action",
            "Microsoft.Purview/consents/write", "Microsoft.Purview/consents/delete",
        ),
    ),
    Role(
        "acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader",
        "View all resources, but does not allow you to make any changes.", ("*/read",),
    ),
    Role(
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "User Access Administrator",
        "Lets you manage user access to Azure resources.",
        ("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"),
    ),
    Role(
        "b64e21ea-ac4e-4cdf-9dc9-5b892992bee7", "Azure Connected Machine Onboarding",
        "Can onboard Azure Connected Machines.",
        (
            "Microsoft.HybridCompute/machines/read", "Microsoft.HybridCompute/machines/write",
            "Microsoft.HybridCompute/privateLinkScopes/read",
            "Microsoft.GuestConfiguration/guestConfigurationAssignments/read",
        ),
    ),
    Role(
        "cd570a14-e51a-42ad-bac8-bafd67325302", "Azure Connected Machine Resource Administrator",
        "Can read, write, delete and re-onboard Azure Connected Machines.",
        (
            "Microsoft.HybridCompute/machines/*", "Microsoft.HybridCompute/machines/extensions/*",
            "Microsoft.HybridCompute/machines/licenseProfiles/*", "Microsoft.HybridCompute/machines/runCommands/*",
            "Microsoft.HybridCompute/machines/UpgradeExtensions/action",
            "Microsoft.HybridCompute/privateLinkScopes/*", "Microsoft.HybridCompute/licenses/*",
            "Microsoft.HybridCompute/locations/*", "Microsoft.HybridCompute/*/read",
            "Microsoft.Resources/deployments/*",
        ),
    ),
    Role(
        "f5819b54-e033-4d82-ac66-4fec3cbf3f4c", "Azure Connected Machine Resource Manager",
        "Custom Role for AzureStackHCI RP to manage hybrid compute machines and hybrid connectivity endpoints in a "
        "resource group",
        (
            "Microsoft.Authorization/*/read", "Microsoft.GuestConfiguration/guestConfigurationAssignments/*/read",
            "Microsoft.GuestConfiguration/guestConfigurationAssignments/read",
            "Microsoft.GuestConfiguration/guestConfigurationAssignments/write", "Microsoft.HybridCompute/machines/read",
            "Microsoft.HybridCompute/machines/extensions/read", "Microsoft.HybridCompute/*/read",
            "Microsoft.HybridCompute/machines/delete", "Microsoft.HybridCompute/machines/extensions/delete",
            "Microsoft.HybridCompute/machines/extensions/write",
            "Microsoft.HybridCompute/machines/licenseProfiles/delete",
            "Microsoft.HybridCompute/machines/licenseProfiles/read",
            "Microsoft.HybridCompute/machines/licenseProfiles/write",
            "Microsoft.HybridCompute/machines/UpgradeExtensions/action", "Microsoft.HybridCompute/machines/write",
            "Microsoft.HybridConnectivity/endpoints/read",
            "Microsoft.HybridConnectivity/endpoints/serviceConfigurations/read",
            "Microsoft.HybridConnectivity/endpoints/serviceConfigurations/write",
            "Microsoft.HybridConnectivity/endpoints/write", "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.EdgeMarketplace/locations/operationStatuses/read",
            "Microsoft.EdgeMarketPlace/offers/getAccessToken/action",
            "Microsoft.EdgeMarketPlace/offers/generateAccessToken/action", "Microsoft.EdgeMarketplace/publishers/read",
            "Microsoft.EdgeMarketplace/offers/read", "Microsoft.ExtendedLocation/customLocations/read",
            "Microsoft.Attestation/attestationProviders/write", "Microsoft.Attestation/attestationProviders/read",
            "Microsoft.Attestation/attestationProviders/delete",
            "Microsoft.Attestation/attestationProviders/attestation/read",
            "Microsoft.Attestation/attestationProviders/attestation/write",
            "Microsoft.Attestation/attestationProviders/attestation/delete",
        ),
    ),
)  # fmt: skip

#: The built-in roles, by the name that people know and by id.
ROLES = {role.name: role for role in _BUILT_IN}
ROLES_BY_ID = {role.id: role for role in _BUILT_IN}


def allows(role: Role, action: str) -> bool:
    """Say whether a role contains an action and does not take it away again."""
    return _matches(role.actions, action.lower()) and not _matches(role.not_actions, action.lower())


@lru_cache(maxsize=4096)
def _matches(patterns: tuple[str, ...], action: str) -> bool:
    return any(re.fullmatch(re.escape(pattern.lower()).replace(r"\*", ".*"), action) for pattern in patterns)
