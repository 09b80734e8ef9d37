"""Resource groups, as SDK and CLI use them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from simulator.resources.entities import Machine, ResourceGroup
from simulator.store import Store

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def test_groups_are_made_once(arm: Arm) -> None:
    """The first PUT answers 201, the second 200; HEAD tells whether one is there."""
    statuses = [arm("PUT", "{S}/resourcegroups/rg2", json={"location": "East US"}).status_code for _ in range(2)]
    heads = [arm("HEAD", f"{{S}}/resourcegroups/{name}").status_code for name in ("rg2", "rg9")]

    assert (statuses, heads) == ([201, 200], [204, 404])
    assert arm("GET", "{S}/resourcegroups/RG2").json()["location"] == "eastus"


def test_a_deleted_group_takes_its_machines(arm: Arm, make_machine: Make, cloud_store: Store) -> None:
    """Nothing of a deleted group is left."""
    make_machine()
    answer = arm("DELETE", "{G}")

    assert (answer.status_code, cloud_store.all(Machine)) == (200, [])
    assert code(arm("GET", "{G}")) == (404, "ResourceGroupNotFound")


def test_tags_are_texts(arm: Arm, cloud_store: Store) -> None:
    """A number among the tags is kept as a text, so that a state file can be read again; a list is refused."""
    arm("PUT", "{S}/resourcegroups/rg2", json={"location": "eastus", "tags": {"floor": 3}})
    group = next(group for group in cloud_store.all(ResourceGroup) if group.name == "rg2")
    refused = arm("PUT", "{S}/resourcegroups/rg2", json={"location": "eastus", "tags": ["a"]})

    assert (group.tags, code(refused)) == ({"floor": "3"}, (400, "InvalidRequestContent"))
