"""A machine's status follows from silence alone; bodies are read and shown as ARM does."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.clock import arm_time
from simulator.contract import DISCONNECTED_AFTER_S, EXPIRED_AFTER_S
from simulator.errors import ApiError
from simulator.resources.entities import Extension, Machine
from simulator.resources.machines import (
    created,
    heard,
    machine_id,
    shown,
    status_changed,
    status_of,
    summarised,
    updated,
)
from simulator.resources.system_data import Author

NOW = 1_767_225_600.0
SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b0001"
ME = Author("me", "User")
VM_ID = "7e1c2d34-0000-4000-8000-000000000001"
KEY = machine_id(SUBSCRIPTION, "rg1", "box-1")
BODY: dict[str, Any] = {
    "location": "East US",
    "tags": {"team": "a"},
    "properties": {"vmId": VM_ID, "clientPublicKey": "AAAA", "osName": "linux"},
}
SILENCES = st.one_of(
    st.integers(0, 2 * EXPIRED_AFTER_S),
    st.sampled_from([0, DISCONNECTED_AFTER_S - 1, DISCONNECTED_AFTER_S, EXPIRED_AFTER_S - 1, EXPIRED_AFTER_S]),
)


def make(body: dict[str, Any] = BODY, name: str = "box-1") -> Machine:
    """Make a machine from a PUT's body."""
    return created(
        machine_id(SUBSCRIPTION, "rg1", name),
        body,
        subscription=SUBSCRIPTION,
        group="rg1",
        name=name,
        author=ME,
        now=NOW,
    )


def silent(seconds: float) -> Machine:
    """Make a machine whose last heartbeat was some time before NOW."""
    return msgspec.structs.replace(make(), last_heartbeat=NOW - seconds, status_since=NOW - seconds, heartbeats=1)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "Connected"), (300, "Connected"), (899, "Connected"), (900, "Disconnected"), (901, "Disconnected"),
        (86400, "Disconnected"), (45 * 86400 - 1, "Disconnected"), (45 * 86400, "Expired"), (90 * 86400, "Expired"),
    ],
)  # fmt: skip
def test_status_after_silence(seconds: int, expected: str) -> None:
    """15 minutes of silence disconnect a machine, 45 days expire it."""
    assert status_of(silent(seconds), NOW) == expected


def test_a_machine_that_was_never_heard_awaits_its_connection() -> None:
    """A machine without a heartbeat is neither connected nor disconnected, however old it is."""
    assert [status_of(make(), NOW + age) for age in (0, 900, EXPIRED_AFTER_S)] == ["AwaitingConnection"] * 3


@given(silence=SILENCES, beats=st.integers(1, 9), since=st.integers(0, 10**9), moved=st.integers(0, 10**6))
def test_status_is_a_function_of_silence(silence: int, beats: int, since: int, moved: int) -> None:
    """Nothing but the silence decides: not the number of heartbeats, not what was before, not the date."""
    one = silent(silence)
    other = msgspec.structs.replace(
        one, heartbeats=beats, status_since=float(since), last_heartbeat=one.last_heartbeat + moved
    )

    assert status_of(one, NOW) == status_of(other, NOW + moved)


@given(silence=SILENCES, later=st.integers(0, EXPIRED_AFTER_S))
def test_silence_never_makes_it_better(silence: int, later: int) -> None:
    """Without a heartbeat a machine goes from Connected to Disconnected to Expired and never back."""
    order = ["Connected", "Disconnected", "Expired"]

    assert order.index(status_of(silent(silence), NOW)) <= order.index(status_of(silent(silence + later), NOW))


@given(silence=SILENCES)
def test_the_moment_of_change_is_the_moment_it_turned(silence: int) -> None:
    """At `status_changed` the status is what it is now, and just before it was another one."""
    machine = silent(silence)
    moment = status_changed(machine, NOW)

    assert status_of(machine, moment) == status_of(machine, NOW)
    assert moment <= NOW
    assert moment == machine.last_heartbeat or status_of(machine, moment - 1) != status_of(machine, NOW)


