"""Resources are signed by their authors: people by their upn, applications and machines by their ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from simulator.call import Call
from simulator.resources.entities import Machine
from simulator.resources.system_data import Author
from simulator.services.arm.authors import author_of
from simulator.store import Store

Arm = Callable[..., httpx.Response]


@pytest.mark.parametrize(
    ("who", "expected"), [("person", ("person@arclab.example", "User")), ("onboarding", ("app-onb", "Application"))]
)
def test_authors_of_a_machine(arm: Arm, who: str, expected: tuple[str, str]) -> None:
    """A person and an application make one each."""
    body = arm("PUT", "{M}/box-1", json={"location": "eastus"}, who=who).json()["systemData"]

    assert (body["createdBy"], body["createdByType"]) == expected


def test_a_machine_signs_as_managed_identity(make_machine: Callable[..., dict[str, Any]], cloud_store: Store) -> None:
    """A machine's identity is known by its principal; an unknown caller is an application."""
    make_machine()
    principal = cloud_store.all(Machine)[0].principal_id
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": []})
    call = Call(request, "", 0.0, caller=principal)

    assert author_of(cloud_store, call) == Author(principal, "ManagedIdentity")
    call.caller = "who"
    assert author_of(cloud_store, call) == Author("who", "Application")
