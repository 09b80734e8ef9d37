"""Several requests in one are answered as if each had come alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulator.store import Store

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
SUBSCRIPTION = "/subscriptions/0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg1"
TAGS = f"{GROUP}/providers/Microsoft.Resources/tags/default?api-version=2021-04-01"
MERGED = {"operation": "Merge", "properties": {"tags": {"by": "batch"}}}


def batch(arm: Arm, *requests: dict[str, Any], **options: Any) -> httpx.Response:
    """Send requests together; those without a method are GET."""
    asked = [{"httpMethod": "GET", **each} for each in requests]
    return arm("POST", "/batch", version="2020-06-01", json={"requests": asked}, **options)


def test_each_has_its_own_answer(arm: Arm, make_machine: Make) -> None:
    """In the order of the requests: a path or a whole address, with content or without, good or refused."""
    machine = make_machine()
    told = batch(
        arm, {"url": f"{machine['id']}?api-version=2024-07-10", "name": "one"},
        {"url": f"https://management.azure.com{TAGS}", "httpMethod": "PATCH", "content": MERGED, "name": "two"},
        {"url": f"{GROUP}%39?api-version=2021-04-01"},
    ).json()["responses"]  # fmt: skip

    assert [(each.get("name"), each["httpStatusCode"]) for each in told] == [("one", 200), ("two", 200), (None, 404)]
    assert told[0]["content"]["id"] == machine["id"]
    assert told[0]["headers"]["x-ms-ratelimit-remaining-subscription-global-reads"].isdecimal()
    assert told[1]["content"]["properties"] == {"tags": {"by": "batch"}}
    assert told[2]["content"]["error"]["message"] == "Resource group 'rg19' could not be found."
    assert arm("GET", "{G}").json()["tags"] == {"by": "batch"}


def test_the_journal_has_each(arm: Arm, cloud_store: Store) -> None:
    """So the activity log knows what was written; the batch itself comes last."""
    batch(arm, {"url": TAGS, "httpMethod": "PATCH", "content": MERGED}, {"url": TAGS}).raise_for_status()
    found = [(event.operation, event.status) for event in cloud_store.events if event.kind == "request"]

    assert found == [("tags.patch", 200), ("tags.get", 200), ("arm.batch", 200)]


def test_rights_are_the_callers(arm: Arm) -> None:
    """Who may not ask alone may not ask together."""
    told = batch(arm, {"url": TAGS}, who="stranger")

    assert (told.status_code, told.json()["responses"][0]["httpStatusCode"]) == (200, 403)


def test_faults_strike_each(arm: Arm, control: Arm) -> None:
    """A rule is about what is asked; an answer that is no JSON is a text."""
    wrong = {"effect": "answer", "operation": "tags.get", "status": 502, "body": "bad gateway"}
    control("POST", "faults", json=wrong).raise_for_status()
    told = batch(arm, {"url": TAGS}, {"url": f"{GROUP}?api-version=2021-04-01"}).json()["responses"]

    assert [each["httpStatusCode"] for each in told] == [502, 200]
    assert told[0]["content"] == "bad gateway"


@pytest.mark.parametrize("spoiled", ["{broken", "[" * 5000, "{} {}"], ids=["broken", "deep", "two"])
def test_an_answer_that_only_calls_itself_json(arm: Arm, control: Arm, spoiled: str) -> None:
    """It is a text, and spoils no other one."""
    wrong = {"effect": "answer", "operation": "tags.get", "headers": {"content-type": "application/json"}}
    control("POST", "faults", json={**wrong, "body": spoiled}).raise_for_status()
    told = batch(arm, {"url": TAGS}, {"url": f"{GROUP}?api-version=2021-04-01"}).json()["responses"]

    assert told[0]["content"] == spoiled
    assert told[1]["content"]["name"] == "rg1"


def test_nothing_to_say(arm: Arm) -> None:
    """An answer without a body has no content."""
    told = batch(arm, {"url": f"{GROUP}?api-version=2021-04-01", "httpMethod": "HEAD"}).json()["responses"]

    assert [(each["httpStatusCode"], each["contentLength"], "content" in each) for each in told] == [(204, 0, False)]


@pytest.mark.parametrize(
    "requests",
    [[], [{"url": TAGS}] * 21, [{"url": "/batch?api-version=2020-06-01", "httpMethod": "POST"}], [{"url": "nowhere"}],
     [{"url": "https://login.microsoftonline.com/subscriptions"}], [{"url": "/common/oauth2/token"}],
     [{"url": TAGS, "httpMethod": "TRACE"}], [{"url": 5}],
     [{"url": TAGS}, {"url": "https://[x/subscriptions"}], [{"url": "//[::1/subscriptions"}]],
    ids=["none", "too many", "another batch", "no path", "another host", "another service", "method", "no text",
         "no host", "no address"],
)  # fmt: skip
def test_what_is_no_batch(arm: Arm, cloud_store: Store, requests: list[dict[str, Any]]) -> None:
    """It is refused as a whole, and nothing of it is done."""
    told = batch(arm, *requests)

    assert (told.status_code, told.json()["error"]["code"]) == (400, "InvalidRequestContent")
    assert [event.operation for event in cloud_store.events if event.kind == "request"] == ["arm.batch"]
