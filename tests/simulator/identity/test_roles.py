"""Roles allow what the built-in roles of Azure allow."""

from __future__ import annotations

import pytest

from simulator.identity.roles import ROLES, is_allowed

READ = "Microsoft.HybridCompute/machines/read"
WRITE = "Microsoft.HybridCompute/machines/write"
DELETE = "Microsoft.HybridCompute/machines/delete"
EXTEND = "Microsoft.HybridCompute/machines/extensions/write"
GROUP = "Microsoft.Resources/subscriptions/resourceGroups/write"
ACTIONS = (READ, WRITE, DELETE, EXTEND, GROUP)


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("Owner", (True, True, True, True, True)),
        ("Contributor", (True, True, True, True, True)),
        ("Reader", (True, False, False, False, False)),
        ("Azure Connected Machine Onboarding", (True, True, False, False, False)),
        ("Azure Connected Machine Resource Administrator", (True, True, True, True, False)),
        ("No Such Role", (False, False, False, False, False)),
    ],
)
def test_what_a_role_allows(role: str, expected: tuple[bool, ...]) -> None:
    """Reading, writing, deleting, extending, and making groups, for each role."""
    assert tuple(is_allowed((role,), action) for action in ACTIONS) == expected


def test_no_role_allows_nothing() -> None:
    """Somebody without a role may do nothing."""
    assert not any(is_allowed((), action) for action in ACTIONS)


def test_roles_add_up() -> None:
    """Two roles allow what either allows."""
    assert is_allowed(("Reader", "Azure Connected Machine Onboarding"), WRITE)


@pytest.mark.parametrize("role", ROLES)
def test_case_does_not_matter(role: str) -> None:
    """An action is the same in any case."""
    assert is_allowed((role,), READ.upper()) == is_allowed((role,), READ.lower())
