"""The chain of one request: found, read, struck by faults, answered, journaled, sent; each leaves one event.

The application is called in memory. That a dropped connection is really reset is shown in test_server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest
from starlette.responses import Response

from simulator.app import ABORT, END, LARGEST_BODY_BYTES, App, Cloud
from simulator.call import Call, plain_host
from simulator.contract import Event, Fault
from simulator.services.entra import EntraService
from simulator.store import Store

Send = Callable[..., httpx.Response]
URL = "https://management.azure.com/metadata/endpoints?api-version=2022-09-01"


def requests_of(store: Store) -> list[Event]:
    """List the journal's request events."""
    return [event for event in store.events if event.kind == "request"]


def run_app(
    app: App, messages: list[dict[str, Any]], *, host: str = "management.azure.com", **more: Any
) -> tuple[list[Any], int]:
    """Call the application with what a server would give it; give what it sent, and how often it broke off."""
    sent: list[Any] = []
    aborts: list[bool] = []

    async def receive() -> Any:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "path": "/metadata/endpoints", "query_string": b"",
        "scheme": "https", "headers": [(b"host", host.encode()), (b"content-length", b"5")],
        "client": ("10.0.0.5", 1), "server": ("10.0.0.2", 443),
        "extensions": {how: lambda: aborts.append(True) for how in (ABORT, END)}, **more,
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return sent, len(aborts)


WHOLE = {"type": "http.request", "body": b"", "more_body": False}


@pytest.fixture
def app(cloud: Cloud) -> App:
    """Give the application as machines see it."""
    return App(cloud, has_control=False)


# The journal


def test_a_request_is_journaled_before_the_response(app: App, cloud_store: Store) -> None:
    """When the first byte of the answer is sent, the event is there."""
    seen: list[int] = []

    async def receive() -> Any:
        return WHOLE

    async def send(message: Any) -> None:
        seen.append(len(requests_of(cloud_store)))

    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "path": "/metadata/endpoints", "query_string": b"",
        "scheme": "https", "headers": [(b"host", b"management.azure.com")], "client": None, "server": None,
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))

    assert seen == [1, 1]


def test_the_event_of_a_request(send: Send, cloud_store: Store) -> None:
    """It says who has asked what, with secrets taken out."""
    send("GET", f"{URL}&client_secret=hush", headers={"User-Agent": "AZURECLI/2.91.0"})
    event = requests_of(cloud_store)[0]

    assert (event.host, event.operation, event.method, event.status) == (
        "management.azure.com", "arm.endpoints", "GET", 200
    )  # fmt: skip
    assert (event.client, event.time) == ("10.0.0.5", "2026-01-01T00:00:00.000000Z")
    assert event.user_agent == "AZURECLI/2.91.0"
    assert event.path == "/metadata/endpoints?api-version=2022-09-01&client_secret=***"


