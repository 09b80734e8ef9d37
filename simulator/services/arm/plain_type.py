"""What one type of ARM resource is: the row that its routes and its behaviour follow from."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from simulator.call import Call
from simulator.resources.entities import Resource
from simulator.store import Store

Verb = Literal["list", "get", "put", "patch", "delete"]


class Nothing(msgspec.Struct):
    """Properties of which a client may write none."""


class Statuses(msgspec.Struct, frozen=True):
    """What a type answers when all went well. 202 is an empty body and a long operation."""

    created: int = 201
    updated: int = 200
    patched: int = 200
    deleted: int = 200


def as_made(_store: Store, resource: Resource, _before: Resource | None) -> Resource:
    """Give a resource to which its service adds nothing."""
    return resource


def as_kept(_store: Store, resource: Resource) -> dict[str, Any]:
    """Give properties to which nothing is added when they are shown."""
    return resource.properties


def may_go(_store: Store, _call: Call, _resource: Resource) -> None:
    """Let a resource be deleted whenever somebody asks."""


@dataclass(frozen=True, kw_only=True)
class PlainType:
    """One row of the table of types. Lives as long as the program.

    Bodies: `shape` says what `properties` a client may write, `patch` what of them PATCH may change (without it PATCH
    changes tags only); other members are ignored, as ARM ignores read-only ones. `members` names what a client may
    write beside them.
    Behaviour: `complete` adds what the service chooses for good and may refuse, by ApiError; it gets the resource as
    wanted and as it was (None for a new one). `view` gives the properties to show, with what follows from other state.
    `check_delete` may refuse, by ApiError.
    """

    name: str  # in canonical casing: `Microsoft.HybridCompute/machines/licenseProfiles`
    within: Literal["group", "subscription", "scope"] = "group"  # `scope`: on anything that has an ARM id
    verbs: tuple[Verb, ...] = ("list", "get", "put", "patch", "delete")
    listed_in: tuple[Literal["group", "subscription"], ...] = ("group", "subscription")  # where it lies in a group
    names: re.Pattern[str] = re.compile(r"[a-zA-Z0-9\-_.]+")
    only: str = ""  # the one name there can be, in any case
    is_tracked: bool = True  # has a location and tags of its own
    shape: type[msgspec.Struct] = Nothing
    patch: type[msgspec.Struct] | None = None
    members: tuple[str, ...] = ()
    state: str = "Succeeded"  # provisioningState; an empty text for a type that shows none
    first_state: str = "Succeeded"  # the same in the answer that begins a long operation
    has_system_data: bool = True
    statuses: Statuses = field(default_factory=Statuses)
    is_long: bool = False  # also 201 begins a long operation
    has_result: bool = True  # a long PUT or PATCH ends with the resource
    shows_deleted: bool = False  # the answer to DELETE is what was there
    complete: Callable[[Store, Resource, Resource | None], Resource] = as_made
    view: Callable[[Store, Resource], dict[str, Any]] = as_kept
    check_delete: Callable[[Store, Call, Resource], None] = may_go

    @property
    def namespace(self) -> str:
        """Give the resource provider."""
        return self.name.partition("/")[0]

    @property
    def segments(self) -> tuple[tuple[str, str], ...]:
        """Give for each level the segment of the path, and the name of the part behind it: `("machines", "machine")`.

        The part of the resource itself is always `name`.
        """
        words = self.name.split("/")[1:]
        return (*((word, word.removesuffix("s")) for word in words[:-1]), (words[-1], "name"))

    @property
    def is_child(self) -> bool:
        """Say whether it lies in another resource."""
        return self.name.count("/") > 1

    @property
    def word(self) -> str:
        """Give what operations begin with in the journal: `licenseProfiles`."""
        return self.name.rpartition("/")[2]