@pytest.mark.parametrize(
    ("silence", "expected"), [(300, NOW - 5000), (1200, NOW), (0, NOW - 5000)], ids=["in time", "late", "at once"]
)
def test_a_heartbeat_keeps_or_begins_the_connection(silence: int, expected: float) -> None:
    """A heartbeat in time leaves the moment of connection; one after silence makes a new one."""
    machine = msgspec.structs.replace(silent(silence), status_since=NOW - 5000)
    transition = heard(machine, {"agentVersion": "1.67"}, NOW)
    after = transition.put[0]

    assert isinstance(after, Machine)
    assert (after.status_since, after.heartbeats, status_of(after, NOW)) == (expected, 2, "Connected")
    assert (transition.kind, transition.data) == ("heartbeat", {"agentVersion": "1.67", "number": 2})


def test_a_heartbeat_adds_to_what_is_known() -> None:
    """What a heartbeat does not tell stays known."""
    after = heard(msgspec.structs.replace(make(), facts={"a": 1, "b": 1}), {"b": 2}, NOW).put[0]

    assert isinstance(after, Machine)
    assert after.facts == {"a": 1, "b": 2}


def test_a_new_machine_has_what_the_body_says() -> None:
    """Location is written without blanks, identity is made here."""
    machine = make()

    assert (machine.location, machine.vm_id, machine.tags, machine.public_key) == (
        "eastus",
        VM_ID,
        {"team": "a"},
        "AAAA",
    )
    assert len({machine.principal_id, machine.client_id, make().principal_id, make().client_id}) == 4


@pytest.mark.parametrize("name", ["a" * 55, "a b", "a/b", "", "naïve"])
def test_bad_names_are_refused(name: str) -> None:
    """A name has 1 to 54 letters, digits, hyphens, dots and underscores."""
    with pytest.raises(ApiError) as caught:
        make(name=name)

    assert (caught.value.status, caught.value.code) == (400, "InvalidResourceName")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "LocationRequired"),
        ({"location": "eastus", "properties": {"vmId": "x"}}, "InvalidRequestContent"),
        ({"location": "eastus", "properties": [1]}, "InvalidRequestContent"),
        ({"location": "eastus", "tags": ["a"]}, "InvalidRequestContent"),
        ({"location": "eastus", "properties": {"clientPublicKey": "!"}}, "InvalidRequestContent"),
    ],
    ids=["no location", "vmId no GUID", "properties a list", "tags a list", "key no base64"],
)
def test_bad_bodies_are_refused(body: dict[str, Any], code: str) -> None:
    """A body that cannot be used is answered 400."""
    with pytest.raises(ApiError) as caught:
        make(body)

    assert (caught.value.status, caught.value.code) == (400, code)


def test_put_replaces_tags_and_patch_keeps_them() -> None:
    """A PUT without tags takes them away, a PATCH without tags does not."""
    machine = make()

    assert updated(machine, {}, is_patch=False, author=ME, now=NOW).tags == {}
    assert updated(machine, {}, is_patch=True, author=ME, now=NOW).tags == {"team": "a"}
    assert updated(machine, {"tags": {"b": "c"}}, is_patch=True, author=ME, now=NOW).tags == {"b": "c"}


def test_a_put_replaces_properties_and_a_patch_merges_them() -> None:
    """A PATCH changes the members it names, null takes one away; a PUT says everything anew."""
    location = {"name": "hall", "city": "Ulm"}
    machine = make({**BODY, "properties": {"locationData": location, "agentUpgrade": {"desiredVersion": "1.67"}}})
    patch = {"locationData": {"city": None}, "agentUpgrade": {"enableAutomaticUpgrade": True}}

    patched = updated(machine, {"properties": patch}, is_patch=True, author=ME, now=NOW).properties
    assert patched == {
        "locationData": {"name": "hall"}, "agentUpgrade": {"desiredVersion": "1.67", "enableAutomaticUpgrade": True}
    }  # fmt: skip
    assert updated(machine, {"properties": patch}, is_patch=False, author=ME, now=NOW).properties != patched
    assert updated(machine, {}, is_patch=False, author=ME, now=NOW).properties == {}


