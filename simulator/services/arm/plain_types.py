"""The table of types: a new type of ARM resource that behaves like most is a row here."""

from __future__ import annotations

from typing import Any

from simulator.resources.entities import Resource
from simulator.services.arm.licenses import LICENSES
from simulator.services.arm.plain import shown
from simulator.services.arm.plain_type import PlainType
from simulator.store import Store

TYPES: tuple[PlainType, ...] = (LICENSES,)
_BY_NAME = {row.name: row for row in TYPES}


def shown_resource(store: Store, resource: Resource) -> dict[str, Any]:
    """Give a resource of any type as ARM shows it."""
    return shown(_BY_NAME[resource.type], store, resource)
