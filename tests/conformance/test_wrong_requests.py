"""No request makes the simulator fail: schemathesis asks for every operation, with bodies that are bent in one place.

Runs after the tests of clients (by its name), for their bodies are what is bent. Each run asks the same.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from simulator.services.arm.route_tree import Route
from simulator.services.arm.routes import ROUTES
from tests.conformance.conftest import CASE, GROUP, SUBSCRIPTION
from tests.conformance.described import description, path_of
from tests.conformance.machine import public_key
from tests.conformance.served import Served, serve

_WITH_BODY, _WITHOUT = 15, 4  # requests for each operation
_MACHINE_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.HybridCompute/machines/bent"
#: Names of things that are there before each operation is asked for.
PARTS = {
    "subscription": SUBSCRIPTION, "group": GROUP, "machine": "bent", "location": "eastus", "extension": "script",
    "provider": "Microsoft.HybridCompute", "publisher": "Microsoft.Azure.Extensions", "type": "CustomScript",
    "version": "2.1.10", "name": "default", "scope": _MACHINE_ID, "command": "bent", "system": "linux",
}  # fmt: skip
_MACHINE = {"location": "eastus", "properties": {
    "vmId": "7e1c2d34-2222-4000-8000-000000000001", "clientPublicKey": public_key(),
}}  # fmt: skip
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def schema() -> Any:
    """Give the description of Resource Manager as schemathesis reads it."""
    return schemathesis.openapi.from_dict(description(ROUTES, PARTS))


@pytest.fixture(scope="module")
def bothered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give a simulator that takes any number of requests."""
    with serve(tmp_path_factory.mktemp("bothered"), CASE, []) as served:
        served.control("PUT", "throttling", json={"enabled": False})
        yield served


@pytest.fixture(scope="module")
def session(bothered: Served) -> Iterator[requests.Session]:
    """Give a client of who may do everything."""
    token = bothered.control("POST", "token", json={"principal": "owner"}).json()["access_token"]
    with requests.Session() as session:
        session.trust_env = False  # REQUESTS_CA_BUNDLE would come before what is set here
        session.verify = str(bothered.ca)
        session.headers["Authorization"] = f"Bearer {token}"
        yield session


@pytest.fixture
def prepared(bothered: Served, session: requests.Session) -> None:
    """Have a registered provider, and a group with a new machine in it; one that is going has gone first."""
    bothered.control("POST", "clock", json={"advance_s": 1})
    register = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.HybridCompute/register"
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
    for method, path, version, body in (
        ("POST", register, "2021-04-01", None),
        ("PUT", group, "2021-04-01", {"location": "eastus"}),
        ("DELETE", _MACHINE_ID, "2026-07-15", None),
        ("PUT", _MACHINE_ID, "2026-07-15", _MACHINE),
    ):
        params = {"api-version": version}
        session.request(method, f"{bothered.base}{path}", params=params, json=body, timeout=30).raise_for_status()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the way to every member of a JSON value, and to the value itself."""
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield from places(member, (*path, name))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Give a JSON value with something else in one place."""
    if not path:
        return new
    changed = copy.copy(value)
    changed[path[0]] = replaced(value[path[0]], path[1:], new)
    return changed


def bent(bodies: list[Any]) -> st.SearchStrategy[Any]:
    """Give one of the bodies with anything in one place; without bodies anything."""
    ways = [(body, place) for body in bodies for place in places(body)]
    if not ways:
        return _ANYTHING
    return st.tuples(st.sampled_from(ways), _ANYTHING).map(lambda drawn: replaced(drawn[0][0], drawn[0][1], drawn[1]))


def named(route: Route) -> str:
    """Give a test's name."""
    return f"{route.operation} {route.method} {route.path}"


def ask_often(requests_: st.SearchStrategy[Any], examples: int, ask: Callable[[Any], None]) -> None:
    """Ask so many times, each time the same in each run."""
    each = settings(
        max_examples=examples, phases=[Phase.generate], derandomize=True, database=None, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    each(given(requests_)(ask))()


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_no_request_breaks_it(
    bothered: Served, schema: Any, session: requests.Session, bodies: dict[str, list[Any]], route: Route
) -> None:
    """Every answer is one that the simulator meant."""
    has_body = route.method in ("PUT", "PATCH", "POST")
    asked = schema[path_of(route, PARTS)][route.method].as_strategy()

    def ask(drawn: tuple[Any, Any]) -> None:
        case, body = drawn
        sent = {"json": body} if has_body else {}
        answer = case.call(base_url=bothered.base, session=session, verify=session.verify, timeout=30, **sent)
        assert answer.status_code < 500, f"{body}: {answer.text}"

    ask_often(st.tuples(asked, bent(bodies.get(route.operation, []))), _WITH_BODY if has_body else _WITHOUT, ask)


def test_no_request_breaks_the_control(tmp_path: Path) -> None:
    """The lab's own interface stands everything, too, by the description that it gives of itself."""
    with serve(tmp_path, CASE, []) as served:
        described = schemathesis.openapi.from_dict(served.control("GET", "openapi.json").json())
        operations = [found.ok() for found in described.get_all_operations()]

        def ask(case: Any) -> None:
            case.query.pop("wait_s", None)  # it would wait
            answer = case.call(base_url=served.base, verify=str(served.ca), timeout=30)
            assert answer.status_code < 500, f"{case.method} {case.path} {case.body}: {answer.text}"

        for operation in operations:
            ask_often(operation.as_strategy(), _WITHOUT, ask)
    assert len(operations) > 20
