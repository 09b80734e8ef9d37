"""`/_sim`: clock, journal, machines, alerts, faults, locks, tokens; and every address stands in its page."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jwt
import msgspec
import pytest

from simulator import contract
from simulator.app import App, Cloud
from simulator.contract import RepositoryChange, RepositoryFault
from simulator.errors import BadInput, SimulatorError
from simulator.resources.entities import AlertRule, Lock, Machine
from simulator.resources.transition import Transition
from simulator.services.control import ControlService
from simulator.store import Store

Send = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
PAGE = Path(__file__).resolve().parents[3] / "docs" / "wire" / "control.md"


class Repository:
    """A package repository that remembers what it was asked."""

    def __init__(self, *, is_stale: bool = False, problem: SimulatorError | None = None) -> None:
        self.is_stale = is_stale
        self.calls: list[object] = []
        self._problem = problem

    def refresh(self) -> None:
        """Note it."""
        self.change("refresh")

    def spoil(self, fault: object) -> None:
        """Note it, or fail as it was told to."""
        self.change(fault)

    def change(self, change: object) -> None:
        """Note it, or fail as it was told to."""
        if self._problem:
            raise self._problem
        self.calls.append(change)


def with_repository(cloud: Cloud, repository: Repository) -> Send:
    """Give a sender to a control that has a repository."""
    control = ControlService(
        cloud.store, cloud.due, cloud.faults, approve_device=lambda code, upn: None, decline_device=lambda code: None,
        rotate_key=lambda withdraw: "",
        issue_token=lambda principal, audience, now: "", repository=repository,
    )  # fmt: skip
    app = App(with_control(cloud, control), has_control=True)

    def exchange(method: str, path: str, **options: Any) -> httpx.Response:
        async def go() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://cloud/_sim") as client:
                return await client.request(method, path, **options)

        return asyncio.run(go())

    return exchange


def with_control(cloud: Cloud, control: ControlService) -> Cloud:
    """Give the cloud with another control."""
    return dataclasses.replace(cloud, control=control)


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def hear(store: Store, ago_s: int = 0) -> None:
    """Let the first machine have been heard some time ago."""
    before = store.all(Machine)[0]
    after = msgspec.structs.replace(before, last_heartbeat=store.clock.now() - ago_s, heartbeats=1)
    store.apply(Transition("test.hear", (after,)))


# Addresses


def test_every_address_stands_in_the_page(cloud: Cloud) -> None:
    """Each call has a heading of its own in docs/wire/control.md, and no heading is about nothing."""
    headings = [line.removeprefix("## ").strip("`") for line in PAGE.read_text().splitlines() if line[:4] == "## `"]

    assert sorted(headings) == cloud.control.addresses


def test_an_unknown_address_lists_the_known_ones(control: Send, cloud: Cloud) -> None:
    """Who mistypes an address sees all of them."""
    answer = control("GET", "/nothing")

    assert code(answer) == (404, "NotFound")
    assert all(address in answer.json()["error"]["message"] for address in cloud.control.addresses)


@pytest.mark.parametrize("path", ["/ready", "/ready/"])
def test_ready(control: Send, path: str) -> None:
    """A cloud that answers is ready."""
    assert control("GET", path).json() == {"status": "ready"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"advance_s": "1"}', b'{"advance_s": 1, "more": 2}', b"{}"])
def test_bodies_that_cannot_be_used(control: Send, cloud_store: Store, body: bytes) -> None:
    """Each is 400 with the reason, and nothing has changed."""
    assert code(control("POST", "/clock", content=body)) == (400, "body")
    assert cloud_store.clock.offset_s == 0


# Clock


def test_the_clock_moves(control: Send, cloud_store: Store) -> None:
    """The answer is the new time, and the journal says by how much."""
    moved = control("POST", "/clock", json={"advance_s": 90}).json()

    assert moved == {"now": "2026-01-01T00:01:30.000000Z", "offset_s": 90}
    assert control("GET", "/clock").json() == moved
    assert cloud_store.events[-1].data == {"advance_s": 90, "offset_s": 90}


def test_the_clock_does_not_go_back(control: Send) -> None:
    """Lab time only grows."""
    assert code(control("POST", "/clock", json={"advance_s": -1})) == (400, "clock-back")


def test_what_became_due_is_done_when_the_clock_answers(control: Send, cloud_store: Store, make_machine: Make) -> None:
    """After the call the alert has fired and is in the inbox; nobody has to wait."""
    make_machine()
    hear(cloud_store)
    control("PUT", "/alert-rule", json={"webhook": "cloud"})
    control("POST", "/clock", json={"advance_s": 901})
    inbox = control("GET", "/inbox").json()  # asked first: the list of alerts settles as well
    alert = control("GET", "/alerts").json()[0]

    assert (alert["fired"], alert["deliveries"]) == ("2026-01-01T00:15:00.000000Z", 1)
    assert [item["body"]["data"]["essentials"]["monitorCondition"] for item in inbox] == ["Fired"]


def test_stale_metadata_is_signed_again(cloud: Cloud) -> None:
    """A move of the clock refreshes a repository whose metadata gets old, and no other."""
    stale, fresh = Repository(is_stale=True), Repository()
    for repository in (stale, fresh):
        with_repository(cloud, repository)("POST", "/clock", json={"advance_s": 1})

    assert (stale.calls, fresh.calls) == (["refresh"], [])


# Journal


def test_the_journal_reads_on(control: Send, cloud_store: Store) -> None:
    """`after` and `kind` choose; `last` is the newest number whatever was chosen."""
    start = len(cloud_store.events)
    control("POST", "/clock", json={"advance_s": 1})
    control("DELETE", "/faults")
    whole = control("GET", "/journal", params={"after": start}).json()
    faults = control("GET", "/journal", params={"after": start, "kind": "fault"}).json()

    assert [event["kind"] for event in whole["events"]] == ["clock", "fault"]
    assert [event["operation"] for event in faults["events"]] == ["faults.clear"]
    assert (whole["last"], faults["last"]) == (start + 2, start + 2)


def test_the_journal_waits_for_a_kind(cloud: Cloud, cloud_store: Store) -> None:
    """A waiting reader gets the event as soon as it comes."""
    app = App(cloud, has_control=True)
    after = len(cloud_store.events)

    async def go() -> list[str]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://cloud/_sim") as client:
            waiting = asyncio.create_task(
                client.get("/journal", params={"after": after, "kind": "clock", "wait_s": 30})
            )
            await asyncio.sleep(0.05)
            await client.post("/clock", json={"advance_s": 1})
            return [event["kind"] for event in (await asyncio.wait_for(waiting, 5)).json()["events"]]

    assert asyncio.run(go()) == ["clock"]


@pytest.mark.parametrize("value", ["-1", "x", "nan", "inf", "1e999"])
@pytest.mark.parametrize("name", ["after", "wait_s"])
def test_numbers_that_are_none(control: Send, name: str, value: str) -> None:
    """A parameter that cannot be used is 400, not a crash."""
    assert code(control("GET", "/journal", params={name: value})) == (400, "parameter")


# State


def test_machines_are_summarised(control: Send, cloud_store: Store, make_machine: Make) -> None:
    """The harness reads every machine in the contract's shape; creating one was one create."""
    made = make_machine()
    make_machine()
    hear(cloud_store)
    found = msgspec.json.decode(control("GET", "/machines").content, type=list[contract.MachineState])

    assert [(item.id, item.status, item.creates, item.heartbeats) for item in found] == [
        (made["id"], "Connected", 1, 1)
    ]


