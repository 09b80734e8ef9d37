"""Headers of every answer of Resource Manager, and the ids that a client gives and gets back."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

Arm = Callable[..., httpx.Response]
ALWAYS = (
    "cache-control", "pragma", "expires", "strict-transport-security", "x-content-type-options", "x-ms-request-id",
    "x-ms-correlation-request-id", "x-ms-routing-request-id",
)  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "{S}"), ("GET", "{G}9"), ("HEAD", "{G}"), ("DELETE", "{M}/none"), ("GET", "/nowhere")],
    ids=["body", "refusal", "no body", "nothing done", "unknown address"],
)
def test_every_answer_has_the_headers(arm: Arm, method: str, path: str) -> None:
    """Good answers, empty ones and refusals carry the same headers."""
    headers = arm(method, path).headers

    assert [name for name in ALWAYS if name not in headers] == []


@pytest.mark.parametrize(
    ("path", "settings", "is_its_own"),
    [
        ("{M}/none", {}, True), ("{G}9", {}, True), ("{M}/none/extensions/x", {}, True),
        ("{M}", {"who": "stranger"}, True), ("{M}", {"version": "1"}, True),
        ("{M}/box-1/extensions/none", {}, False), ("{M}?$expand=nothing", {}, False), ("{M}", {}, False),
    ],
)  # fmt: skip
def test_refusals_of_the_front_end(
    arm: Arm, make_machine: Callable[..., object], path: str, settings: dict[str, str], is_its_own: bool
) -> None:
    """Its own refusals say that they are, and have one id; those of a provider do not, and good answers do not."""
    make_machine()
    headers = arm("GET", path, **settings).headers

    assert headers.get("x-ms-failure-cause") == ("gateway" if is_its_own else None)
    assert (headers["x-ms-request-id"] == headers["x-ms-correlation-request-id"]) is is_its_own


@pytest.mark.parametrize(("wanted", "expected"), [("true", "mine"), ("TRUE", "mine"), ("false", None), ("", None)])
def test_ids_of_the_client(arm: Arm, wanted: str, expected: str | None) -> None:
    """The correlation id is kept; the client's own id comes back when it asks for it."""
    headers = {"x-ms-correlation-request-id": "c", "x-ms-client-request-id": "mine",
               "x-ms-return-client-request-id": wanted}  # fmt: skip
    found = arm("GET", "{S}", headers=headers).headers

    assert (found["x-ms-correlation-request-id"], found.get("x-ms-client-request-id")) == ("c", expected)


@pytest.mark.parametrize(
    ("path", "kept", "inside"),
    [("{M}", True, None), ("{M}/machines", False, None), ("{M}/machines/extensions", True, None),
     ("{S}/resourceGroups", False, None), ("{G}/providers/Microsoft.HybridCompute/licenses", False, True),
     ("/providers/Microsoft.HybridCompute/operations", False, False)],
)  # fmt: skip
def test_who_has_answered(
    arm: Arm, make_machine: Callable[..., object], path: str, kept: bool, inside: bool | None
) -> None:
    """Lists of machines come from Resource Manager's copies, other things of a provider from it, with who has asked."""
    make_machine("machines")
    headers = arm("GET", path, version="2021-04-01" if path == "{S}/resourceGroups" else "2026-07-15").headers
    origin = headers.get("x-ms-operation-identifier")

    assert ("x-ms-original-request-ids" in headers) is kept
    assert (None if origin is None else origin.startswith("tenantId=")) is inside


def test_the_type_of_nothing(arm: Arm, make_machine: Callable[..., object]) -> None:
    """A 202 names the type of a content that it does not have; a 204 does not, nor the 202 of patch operations."""
    make_machine()

    assert arm("DELETE", "{M}/none").headers.get("content-type") is None
    assert arm("POST", "{M}/box-1/assessPatches").headers.get("content-type") is None
    assert arm("DELETE", "{M}/box-1").headers["content-type"] == "application/json"
