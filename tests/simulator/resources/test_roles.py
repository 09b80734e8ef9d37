"""Roles allow what the built-in roles of Azure allow."""

from __future__ import annotations

import uuid

import pytest

from simulator.resources.roles import ROLES, ROLES_BY_ID, Role, allows

READ = "Microsoft.HybridCompute/machines/read"
WRITE = "Microsoft.HybridCompute/machines/write"
DELETE = "Microsoft.HybridCompute/machines/delete"
EXTEND = "Microsoft.HybridCompute/machines/extensions/write"
UPGRADE = "Microsoft.HybridCompute/machines/upgradeExtensions/action"
GROUP = "Microsoft.Resources/subscriptions/resourceGroups/write"
GRANT = "Microsoft.Authorization/roleAssignments/write"
LOCK = "Microsoft.Authorization/locks/delete"
ACTIONS = (READ, WRITE, DELETE, EXTEND, UPGRADE, GROUP, GRANT, LOCK)


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("Owner", (READ, WRITE, DELETE, EXTEND, UPGRADE, GROUP, GRANT, LOCK)),
        ("Contributor", (READ, WRITE, DELETE, EXTEND, UPGRADE, GROUP)),
        ("Reader", (READ,)),
        ("User Access Administrator", (READ, GRANT, LOCK)),
        ("Azure Connected Machine Onboarding", (READ, WRITE)),
        ("Azure Connected Machine Resource Administrator", (READ, WRITE, DELETE, EXTEND, UPGRADE)),
        ("Azure Connected Machine Resource Manager", (READ, WRITE, DELETE, EXTEND, UPGRADE)),
    ],
)
def test_what_a_role_allows(role: str, expected: tuple[str, ...]) -> None:
    """What each role may do of reading, writing, deleting, extending, making groups, granting and unlocking."""
    assert tuple(action for action in ACTIONS if allows(ROLES[role], action)) == expected


def test_what_is_taken_away() -> None:
    """A notAction wins over the same role's action."""
    role = Role("1", "r", "", ("Microsoft.HybridCompute/*",), ("*/delete",))

    assert [allows(role, action) for action in (WRITE, DELETE, GROUP)] == [True, False, False]


def test_a_role_without_actions_allows_nothing() -> None:
    """Nothing is allowed that is not said."""
    assert not any(allows(Role("1", "r", ""), action) for action in ACTIONS)


@pytest.mark.parametrize("role", ROLES)
def test_case_does_not_matter(role: str) -> None:
    """An action is the same in any case."""
    assert allows(ROLES[role], READ.upper()) == allows(ROLES[role], READ.lower())


@pytest.mark.parametrize("pattern", ["Microsoft.X/a", "Microsoft.X/a.", "Microsoft.X/?", "Microsoft.X/[ab]"])
def test_only_the_star_is_a_pattern(pattern: str) -> None:
    """Points, questions and brackets in an action are themselves."""
    assert [allows(Role("1", "r", "", (pattern,)), action) for action in (pattern, "Microsoft-X/b")] == [True, False]


def test_ids_are_guids() -> None:
    """Each role has a GUID of its own, by which it is found, too."""
    assert [str(uuid.UUID(role.id)) for role in ROLES.values()] == list(ROLES_BY_ID)