@pytest.mark.parametrize("webhook", ["cloud", "http://hook", "https://hook.example:8443/a?b=c"])
def test_alert_rules(control: Send, cloud_store: Store, webhook: str) -> None:
    """The cloud's own inbox and any web address can be told."""
    assert control("PUT", "/alert-rule", json={"webhook": webhook}).status_code == 204
    assert cloud_store.all(AlertRule) == [AlertRule(key="rule", webhook=webhook)]


@pytest.mark.parametrize("webhook", ["", "hook", "ftp://hook/", "http://", "https://", "http://a:port/"])
def test_alert_rules_that_cannot_be_told(control: Send, cloud_store: Store, webhook: str) -> None:
    """An address that nothing can be sent to is refused when it is set."""
    assert code(control("PUT", "/alert-rule", json={"webhook": webhook})) == (400, "alert-rule")
    assert cloud_store.all(AlertRule) == []


def test_faults_are_set_listed_and_cleared(control: Send, cloud_store: Store) -> None:
    """Each change is one event of kind fault."""
    armed = control("POST", "/faults", json={"effect": "latency", "delay_s": 0.5})
    listed = control("GET", "/faults").json()
    control("DELETE", "/faults")

    assert (armed.status_code, listed, control("GET", "/faults").json()) == (201, [armed.json()], [])
    assert (listed[0]["fault"], listed[0]["struck"]) == ({"effect": "latency", "delay_s": 0.5}, 0)
    assert [e.operation for e in cloud_store.events if e.kind == "fault"] == ["faults.add", "faults.clear"]


