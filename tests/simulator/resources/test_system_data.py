"""Every resource says who made it and who changed it last."""

from __future__ import annotations

from simulator.resources.system_data import Author, changed, made, shown

NOW = 1_767_225_600.0


def test_a_new_resource_was_changed_by_its_maker() -> None:
    """Both halves name the same author and moment."""
    body = shown(made(Author("me@lab", "User"), NOW))

    assert body == {
        "createdBy": "me@lab", "createdByType": "User", "createdAt": "2026-01-01T00:00:00.0000000Z",
        "lastModifiedBy": "me@lab", "lastModifiedByType": "User", "lastModifiedAt": "2026-01-01T00:00:00.0000000Z",
    }  # fmt: skip


def test_a_change_keeps_the_maker() -> None:
    """Only the second half is new."""
    after = changed(made(Author("me@lab", "User"), NOW), Author("machine", "ManagedIdentity"), NOW + 1)

    assert (after.created_by.name, after.created) == ("me@lab", NOW)
    assert (after.modified_by.kind, after.modified) == ("ManagedIdentity", NOW + 1)
