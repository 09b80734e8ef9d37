"""The description of `/_sim` is OpenAPI, complete, and true of what the server does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import jsonschema
import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from simulator.app import Cloud
from simulator.services.control.openapi import build_description
from simulator.services.control.problems import PROBLEMS
from simulator.services.control.routes import ROUTES
from simulator.store import Store

Send = Callable[..., httpx.Response]
DESCRIPTION: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(build_description(ROUTES)))


def schema_of(answer: dict[str, Any]) -> dict[str, Any]:
    """Give an answer's schema with the shapes that it refers to."""
    schema: dict[str, Any] = answer["content"]["application/json"]["schema"]
    return {**schema, "components": DESCRIPTION["components"]}


def test_it_is_openapi() -> None:
    """A validator that others wrote finds no mistake."""
    assert list(OpenAPIV31SpecValidator(DESCRIPTION).iter_errors()) == []


def test_it_has_every_address(cloud: Cloud) -> None:
    """What is served is described, and nothing else."""
    found = [f"{method.upper()} {path}" for path, item in DESCRIPTION["paths"].items() for method in item]

    assert sorted(found) == cloud.control.addresses


def test_names_of_operations_are_single() -> None:
    """A generated client has a function for each."""
    names = [operation["operationId"] for item in DESCRIPTION["paths"].values() for operation in item.values()]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_error_can_come(code: str) -> None:
    """An error of the table is an answer of some address, with its status and remedy."""
    listed = [
        (status, entry["remedy"])
        for item in DESCRIPTION["paths"].values() for operation in item.values()
        for status, answer in operation["responses"].items() for entry in answer.get("x-codes", ())
        if entry["code"] == code
    ]  # fmt: skip

    assert set(listed) == ({(str(PROBLEMS[code].status), PROBLEMS[code].remedy)} if code != "NotFound" else set())


@pytest.mark.parametrize(
    "path", ["/ready", "/clock", "/journal", "/machines", "/alerts", "/inbox", "/faults", "/snapshot", "/openapi.json"]
)
def test_answers_are_as_described(control: Send, make_machine: Callable[..., Any], path: str) -> None:
    """What comes has the shape that was promised."""
    make_machine()
    control("POST", "/faults", json={"effect": "stale", "operation": "none"})
    answer = control("GET", path)

    assert answer.status_code == 200
    jsonschema.validate(answer.json(), schema_of(DESCRIPTION["paths"][f"/_sim{path}"]["get"]["responses"]["200"]))


def test_refusals_are_as_described(control: Send) -> None:
    """So have refusals."""
    answer = control("POST", "/clock", json={"advance_s": -1})

    assert answer.status_code == 400
    jsonschema.validate(answer.json(), schema_of(DESCRIPTION["paths"]["/_sim/clock"]["post"]["responses"]["400"]))


def test_bodies_are_as_described(control: Send, cloud_store: Store) -> None:
    """A snapshot is what the body of going back to one is described as."""
    schema = DESCRIPTION["paths"]["/_sim/snapshot"]["put"]["requestBody"]
    jsonschema.validate(control("GET", "/snapshot").json(), schema_of(schema))

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({}, schema_of(schema))
