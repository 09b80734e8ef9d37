"""Who has which role where."""

from __future__ import annotations

import pytest

from simulator.resources.entities import Principal
from simulator.resources.role_assignments import granted, is_in, principal_type

SCOPE = "/subscriptions/s"


@pytest.mark.parametrize(
    ("scope", "inner", "expected"),
    [
        (SCOPE, SCOPE, True),
        (SCOPE, "/SUBSCRIPTIONS/S/resourceGroups/g", True),
        (SCOPE, "/subscriptions/s2", False),
        (f"{SCOPE}/resourceGroups/g", SCOPE, False),
        ("", SCOPE, True),
    ],
)
def test_is_in(scope: str, inner: str, expected: bool) -> None:
    """A scope holds itself and what is below, in any case of letters, and nothing that only begins alike."""
    assert is_in(scope, inner) is expected


def test_what_a_case_grants() -> None:
    """The same grant has the same id each time, below its scope; another scope, role or person has another one."""
    person = Principal(key="oid", name="n", tenant_id="t", upn="n@x")
    first = granted(SCOPE, "r", person, 5.0)
    others = [granted("/subscriptions/t", "r", person, 5.0), granted(SCOPE, "q", person, 5.0)]

    assert granted(SCOPE.upper(), "R", person, 5.0).key.rpartition("/")[2] == first.key.rpartition("/")[2]
    assert first.key.startswith(f"{SCOPE}/providers/Microsoft.Authorization/roleAssignments/")
    assert len({first.key, *(other.key for other in others)}) == 3
    assert (first.principal_id, first.principal_type, first.created) == ("oid", "User", 5.0)


def test_principal_type() -> None:
    """Who has a user name is a user."""
    assert principal_type(Principal(key="oid", name="n", tenant_id="t", client_id="c")) == "ServicePrincipal"
