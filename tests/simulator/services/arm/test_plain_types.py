"""The table of types: each row can be reached, has a known type, and is broken by no body."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import inspect

from simulator.app import App, Cloud
from simulator.resources.entities import Resource
from simulator.resources.providers import find_type
from simulator.resources.system_data import SystemData
from simulator.services.arm.plain import routes_of
from simulator.services.arm.plain_type import PlainType
from simulator.services.arm.plain_types import TYPES, shown_resource
from simulator.services.arm.routes import ROUTES
from simulator.store import Store

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1"
by_type = pytest.mark.parametrize("row", TYPES, ids=lambda row: row.name)

_TEXTS = st.sampled_from(["", "x", GROUP, f"{GROUP}/providers/Microsoft.HybridCompute/machines/box-1"])
_WRONG: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | _TEXTS | st.lists(_TEXTS, max_size=1) | st.just({})
)


def mostly(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Give good values, and one in five of another type."""
    return st.integers(0, 4).flatmap(lambda number: good if number < 4 else _WRONG)


def values_of(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """Give values of a type of a shape, some of them of another type."""
    match kind:
        case inspect.StructType(fields=fields):
            return mostly(st.fixed_dictionaries({}, optional={f.encode_name: values_of(f.type) for f in fields}))
        case inspect.ListType(item_type=item):
            return mostly(st.lists(values_of(item), max_size=2))
        case inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case inspect.IntType():
            return st.integers()
        case inspect.StrType():
            return mostly(_TEXTS)
        case _:
            return _WRONG


def bodies_of(row: PlainType) -> st.SearchStrategy[Any]:
    """Give bodies for a type, from good ones to nonsense."""
    properties = values_of(inspect.type_info(row.shape))
    return st.fixed_dictionaries({"location": st.just("eastus"), "properties": properties}, optional={"tags": _WRONG})


@by_type
def test_a_row_is_served_and_known(row: PlainType) -> None:
    """All routes of a row are in the table, and its provider has the type."""
    served = {(route.method, route.path) for route in ROUTES}

    assert {(route.method, route.path) for route in routes_of(row)} <= served
    assert find_type(*row.name.split("/", 1)) is not None


def test_a_resource_of_any_type_can_be_shown(store: Store) -> None:
    """Who has a resource needs no row to show it."""
    resource = Resource(key="/x", type="Microsoft.HybridCompute/settings", name="x", system_data=SystemData())

    assert shown_resource(store, resource)["type"] == "Microsoft.HybridCompute/settings"


def path_of(row: PlainType) -> str:
    """Give the path of one resource of a type, below parents that are there."""
    path = next(route.path for route in routes_of(row) if route.path.endswith(("{name}", row.only or "{name}")))
    parts = {"{scope}": f"{GROUP}/providers/Microsoft.HybridCompute/machines/box-1", "{subscription}": SUBSCRIPTION,
             "{group}": "rg1", "{machine}": "box-1", "{privateLinkScope}": "parent",
             "{networkSecurityPerimeter}": "parent", "{name}": row.only or "mine"}  # fmt: skip
    for part, name in parts.items():
        path = path.replace(part, name)
    return path


@by_type
def test_no_body_breaks_a_type(
    cloud: Cloud, arm: Arm, make_machine: Make, token: Callable[..., str], row: PlainType
) -> None:
    """Whatever PUT and PATCH are given, they do it or refuse it, and what is there then can be read."""
    make_machine()
    for parent in ("HybridCompute/privateLinkScopes", "Network/networkSecurityPerimeters"):
        version = "2026-07-15" if parent.startswith("Hybrid") else "2025-01-01"
        arm("PUT", f"{{G}}/providers/Microsoft.{parent}/parent", json={"location": "eastus"}, version=version)
    kind = find_type(*row.name.split("/", 1))
    url = f"https://management.azure.com{path_of(row)}?api-version={kind.versions[0] if kind else ''}"
    app, headers = App(cloud, has_control=False), {"Authorization": f"Bearer {token()}"}

    async def ask(client: httpx.AsyncClient, body: Any) -> set[int]:
        answers = [await client.put(url, json=body), await client.patch(url, json=body), await client.get(url)]
        return {answer.status_code for answer in answers}

    @settings(max_examples=settings().max_examples // 2, suppress_health_check=[HealthCheck.too_slow])
    @given(body=mostly(bodies_of(row)))
    def check(body: Any) -> None:
        async def go() -> set[int]:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), headers=headers) as client:
                return await ask(client, body)

        assert max(asyncio.run(go())) < 500

    check()
