"""Who made a resource and who changed it last: the `systemData` that ARM shows.

Source: recorded bodies; the four kinds of authors are the OpenAPI's.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from simulator.clock import arm_time

AuthorKind = Literal["User", "Application", "ManagedIdentity", "Key"]


class Author(msgspec.Struct, frozen=True):
    """Whoever calls: a user's upn, an application's client id, or a managed identity's object id."""

    name: str
    kind: AuthorKind = "Application"


class SystemData(msgspec.Struct, frozen=True):
    """Author and moment, in seconds of lab time, of a resource's making and of its last change."""

    created_by: Author = Author("")
    created: float = 0.0
    modified_by: Author = Author("")
    modified: float = 0.0


def made(author: Author, now: float) -> SystemData:
    """Give the data of a new resource."""
    return SystemData(author, now, author, now)


def changed(data: SystemData, author: Author, now: float) -> SystemData:
    """Give the data after a change."""
    return msgspec.structs.replace(data, modified_by=author, modified=now)


def shown(data: SystemData) -> dict[str, Any]:
    """Give the data as ARM shows it."""
    return {"createdBy": data.created_by.name, "createdByType": data.created_by.kind,
            "createdAt": arm_time(data.created), "lastModifiedBy": data.modified_by.name,
            "lastModifiedByType": data.modified_by.kind, "lastModifiedAt": arm_time(data.modified)}  # fmt: skip
