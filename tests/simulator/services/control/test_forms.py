"""The page's forms do what they say, say what they could not do, and are ours alone."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.contract import Fault
from simulator.resources.entities import DeviceCode, FaultInForce
from simulator.store import Store

Send = Callable[..., httpx.Response]


@pytest.fixture
def submit(control: Send) -> Send:
    """Give a sender of forms that reads the token from the page first, as a browser does."""

    def send(path: str, **fields: Any) -> httpx.Response:
        token = re.search(r'name="token" value="([^"]+)"', control("GET", "").text)
        assert token is not None
        return control("POST", f"/pages{path}", data={"token": token[1], **fields})

    return send


def problem(answer: httpx.Response) -> str:
    """Give what a page says that is wrong."""
    found = re.search(r'role="alert">(.*?)</p>', answer.text)
    return html.unescape(found[1]) if found else ""


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [({"amount": 90, "unit": "seconds"}, 90), ({"amount": 15}, 900), ({"amount": 2, "unit": "days"}, 172_800)],
)
def test_the_clock_moves(submit: Send, cloud_store: Store, fields: dict[str, Any], seconds: int) -> None:
    """The page that follows says so."""
    answer = submit("/clock", **fields)

    assert (answer.status_code, answer.headers["location"]) == (303, "/_sim?done=clock")
    assert cloud_store.clock.offset_s == seconds


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"amount": "x"}, "The form cannot be used: Expected `int`, got `str` - at `$.amount`."),
        ({"amount": -1}, ">= 0 - at `$.amount`"), ({"amount": 1, "unit": "years"}, "at `$.unit`"),
        ({}, "missing required field `amount`"), ({"amount": 10**9, "unit": "days"}, "it ends at 2050"),
    ],
)  # fmt: skip
def test_a_span_that_is_none(submit: Send, cloud_store: Store, fields: dict[str, Any], text: str) -> None:
    """The page says what is wrong, and the clock stands."""
    answer = submit("/clock", **fields)

    assert (answer.status_code, cloud_store.clock.offset_s) == (400, 0)
    assert text in problem(answer)


def test_a_fault_is_armed_and_cleared(submit: Send, cloud_store: Store) -> None:
    """What is filled in counts; what is empty has its default."""
    armed = submit("/faults", effect="http_error", operation="his.*", first="2", probability="0.5", status="", host=" ")
    held = cloud_store.all(FaultInForce)
    cleared = submit("/faults/clear", id=held[0].key)

    assert [entry.fault for entry in held] == [Fault("http_error", operation="his.*", first=2, probability=0.5)]
    assert {armed.headers["location"], cleared.headers["location"]} == {"/_sim/pages/faults"}
    assert cloud_store.all(FaultInForce) == []


def test_all_faults_are_cleared(submit: Send, cloud_store: Store) -> None:
    """Without a number all go."""
    submit("/faults", effect="drop")
    submit("/faults", effect="drop")
    submit("/faults/clear")

    assert cloud_store.all(FaultInForce) == []


def test_a_fault_that_cannot_be(submit: Send, cloud_store: Store) -> None:
    """The page says why and keeps what was typed."""
    answer = submit("/faults", effect="http_error", status="99", host='"><b>')

    assert (answer.status_code, problem(answer)) == (400, "'status' is 99; it has to be 400 to 599 with http_error.")
    assert 'value="&#34;&gt;&lt;b&gt;"' in answer.text
    assert cloud_store.all(FaultInForce) == []


def test_a_fault_that_is_gone(submit: Send) -> None:
    """Two people may clear at the same time."""
    answer = submit("/faults/clear", id="7")

    assert (answer.status_code, problem(answer)) == (404, "There is no fault '7' any more.")


def test_a_device_is_signed_in(submit: Send, send: Send, control: Send, cloud_store: Store) -> None:
    """The code that waits is on the page; afterwards it waits no more."""
    url = "https://login.microsoftonline.com/common/oauth2/v2.0/devicecode"
    code = send("POST", url, data={"client_id": "app-owner", "scope": "s"}).json()["user_code"]
    before = control("GET", "").text
    answer = submit("/device-code", user_code=f" {code.lower()} ", upn="person@arclab.example")

    assert (answer.status_code, answer.headers["location"]) == (303, "/_sim?done=sign-in")
    assert (code in before, code in control("GET", "").text) == (True, False)
    assert cloud_store.all(DeviceCode)[0].approved_by == "oid-person"


@pytest.mark.parametrize(("fields", "status"), [({"user_code": "X", "upn": "nobody"}, 404), ({"upn": "nobody"}, 400)])
def test_a_code_that_does_not_wait(submit: Send, fields: dict[str, str], status: int) -> None:
    """The page says so."""
    answer = submit("/device-code", **fields)

    assert answer.status_code == status
    assert problem(answer)


@pytest.mark.parametrize("path", ["/clock", "/faults", "/faults/clear", "/device-code"])
@pytest.mark.parametrize("token", ["", "guessed", "\u00e9"])
def test_a_form_of_somebody_else(control: Send, cloud_store: Store, path: str, token: str) -> None:
    """Without the page's token nothing is done."""
    before = cloud_store.last
    answer = control("POST", f"/pages{path}", data={"token": token, "amount": 1, "effect": "drop"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "form")
    assert cloud_store.last == before


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200), ({"Origin": "http://cloud"}, 200), ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200), ({"Origin": "https://evil.example"}, 403), ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)  # fmt: skip
def test_other_sites_change_nothing(control: Send, cloud_store: Store, headers: dict[str, str], status: int) -> None:
    """A browser says for whom it sends; JSON needs no form to be sent by a page."""
    answer = control("POST", "/clock", json={"advance_s": 1}, headers=headers)

    assert (answer.status_code, cloud_store.clock.offset_s) == (status, int(status == 200))
    assert control("GET", "/clock", headers=headers).status_code == 200
