"""Principals between the case and what the cloud remembers."""

from __future__ import annotations

import pytest

from simulator import contract
from simulator.contract import ClientSecret
from simulator.directory import changed, ends_at, given_of, grants, held_roles, principal_of, problem_of
from simulator.resources.entities import Subscription

GIVEN = contract.Principal(
    "app", "o", "c", "s", roles=("Reader",), tenant_id="t", secrets=(ClientSecret("x", "2026-01-01T00:00:00Z"),),
    disabled=True,
)  # fmt: skip


SUBSCRIPTIONS = [
    Subscription(key=name, name=name, tenant_id=tenant, location="eastus")
    for name, tenant in (("a", "t"), ("b", "t"), ("c", "other"))
]


def test_nothing_is_lost_on_the_way() -> None:
    """What is given is what is read back; its roles are held at each subscription of its tenant, and told once."""
    app = principal_of(GIVEN, "other")
    held = held_roles(app, grants(app, GIVEN.roles, SUBSCRIPTIONS, 1.0))

    assert given_of(app, (role.name for role in held)) == GIVEN
    assert [role.assignment.scope for role in held] == ["/subscriptions/a", "/subscriptions/b"]


def test_the_tenant_of_who_names_none() -> None:
    """It is the case's own; a change keeps it."""
    app = principal_of(contract.Principal("app", "o"), "home")

    assert (app.tenant_id, changed(app, contract.Principal("app", "o"), 1.0).tenant_id) == ("home", "home")


@pytest.mark.parametrize(
    ("expires", "expected"),
    [("", float("inf")), ("2026-01-01T00:00:00Z", 1_767_225_600), ("2026-01-01T01:00:00+01:00", 1_767_225_600)],
)
def test_when_a_secret_ends(expires: str, expected: float) -> None:
    """A time in any zone, or never."""
    assert ends_at(ClientSecret("x", expires)) == expected


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (contract.Principal("app", "o", certificates=("x",)), "a certificate of 'app' cannot be used"),
        (contract.Principal("app", "o", secrets=(ClientSecret("x", "soon"),)), "a secret of 'app' expires at 'soon'"),
        (GIVEN, ""),
    ],
    ids=["certificate", "secret", "nothing"],
)
def test_what_cannot_be_used(given: contract.Principal, text: str) -> None:
    """The mistake is named."""
    assert problem_of(given).startswith(text)
    assert bool(problem_of(given)) == bool(text)