def test_a_mistake_of_ours_is_journaled_once(
    send: Send, cloud_store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bug is answered 500 in the host's own form, journaled with its text, and its traceback is in the log."""

    async def fail(self: EntraService, call: Call) -> Response:
        raise LookupError("oops")

    monkeypatch.setattr(EntraService, "answer", fail)
    answer = send("GET", "https://login.microsoftonline.com/common/discovery/instance")
    events = requests_of(cloud_store)

    assert (answer.status_code, answer.json()["error"]) == (500, "InternalServerError")
    assert [(event.status, event.operation, event.data) for event in events] == [
        (500, "entra.instances", {"bug": "LookupError: oops"})
    ]
    assert "LookupError: oops" in capsys.readouterr().err


def test_a_client_that_goes_away_is_journaled(app: App, cloud_store: Store) -> None:
    """A request whose body never came leaves one event without a status."""
    sent, aborts = run_app(app, [{"type": "http.request", "body": b"x", "more_body": True}])

    assert (sent, aborts) == ([], 0)
    assert [(event.status, event.operation) for event in requests_of(cloud_store)] == [(0, "arm.endpoints")]


# Faults


def test_drop_breaks_the_connection(app: App, cloud: Cloud, cloud_store: Store) -> None:
    """The server is told to break off once, nothing is sent, and the journal has the fault."""
    cloud.faults.add(Fault("drop"))
    sent, aborts = run_app(app, [WHOLE])

    assert (sent, aborts) == ([], 1)
    assert [(event.status, event.data) for event in requests_of(cloud_store)] == [(0, {"faults": ["drop"]})]


def ask_together(app: App, token: str) -> tuple[bytes, int, int]:
    """Ask twice in one batch; give the body, of how many bytes it is said to be, and how often it was broken off."""
    urls = ["/subscriptions?api-version=2022-12-01", "/tenants?api-version=2022-12-01"]
    body = msgspec.json.encode({"requests": [{"httpMethod": "GET", "url": url} for url in urls]})
    headers = [(b"host", b"management.azure.com"), (b"content-type", b"application/json"),
               (b"content-length", b"%d" % len(body)), (b"authorization", f"Bearer {token}".encode())]  # fmt: skip
    sent, aborts = run_app(
        app, [{**WHOLE, "body": body}], method="POST", path="/batch", query_string=b"api-version=2020-06-01",
        headers=headers,
    )  # fmt: skip
    said = next(int(value) for name, value in sent[0]["headers"] if name == b"content-length")
    return b"".join(message.get("body", b"") for message in sent), said, aborts


def test_truncate_cuts_a_batch(app: App, cloud: Cloud, token: Callable[..., str], cloud_store: Store) -> None:
    """What strikes one of its requests strikes the answer to all of them, which is one body."""
    cloud.faults.add(Fault("truncate", operation="tenants.list", first=1))
    body, said, aborts = ask_together(app, token("owner"))
    faults = [(event.operation, event.data.get("faults")) for event in requests_of(cloud_store)]

    assert (len(body), aborts) == (said // 2, 1)
    assert faults == [("subscriptions.list", None), ("tenants.list", ["truncate"]), ("arm.batch", None)]
    assert ask_together(app, token("owner"))[1:] == (said, 0)


def test_a_batch_can_drip(app: App, cloud: Cloud, token: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes whole, with a pause before each piece."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    cloud.faults.add(Fault("drip", operation="tenants.list", piece_bytes=100, delay_s=7))
    body, said, aborts = ask_together(app, token("owner"))

    assert (len(body), aborts) == (said, 0)
    assert pauses == [7] * -(-said // 100)


def test_a_fault_speaks_in_the_hosts_form(send: Send, cloud: Cloud, cloud_store: Store) -> None:
    """The first request is refused with Retry-After, the second is answered; each has one event."""
    cloud.faults.add(Fault("http_error", status=503, code="Busy", first=1, retry_after_s=5))
    refused, answered = send("GET", URL), send("GET", URL)
    found = [(event.status, event.data) for event in requests_of(cloud_store)]

    assert (refused.status_code, refused.json()["error"]["code"], refused.headers["retry-after"]) == (503, "Busy", "5")
    assert answered.status_code == 200
    assert found == [(503, {"faults": ["http_error"]}), (200, {})]


def test_a_latency_is_measured_and_the_answer_has_the_time_after_it(cloud: Cloud, app: App, cloud_store: Store) -> None:
    """A request that waited while the lab clock moved is answered and journaled with the new time."""
    cloud.faults.add(Fault("latency", delay_s=0.1))

    async def go() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            asking = asyncio.create_task(client.get(URL))
            await asyncio.sleep(0.02)
            cloud_store.clock.advance(3600)
            return await asking

    answer = asyncio.run(go())
    event = requests_of(cloud_store)[0]

    assert (answer.headers["date"], event.time) == ("Thu, 01 Jan 2026 01:00:00 GMT", "2026-01-01T01:00:00.000000Z")
    assert event.duration_ms >= 100


def test_faults_do_not_touch_the_control(cloud: Cloud, control: Send) -> None:
    """A fault on everything leaves the lab's own interface alone."""
    cloud.faults.add(Fault("drop"))

    assert control("GET", "/ready").status_code == 200


# Finding the service


@pytest.mark.parametrize(
    ("url", "operation"),
    [
        ("https://MANAGEMENT.azure.com:443/tenants", "tenants.list"),
        ("https://login.windows.net/common/discovery/instance", "entra.instances"),
        ("https://eus.login.microsoft.com/common/discovery/instance", "entra.instances"),
        ("https://microsoft.com/devicelogin", "entra.sign-in"),
        ("https://weu.his.arc.azure.com/discovery", "his.discovery"),
        ("https://eastus-gas.guestconfiguration.azure.com/", "gas.root"),
        ("https://guestnotificationservice.azure.com/", "notifications.root"),
        ("https://127.0.0.1:8443/Subscriptions", "subscriptions.list"),
        ("https://localhost/machine/v/heartbeat", "his.heartbeat"),
        ("https://[::1]:8443/devicelogin", "entra.sign-in"),
        ("https://localhost/t/oauth2/v2.0/token", "entra.token"),
    ],
)
def test_a_host_has_its_service(send: Send, cloud_store: Store, url: str, operation: str) -> None:
    """Names decide; for an address the path does."""
    send("GET", url)

    assert requests_of(cloud_store)[0].operation == operation


@pytest.mark.parametrize(
    "url", ["https://example.com/", "https://packages.microsoft.com/keys", "https://localhost/nowhere"]
)
def test_what_is_not_played(send: Send, cloud_store: Store, url: str) -> None:
    """Another host, a host whose part is not there, and an unknown path at an address are 421, and journaled."""
    answer = send("GET", url)

    assert (answer.status_code, answer.json()["error"]["code"]) == (421, "Misdirected")
    assert [(event.status, event.operation) for event in requests_of(cloud_store)] == [(421, "unknown")]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("A.Example:443", "a.example"), ("a.example", "a.example"), ("a.example.", "a.example"),
        ("[::1]:8443", "[::1]"), ("[::1]", "[::1]"), ("[fe80::1:2]", "[fe80::1:2]"), ("", ""),
    ],
)  # fmt: skip
def test_hosts(host: str, expected: str) -> None:
    """The port is cut off, and nothing of an address."""
    assert plain_host(host) == expected


@pytest.mark.parametrize(
    ("version", "hosts", "status"),
    [("1.1", 0, 400), ("1.1", 2, 400), ("1.1", 1, 200), ("1.0", 0, 200)],
)
def test_a_request_names_one_host(app: App, cloud_store: Store, version: str, hosts: int, status: int) -> None:
    """HTTP/1.1 asks for it, HTTP/1.0 does not know it; what is refused is journaled."""
    sent, _ = run_app(app, [], http_version=version, headers=[(b"host", b"localhost")] * hosts)

    assert sent[0]["status"] == status
    assert [event.status for event in requests_of(cloud_store)] == [status]


@pytest.mark.parametrize("path", ["/_sim/ready", "/_sim", "/_sim/clock"])
def test_machines_cannot_reach_the_control(send: Send, path: str) -> None:
    """Without control `/_sim` is an address like any other."""
    assert send("GET", f"https://localhost{path}").status_code == 421
    assert send("GET", f"https://management.azure.com{path}?api-version=2022-09-01").status_code == 401


def test_the_control_is_not_journaled(control: Send, cloud_store: Store) -> None:
    """What the lab asks is not part of the case; what only begins alike is."""
    control("GET", "/ready")
    control("GET", "http://management.azure.com/_simulated")

    assert [event.path for event in requests_of(cloud_store)] == ["/_simulated"]


# Bodies and headers


def test_a_body_that_is_too_large(send: Send, cloud_store: Store) -> None:
    """It is refused by the host it was sent to, in its own form, and journaled with its operation."""
    url = "https://login.microsoftonline.com/common/oauth2/v2.0/token"
    answer = send("POST", url, content=b"x" * (LARGEST_BODY_BYTES + 1))

    assert (answer.status_code, answer.json()["error"]) == (413, "RequestEntityTooLarge")
    assert requests_of(cloud_store)[0].operation == "entra.token"


def test_the_largest_body_is_taken(send: Send) -> None:
    """Exactly the limit is not too large."""
    url = "https://login.microsoftonline.com/common/oauth2/v2.0/token"

    assert send("POST", url, content=b"x" * LARGEST_BODY_BYTES).json()["error"] == "invalid_request"


def test_the_date_follows_the_lab_clock(send: Send, cloud_store: Store) -> None:
    """Clients that take their time from the answer live in lab time."""
    cloud_store.clock.advance(86400)

    assert send("GET", URL).headers["date"] == "Fri, 02 Jan 2026 00:00:00 GMT"
