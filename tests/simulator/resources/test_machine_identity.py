"""A machine has its own identity, user-assigned ones, both or none."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.errors import ApiError
from simulator.resources.machine_identity import MachineIdentity, shown, wanted

USER = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"
OWN = MachineIdentity()


def identity(kind: str, **users: Any) -> dict[str, Any]:
    """Give a body with an identity; `users` are further members of it."""
    return {"identity": {"type": kind, **users}}


def test_silence_changes_nothing() -> None:
    """A body without identity keeps the one of before."""
    before = MachineIdentity("UserAssigned", (USER,))

    assert (wanted({}, OWN), wanted({"identity": None}, before)) == (OWN, before)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (identity("systemassigned"), OWN),
        (identity("None"), MachineIdentity("None")),
        (identity("UserAssigned", userAssignedIdentities={USER: {}}), MachineIdentity("UserAssigned", (USER,))),
        (identity("SystemAssigned, UserAssigned", userAssignedIdentities={USER: {}, "other": None}),
         MachineIdentity("SystemAssigned,UserAssigned", (USER,))),
    ],
    ids=["own", "none", "a user's", "both, one taken away"],
)  # fmt: skip
def test_types(body: dict[str, Any], expected: MachineIdentity) -> None:
    """Types are read without regard to case and blanks; null takes an identity away."""
    assert wanted(body, OWN) == expected


def test_another_type_drops_user_assigned_ones() -> None:
    """A type without user-assigned identities needs no list of those that go."""
    assert wanted(identity("SystemAssigned"), MachineIdentity("UserAssigned", (USER,))) == OWN


@pytest.mark.parametrize(
    "body",
    [
        identity("Mine"), identity("UserAssigned"), identity("SystemAssigned", userAssignedIdentities={USER: {}}),
        {"identity": "SystemAssigned"}, identity("UserAssigned", userAssignedIdentities=[USER]),
    ],
    ids=["unknown", "no user's", "a user's too many", "a text", "a list"],
)  # fmt: skip
def test_bad_identities_are_refused(body: dict[str, Any]) -> None:
    """What does not fit together is answered 400."""
    with pytest.raises(ApiError) as caught:
        wanted(body, OWN)

    assert (caught.value.status, caught.value.code) == (400, "InvalidRequestContent")


def test_none_has_no_principal() -> None:
    """As recorded: the tenant alone."""
    assert shown(MachineIdentity("None"), "p", "t") == {"type": "None", "tenantId": "t"}
    assert shown(OWN, "p", "t") == {"type": "SystemAssigned", "principalId": "p", "tenantId": "t"}


def test_ids_of_user_assigned_ones_stay() -> None:
    """They follow from the name alone, and two names have different ones."""
    body = shown(MachineIdentity("UserAssigned", (USER, "other")), "p", "t")
    again = shown(MachineIdentity("UserAssigned", (USER.upper(),)), "p", "t")

    assert "principalId" not in body
    assert body["userAssignedIdentities"][USER] == again["userAssignedIdentities"][USER.upper()]
    assert len({guid for ids in body["userAssignedIdentities"].values() for guid in ids.values()}) == 4
