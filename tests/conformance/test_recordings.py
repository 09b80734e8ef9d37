"""Recorded exchanges with the real Azure, replayed in order: same status, same header names, same shape of bodies."""

from __future__ import annotations

import dataclasses
import fnmatch
from typing import Any, NamedTuple

import pytest

from simulator.contract import Case
from tests.conformance.conftest import CASE
from tests.conformance.exchanges import Exchange
from tests.conformance.recordings import differences
from tests.conformance.replay import Replay
from tests.conformance.served import serve

RECORDED_CASE = Case(
    tenant_id=CASE.tenant_id, subscription_id="00000000-0000-0000-0000-000000000000", subscription_name="recorded",
    location="eastus", resource_group="yao_test", principals=CASE.principals,
)  # fmt: skip
_REMOVED = "the recorder took it out"
_FRONT_DOOR = "of the network in front of Azure"
_AT_ONCE = "what has nothing to wait for is over at its first poll; the real service has queues"
_EARLY = "the real service shows what it has made a moment before it says Succeeded"
_WINDOWS = "the recorded machine is for Windows, which has other classes of updates"
_ELSEWHERE = "other recorded reads outside subscriptions have it"


class Allowed(NamedTuple):
    """A difference that may be: patterns on `METHOD path` and on the difference, and the reason."""

    request: str
    difference: str
    reason: str


ALLOWED = (
    Allowed("*", "+header x-ms-request-id", _REMOVED),
    Allowed("*", "+header x-ms-correlation-request-id", _REMOVED),
    Allowed("*", "+header x-ms-routing-request-id", _REMOVED),
    Allowed("*", "+header retry-after", _REMOVED),
    Allowed("*", "-header x-cache", _FRONT_DOOR),
    Allowed("*", "-header x-msedge-ref", _FRONT_DOOR),
    Allowed("GET */operationstatus/*", "-header azure-asyncoperation", _AT_ONCE),
    Allowed("GET */operationstatus/*", "-header location", _AT_ONCE),
    Allowed("GET */operationstatus/*", "+/properties array", _AT_ONCE),
    Allowed("GET */operationstatus/*", "-/properties*", _EARLY),
    Allowed("GET */updateCenterOperationResults/*", "?/availablePatchCountByClassification/* number", _WINDOWS),
    Allowed("GET /providers/*", "+header x-ms-ratelimit-remaining-tenant-reads", _ELSEWHERE),
)


class Difference(NamedTuple):
    """One difference of a replay."""

    number: int  # of the exchange in its recording
    request: str  # `METHOD path`
    text: str


@pytest.fixture(scope="module")
def replayed(
    recordings: dict[str, list[Exchange]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Difference]]:
    """Replay every recording and give the differences of each."""
    found: dict[str, list[Difference]] = {}
    for name, recorded in recordings.items():
        with serve(tmp_path_factory.mktemp(name), RECORDED_CASE, []) as served:
            found[name] = [
                Difference(number, f"{real.method} {real.path}", text)
                for number, (real, ours) in enumerate(Replay(served, recorded).run())
                for text in differences(real, ours)
            ]
    return found


def permits(allowed: Allowed, found: Difference) -> bool:
    """Say whether a difference is an allowed one."""
    return fnmatch.fnmatchcase(found.request, allowed.request) and fnmatch.fnmatchcase(found.text, allowed.difference)


@pytest.mark.parametrize("name", ["test_identity", "test_machine_and_extension", "test_netowrk_configuration"])
def test_the_simulator_answers_as_recorded(replayed: dict[str, list[Difference]], name: str) -> None:
    """No exchange differs from the recorded one, but for what is allowed."""
    assert [found for found in replayed[name] if not any(permits(allowed, found) for allowed in ALLOWED)] == []


def test_every_allowance_is_needed(replayed: dict[str, list[Difference]]) -> None:
    """What no longer differs is no longer allowed to."""
    every = [found for differing in replayed.values() for found in differing]

    assert [allowed for allowed in ALLOWED if not any(permits(allowed, found) for found in every)] == []


REAL = Exchange(
    "GET", "https://x/y", None, 200, {"A": "1", "b": "2"}, {"value": [{"id": "/Z", "n": 1, "tags": {"t": ""}}]}
)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"headers": {"a": "other", "B": "2"}}, []),
        ({"headers": {"a": "1", "c": "3"}}, ["-header b", "+header c"]),
        ({"status": 202, "body": None}, ["status 202 instead of 200: None"]),
        ({"body": {"value": [{"id": "/z", "n": "1", "tags": {}}]}}, ["-/value/*/n number", "+/value/*/n string"]),
        ({"body": {"value": [{"id": "/z", "tags": {}}]}}, ["-/value/*/n number"]),
        ({"body": {"value": [{"id": "/other", "n": 1, "tags": {}}]}}, []),
        ({"body": []}, ["-/ object", "-/value array", "-/value/* object", "-/value/*/id string", "-/value/*/n number",
                        "-/value/*/tags object", "+/ array"]),
    ],
)  # fmt: skip
def test_differences(change: dict[str, Any], expected: list[str]) -> None:
    """Status, names of headers, names and types of members differ; values, tags and others' items do not."""
    assert list(differences(REAL, dataclasses.replace(REAL, **change))) == expected
