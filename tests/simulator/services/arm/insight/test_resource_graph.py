"""Resource Graph over the wire: scopes, pages, forms of the answer, refusals."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from simulator.app import App, Cloud
from simulator.contract import AGENT_SERVICE_APP_ID
from simulator.identity.tokens import TokenKey
from simulator.resources.entities import Machine, Principal
from simulator.resources.role_assignments import granted
from simulator.resources.roles import ROLES
from simulator.resources.transition import Transition
from simulator.services.entra.issuer import Issuer
from simulator.store import Store
from tests.simulator.conftest import PLACES, SUBSCRIPTION, TENANT

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
Ask = Callable[..., httpx.Response]
MACHINES = "resources | where type =~ 'Microsoft.HybridCompute/machines'"
LICENCE = {"location": "eastus", "tags": {"a": "b"}, "properties": {"licenseType": "ESU"}}


@pytest.fixture
def ask(arm: Arm) -> Ask:
    """Give a sender of queries."""

    def ask(query: str, who: str = "owner", **body: Any) -> httpx.Response:
        content = {"query": query, **body}
        return arm("POST", "/providers/Microsoft.ResourceGraph/resources", who=who, version="2022-10-01", json=content)

    return ask


def test_a_machine_is_a_row(arm: Arm, ask: Ask, make_machine: Make) -> None:
    """Its type and group are in lower case, its properties as ARM shows them."""
    make_machine("box-1", 1, tags={"env": "prod"})
    machine = arm("GET", "{M}/box-1").json()
    body = ask(MACHINES, subscriptions=[SUBSCRIPTION]).json()
    row = body["data"][0]

    assert (body["totalRecords"], body["count"], body["resultTruncated"], body["facets"]) == (1, 1, "false", [])
    assert (row["id"], row["name"], row["tags"], row["location"]) == (machine["id"], "box-1", {"env": "prod"}, "eastus")
    assert (row["type"], row["resourceGroup"]) == ("microsoft.hybridcompute/machines", "rg1")
    assert (row["tenantId"], row["subscriptionId"]) == (TENANT, SUBSCRIPTION)
    assert row["properties"] == machine["properties"]


@pytest.mark.parametrize("member", ["status", "agentVersion", "osName", "osType", "osSku", "osVersion"])
def test_a_member_made_in_haste_is_the_same(arm: Arm, ask: Ask, make_machine: Make, member: str) -> None:
    """What a query reads alone is what the whole resource says."""
    told = {"vmId": "7e1c2d34-0000-4000-8000-000000000001", "osName": "linux", "osType": "linux", "osVersion": "6.1"}
    make_machine("box-1", 1, properties=told)
    machine = arm("GET", "{M}/box-1").json()
    row = ask(f"{MACHINES} | project x = properties.{member}").json()["data"][0]

    assert row["x"] == machine["properties"].get(member)


def test_other_tables(ask: Ask, make_machine: Make) -> None:
    """Groups, subscriptions and health are asked for as tables of their own."""
    make_machine()

    containers = ask("resourcecontainers | order by type asc", subscriptions=[SUBSCRIPTION]).json()["data"]
    health = ask("HealthResources | project state = properties.availabilityState, id").json()["data"]

    assert [(row["type"].rpartition("/")[2], row["name"]) for row in containers] == [
        ("subscriptions", "lab"), ("resourcegroups", "rg1"),
    ]  # fmt: skip
    assert [row["state"] for row in health] == ["Unknown"]


def test_extensions_join_their_machines(arm: Arm, ask: Ask, make_machine: Make) -> None:
    """The query that portals use gives a machine with the names of its extensions."""
    make_machine()
    properties = {"publisher": "Microsoft.Azure.Monitor", "type": "AzureMonitorLinuxAgent"}
    arm("PUT", "{M}/box-1/extensions/ama", json={"location": "eastus", "properties": properties}).raise_for_status()
    query = f"""{MACHINES} | extend key = tolower(id) | join kind=leftouter (
        resources | where type == 'microsoft.hybridcompute/machines/extensions'
        | project key = tolower(substring(id, 0, indexof(id, '/extensions/'))), extension = name
    ) on key | summarize extensions = make_list(extension) by name"""

    assert ask(query).json()["data"] == [{"name": "box-1", "extensions": ["ama"]}]


def test_plain_resources_are_rows(arm: Arm, ask: Ask) -> None:
    """A licence stands among the resources, with its type in lower case."""
    path = "{G}/providers/Microsoft.HybridCompute/licenses/esu"
    arm("PUT", path, json=LICENCE).raise_for_status()
    row = ask("resources | project type, name, location, tags, kind = properties.licenseType").json()["data"][0]

    assert row == {"type": "microsoft.hybridcompute/licenses", "name": "esu", "location": "eastus", "tags": {"a": "b"},
                   "kind": "ESU"}  # fmt: skip


def test_pages(ask: Ask, make_machine: Make) -> None:
    """A token leads to the next page, of the same size; the last has none."""
    for number in range(5):
        make_machine(f"box-{number}", number)
    options: dict[str, Any] = {"$top": 2}
    names, sizes = [], []
    for _ in range(3):
        body = ask("resources | project name", options=options).json()
        names += [row["name"] for row in body["data"]]
        sizes.append((body["count"], body["totalRecords"]))
        options = {"$skipToken": body.get("$skipToken")}

    assert (names, sizes) == ([f"box-{number}" for number in range(5)], [(2, 5), (2, 5), (1, 5)])
    assert options == {"$skipToken": None}


def test_a_result_that_cannot_be_paged_is_truncated(ask: Ask, make_machine: Make) -> None:
    """After `take` there is no token, and the answer says that it is not all."""
    for number in range(3):
        make_machine(f"box-{number}", number)
    body = ask("resources | take 3", options={"$top": 2}).json()

    assert (body["count"], body["resultTruncated"], "$skipToken" in body) == (2, "true", False)


def test_a_table_has_typed_columns(ask: Ask, make_machine: Make) -> None:
    """The older form of the answer has columns and rows."""
    make_machine()
    query = f"{MACHINES} | project name, n = 1, properties, at = now()"
    data = ask(query, options={"resultFormat": "table"}).json()["data"]

    assert [column["type"] for column in data["columns"]] == ["string", "integer", "object", "datetime"]
    assert [column["name"] for column in data["columns"]] == ["name", "n", "properties", "at"]
    assert data["rows"][0][:2] == ["box-1", 1]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"subscriptions": ["00000000-0000-0000-0000-000000000009"]}, "NoValidSubscriptionsInQueryRequest"),
        ({"subscriptions": ["lab"]}, "SubscriptionsContainInvalidGuids"),
        ({"options": {"$top": 0}}, "InvalidRequestBody"),
        ({"options": {"$skipToken": "?"}}, "CouldNotDecodeSkipToken"),
        ({"managementGroups": ["lab"]}, "InvalidRequestBody"),
        ({"facets": [{"expression": "location"}]}, "InvalidRequestBody"),
        ({"query": 1}, "InvalidRequestBody"),
        ({"query": "resources | wher id"}, "InvalidQueryLanguage"),
    ],
)
def test_refusals_have_details(ask: Ask, body: dict[str, Any], code: str) -> None:
    """All are 400 `BadRequest`; the last of the details says what it is."""
    answer = ask(**{"query": "resources", **body})
    error = answer.json()["error"]

    assert (answer.status_code, error["code"], error["details"][-1]["code"]) == (400, "BadRequest", code)


def test_a_subscription_that_is_not_there_is_left_out(ask: Ask, make_machine: Make) -> None:
    """As long as one is left, nothing is said of the others."""
    make_machine()

    assert ask("count", subscriptions=["00000000-0000-0000-0000-000000000009", SUBSCRIPTION.upper()]).json()["data"]


@pytest.mark.parametrize(("who", "total"), [("reader", 2), ("onboarding", 1), ("stranger", None)])
def test_a_caller_sees_what_it_may_read(arm: Arm, ask: Ask, make_machine: Make, who: str, total: int | None) -> None:
    """The onboarding role reads machines and no extensions; who has no role has nothing to ask."""
    make_machine()
    properties = {"publisher": "Microsoft.Azure.Monitor", "type": "AzureMonitorLinuxAgent"}
    arm("PUT", "{M}/box-1/extensions/e", json={"location": "eastus", "properties": properties}).raise_for_status()
    answer = ask("resources", who=who)

    assert answer.json().get("totalRecords") == total
    assert answer.status_code == (200 if total else 400)


def test_a_role_at_a_machine_shows_that_machine(ask: Ask, make_machine: Make, cloud_store: Store) -> None:
    """A role that somebody has on one machine shows this one alone."""
    make_machine("box-1", 1)
    scope = make_machine("box-2", 2)["id"]
    stranger = cloud_store.first(Principal, "name", "stranger")
    assert stranger is not None
    cloud_store.apply(Transition("roles.put", (granted(scope, ROLES["Reader"].id, stranger, 0.0),)))

    assert [row["name"] for row in ask("resources", who="stranger").json()["data"]] == ["box-2"]


def test_heartbeats_are_taken_while_a_query_runs(
    cloud: Cloud, cloud_store: Store, make_machine: Make, signing_key: TokenKey, token: Callable[..., str]
) -> None:
    """A heartbeat and a new licence that come after a query are answered before it; it gives what was there before."""
    make_machine()
    [machine] = cloud_store.all(Machine)
    others = [msgspec.structs.replace(machine, key=f"{machine.key}-{number}") for number in range(2000)]
    cloud_store.apply(Transition("machines.put", tuple(others)))
    beat = Issuer(cloud_store, signing_key).machine_token(machine, AGENT_SERVICE_APP_ID, cloud_store.clock.now())
    his, arm = f"https://eus.his.arc.azure.com/machine/{machine.vm_id}", "https://management.azure.com"
    query = {"query": "resources | extend x = tostring(properties.status) | summarize n = count() by type, x"}
    after = cloud_store.last

    async def all_three() -> tuple[httpx.Response, ...]:
        mine = {"Authorization": f"Bearer {token()}"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(App(cloud, has_control=False))) as client:
            return await asyncio.gather(
                client.post(f"{arm}/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01",
                            headers=mine, json=query),
                client.post(f"{his}/heartbeat", headers={"Authorization": f"Bearer {beat}"}, json={}),
                client.put(f"{arm}{PLACES['G']}/providers/Microsoft.HybridCompute/licenses/esu?api-version=2026-07-15",
                           headers=mine, json=LICENCE),
            )  # fmt: skip

    answers = asyncio.run(all_three())

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[0].json()["data"] == [
        {"type": "microsoft.hybridcompute/machines", "x": "AwaitingConnection", "n": 2001}
    ]  # fmt: skip
    done = [event.operation for event in cloud_store.since(after) if event.kind == "request"]
    assert sorted(done[:2]) == ["his.heartbeat", "licenses.put"]
    assert done[2:] == ["graph.query"]