@pytest.mark.parametrize(
    ("fault", "reference"),
    [
        ({"effect": "explode"}, "body"),
        ({"effect": "http_error", "status": 200}, "fault"),
        ({"effect": "drop", "x": 1}, "body"),
    ],
)  # fmt: skip
def test_faults_that_cannot_be(control: Send, cloud_store: Store, fault: dict[str, Any], reference: str) -> None:
    """An unknown effect, an impossible number and an unknown member are refused; nothing is journaled."""
    assert code(control("POST", "/faults", json=fault)) == (400, reference)
    assert [event for event in cloud_store.events if event.kind == "fault"] == []


def test_locks_are_put_and_taken_off(control: Send, cloud_store: Store) -> None:
    """Taking off what is not there is 404."""
    put = control("POST", "/locks", json={"scope": "/subscriptions/a"})
    held = cloud_store.all(Lock)
    taken = [control("DELETE", "/locks", content=b'{"scope": "/SUBSCRIPTIONS/A"}') for _ in range(2)]

    assert (put.status_code, [lock.scope for lock in held]) == (204, ["/subscriptions/a"])
    assert (taken[0].status_code, code(taken[1])) == (204, (404, "no-lock"))


# Sign-ins


def test_a_token_for_a_principal(control: Send, arm: Send, make_machine: Make) -> None:
    """The token is the principal's, for the resource that was asked for."""
    token = control("POST", "/token", json={"principal": "reader", "resource": "https://management.azure.com"}).json()
    claims = jwt.decode(token["access_token"], options={"verify_signature": False})

    assert (claims["oid"], claims["aud"]) == ("oid-reader", "https://management.azure.com")
    assert code(control("POST", "/token", json={"principal": "nobody"})) == (404, "no-principal")


def test_a_device_is_approved(control: Send, send: Send) -> None:
    """A person signs in for a device by its code; an unknown code or person is 404."""
    url = "https://login.microsoftonline.com/common/oauth2/v2.0/devicecode"
    user_code = send("POST", url, data={"client_id": "app-owner", "scope": "s"}).json()["user_code"]
    wrong = control("POST", "/device-code", json={"user_code": user_code, "upn": "nobody@arclab.example"})
    right = control("POST", "/device-code", json={"user_code": user_code, "upn": "person@arclab.example"})

    assert (code(wrong), right.status_code) == ((404, "not_found"), 204)


# Repository


def test_a_repository_is_changed(cloud: Cloud) -> None:
    """The change is made, then journaled, then answered."""
    repository = Repository()
    answer = with_repository(cloud, repository)("POST", "/repository", json={"publish": ["1.57"]})

    assert (answer.status_code, repository.calls) == (204, [RepositoryChange(publish=("1.57",))])
    assert cloud.store.events[-1].operation == "repository.change"


def test_a_repository_is_spoiled(cloud: Cloud) -> None:
    """The fault takes the place of the one before, and is journaled."""
    repository = Repository()
    answer = with_repository(cloud, repository)("PUT", "/repository-fault", json={"key": "other"})

    assert (answer.status_code, repository.calls) == (204, [RepositoryFault(key="other")])
    assert (cloud.store.events[-1].operation, cloud.store.events[-1].data["key"]) == ("repository.spoil", "other")


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (BadInput("release-unknown", "there is no release '9'."), (400, "release-unknown")),
        (SimulatorError("repository-tool-failed", "'gpg' ended with 2."), (500, "repository-tool-failed")),
    ],
    ids=["a bad name", "a tool that fails"],
)
def test_a_change_that_fails(cloud: Cloud, problem: SimulatorError, expected: tuple[int, str]) -> None:
    """Whose fault it is stands in the status, what it is in the text; nothing is journaled."""
    before = len(cloud.store.events)
    answer = with_repository(cloud, Repository(problem=problem))("POST", "/repository", json={"publish": ["9"]})

    assert (code(answer), len(cloud.store.events)) == (expected, before)
    assert problem.message in answer.json()["error"]["message"]


def test_without_a_repository(control: Send) -> None:
    """A cloud that serves no packages says so."""
    assert code(control("POST", "/repository", json={})) == (400, "no-repository")
    assert code(control("PUT", "/repository-fault", json={})) == (400, "no-repository")
