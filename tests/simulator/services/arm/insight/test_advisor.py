"""Advisor: an old agent is a recommendation until it is upgraded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.clock import Clock
from simulator.resources import machines as machine_rules
from simulator.resources.entities import Machine
from simulator.store import Store

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
Hear = Callable[[str, str], None]
LIST = "{S}/providers/Microsoft.Advisor/recommendations"


@pytest.fixture
def hear(make_machine: Make, cloud_store: Store) -> Hear:
    """Give a function that lets a machine tell its agent's version; the machine is made if it is not there."""
    numbers: dict[str, str] = {}

    def hear(name: str, version: str) -> None:
        if name not in numbers:
            numbers[name] = make_machine(name, len(numbers) + 1)["id"]
        machine = cloud_store.get(Machine, numbers[name])
        assert machine is not None
        cloud_store.apply(machine_rules.heard(machine, {"agentVersion": version}, cloud_store.clock.now()))

    return hear


def listed(arm: Arm, **params: str) -> list[dict[str, Any]]:
    """Give all recommendations."""
    found: list[dict[str, Any]] = arm("GET", LIST, params=params).json()["value"]
    return found


def test_an_old_agent_is_recommended_to_be_upgraded(arm: Arm, hear: Hear) -> None:
    """At the beginning of 2026 the newest release is 1.57; the recommendation goes with the upgrade."""
    hear("box-1", "1.50.02986.239")
    hear("box-2", "1.57.0.1")
    (advice,) = listed(arm)

    assert advice["properties"]["category"] == "HighAvailability"
    assert advice["properties"]["resourceMetadata"]["resourceId"].endswith("/machines/box-1")
    assert advice["properties"]["extendedProperties"]["installedVersion"] == "1.50.02986.239"
    assert advice["properties"]["extendedProperties"]["latestVersion"].startswith("1.57.")
    assert arm("GET", advice["id"]).json()["name"] == advice["name"]

    hear("box-1", "1.57.0.1")

    assert listed(arm) == []
    assert arm("GET", advice["id"]).status_code == 404


def test_a_release_that_comes_out_makes_agents_old(arm: Arm, hear: Hear, clock: Clock) -> None:
    """1.67 is out since August 2026; an agent of 1.9 is older than one of 1.57."""
    hear("box-1", "1.57.0.1")
    hear("box-2", "1.9.0.1")
    before = [item["properties"]["impactedValue"] for item in listed(arm)]
    clock.advance(240 * 86400)

    assert before == ["box-2"]
    assert len(listed(arm)) == 2


def test_a_machine_that_was_never_heard_has_none(arm: Arm, make_machine: Make) -> None:
    """Nothing is known of its agent."""
    make_machine()

    assert listed(arm) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Category eq 'HighAvailability' and ResourceGroup eq 'RG1'", 1),
        ("Category eq 'Cost'", 0),
        ("RecommendationTypeGuid eq '9d5717d2-4708-4e3f-bdda-93b3e6f1715b'", 1),
    ],
)
def test_filter(arm: Arm, hear: Hear, text: str, count: int) -> None:
    """The documented properties can be filtered by."""
    hear("box-1", "1.50.0.1")

    assert len(listed(arm, **{"$filter": text})) == count


def test_pages(arm: Arm, hear: Hear) -> None:
    """A page has as many as the case says; the link keeps the filter."""
    for number in range(4):
        hear(f"box-{number}", "1.50.0.1")
    first = arm("GET", LIST, params={"$filter": "Category eq 'HighAvailability'"}).json()
    second = arm("GET", first["nextLink"]).json()

    assert (len(first["value"]), len(second["value"]), "nextLink" in second) == (3, 1, False)


def test_generating_is_done_at_the_first_poll(arm: Arm) -> None:
    """202 with an address that gives 204; another one is unknown."""
    begun = arm("POST", "{S}/providers/Microsoft.Advisor/generateRecommendations")
    place = begun.headers["location"]

    assert (begun.status_code, arm("GET", place).status_code) == (202, 204)
    assert arm("GET", "{S}/providers/Microsoft.Advisor/generateRecommendations/x").status_code == 404


def test_a_recommendation_is_postponed(arm: Arm, hear: Hear, clock: Clock) -> None:
    """A suppression is shown with the recommendation until it ends."""
    hear("box-1", "1.50.0.1")
    place = listed(arm)[0]["id"] + "/suppressions/later"
    made = arm("PUT", place, json={"properties": {"ttl": "07:00:00:00"}})
    number = made.json()["properties"]["suppressionId"]

    assert made.json()["properties"]["expirationTimeStamp"].startswith("2026-01-08T00:00:00")
    assert listed(arm)[0]["properties"]["suppressionIds"] == [number]
    assert arm("GET", place).json() == made.json()
    assert len(arm("GET", "{S}/providers/Microsoft.Advisor/suppressions").json()["value"]) == 1

    clock.advance(7 * 86400)

    assert "suppressionIds" not in listed(arm)[0]["properties"]
    assert arm("GET", place).status_code == 404
    assert arm("GET", "{S}/providers/Microsoft.Advisor/suppressions").json()["value"] == []


def test_a_recommendation_is_dismissed_and_seen_again(arm: Arm, hear: Hear, clock: Clock) -> None:
    """Without a time to live a suppression does not end; it can be taken away, twice."""
    hear("box-1", "1.50.0.1")
    place = listed(arm)[0]["id"] + "/suppressions/never"
    arm("PUT", place, json={"properties": {}}).raise_for_status()
    clock.advance(365 * 86400)
    held = listed(arm)[0]["properties"]["suppressionIds"]

    assert [arm("DELETE", place).status_code for _ in range(2)] == [204, 204]
    assert (len(held), "suppressionIds" in listed(arm)[0]["properties"]) == (1, False)


def test_a_suppression_that_cannot_be(arm: Arm, hear: Hear) -> None:
    """Its time has a form, and its recommendation is there."""
    hear("box-1", "1.50.0.1")
    place = listed(arm)[0]["id"]

    assert arm("PUT", f"{place}/suppressions/x", json={"properties": {"ttl": "soon"}}).status_code == 400
    assert arm("PUT", f"{place[:-1]}x/suppressions/x", json={}).status_code == 404


def test_a_deleted_machine_takes_its_suppressions_along(arm: Arm, hear: Hear) -> None:
    """A machine of the same name begins anew."""
    hear("box-1", "1.50.0.1")
    arm("PUT", listed(arm)[0]["id"] + "/suppressions/x", json={}).raise_for_status()
    arm("DELETE", "{M}/box-1").raise_for_status()

    assert arm("GET", "{S}/providers/Microsoft.Advisor/suppressions").json()["value"] == []


def test_advice_is_a_table_of_resource_graph(arm: Arm, hear: Hear) -> None:
    """The same recommendations can be queried."""
    hear("box-1", "1.50.0.1")
    body = {"query": "advisorresources | project id, of = properties.impactedValue"}
    row = arm("POST", "/providers/Microsoft.ResourceGraph/resources", version="2022-10-01", json=body).json()["data"][0]

    assert row == {"id": listed(arm)[0]["id"], "of": "box-1"}


def test_who_may_not_read_may_not_suppress(arm: Arm, hear: Hear) -> None:
    """A reader sees recommendations and leaves them as they are."""
    hear("box-1", "1.50.0.1")
    place = listed(arm)[0]["id"]

    assert arm("GET", place, who="reader").status_code == 200
    assert arm("PUT", f"{place}/suppressions/x", who="reader", json={}).status_code == 403
    assert arm("GET", LIST, who="stranger").status_code == 403