def test_a_change_is_signed() -> None:
    """The maker stays; who changed it last, and when, is new."""
    body = shown(updated(make(), {}, is_patch=True, author=Author("x"), now=NOW + 60), None, "tenant", NOW)[
        "systemData"
    ]

    assert (body["createdBy"], body["createdByType"], body["createdAt"]) == ("me", "User", arm_time(NOW))
    assert (body["lastModifiedBy"], body["lastModifiedByType"]) == ("x", "Application")
    assert body["lastModifiedAt"] == arm_time(NOW + 60)


def test_an_update_ignores_what_is_read_only() -> None:
    """A client may send back the whole resource; what it cannot set is ignored."""
    machine = silent(0)
    body = shown(machine, [], "tenant", NOW)
    after = updated(
        machine, {**body, "properties": {**body["properties"], "status": "Expired"}}, is_patch=False, author=ME, now=NOW
    )

    assert shown(after, [], "tenant", NOW) == body


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, "thumb"),
        ({"vmId": VM_ID.upper(), "clientPublicKey": "AAAA"}, "thumb"),
        ({"clientPublicKey": "BBBB"}, ""),
        ({"vmId": "7e1c2d34-0000-4000-8000-000000000002"}, ""),
    ],
    ids=["nothing new", "the same again", "another key", "another machine"],
)
def test_a_new_key_ends_the_old_certificate(properties: dict[str, Any], expected: str) -> None:
    """The certificate belongs to key and vmId; when one of them changes it is good no more."""
    machine = msgspec.structs.replace(make(), certificate_thumbprint="thumb", certificate_end=1.0)

    assert (
        updated(machine, {"properties": properties}, is_patch=True, author=ME, now=NOW).certificate_thumbprint
        == expected
    )


def test_a_machine_does_not_move() -> None:
    """Another location for an existing machine is a conflict; the same one in other words is none."""
    with pytest.raises(ApiError) as caught:
        updated(make(), {"location": "westeurope"}, is_patch=False, author=ME, now=NOW)

    assert (caught.value.status, caught.value.code) == (409, "InvalidResourceLocation")
    assert updated(make(), {"location": "EastUS"}, is_patch=False, author=ME, now=NOW).location == "eastus"


def test_a_silent_machine_is_shown_as_recorded_ones_are() -> None:
    """A machine that was never heard has no agent version and no change of status."""
    properties = shown(make(), None, "tenant", NOW)["properties"]

    assert properties["status"] == "AwaitingConnection"
    assert not {"agentVersion", "lastStatusChange"} & properties.keys()


def test_a_disconnected_machine_says_since_when() -> None:
    """The last change of status is the moment when the silence became too long."""
    body = shown(silent(1000), None, "tenant", NOW)

    assert body["properties"]["lastStatusChange"] == arm_time(NOW - 100)
    assert body["identity"]["tenantId"] == "tenant"
    assert "resources" not in body


def test_a_machine_shows_its_extensions_whole() -> None:
    """A GET has the extensions in `resources`, as recorded bodies have."""
    extension = Extension(
        key=f"{KEY}/extensions/e", machine=KEY, name="e", location="eastus", publisher="P", type="T", version="1.0"
    )
    found = shown(make(), [extension], "tenant", NOW)["resources"]

    assert [(item["id"], item["properties"]["publisher"]) for item in found] == [(f"{KEY}/extensions/e", "P")]


def test_the_control_sees_a_summary() -> None:
    """The lab's own view has status, heartbeats and creates."""
    found = summarised(silent(100), ["e"], 2, NOW)

    assert (found.status, found.heartbeats, found.creates, found.extensions) == ("Connected", 1, 2, ("e",))
    assert found.last_heartbeat == "2025-12-31T23:58:20.000000Z"
