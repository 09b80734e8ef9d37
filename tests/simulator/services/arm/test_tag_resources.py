"""Tags as a resource, at any scope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
TAGS = "/providers/Microsoft.Resources/tags/default"


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def body(operation: str = "", **tags: str) -> dict[str, Any]:
    """Give the body of a change."""
    return {"properties": {"tags": tags}} | ({"operation": operation} if operation else {})


@pytest.mark.parametrize("scope", ["{S}", "{G}", "{M}/box-1"], ids=["subscription", "group", "machine"])
def test_tags_of_anything(arm: Arm, make_machine: Make, scope: str) -> None:
    """They are put, merged, deleted by name and value, replaced and taken away; the thing itself shows them."""
    make_machine()
    seen = [arm("GET", scope + TAGS).json()["properties"]["tags"]]
    steps = [
        ("PUT", body(a="1", b="2")), ("PATCH", body("Merge", A="3", c="4")), ("PATCH", body("Delete", b="x", C="4")),
        ("PATCH", body("replace", d="5")),
    ]  # fmt: skip
    for method, change in steps:
        answer = arm(method, scope + TAGS, json=change)
        seen.append(answer.json()["properties"]["tags"])
        assert arm("GET", scope).json()["tags"] == seen[-1]
    gone = arm("DELETE", scope + TAGS)

    assert seen == [{}, {"a": "1", "b": "2"}, {"b": "2", "A": "3", "c": "4"}, {"b": "2", "A": "3"}, {"d": "5"}]
    assert (gone.status_code, arm("GET", scope).json().get("tags", {})) == (200, {})
    assert arm("GET", scope + TAGS).json()["id"] == arm("GET", scope).json()["id"] + TAGS


@pytest.mark.parametrize(
    ("method", "change", "expected"),
    [
        ("PATCH", body("Explode", a="1"), "InvalidRequestContent"), ("PATCH", body(a="1"), "InvalidRequestContent"),
        ("PUT", {"properties": {"tags": ["a"]}}, "InvalidRequestContent"),
        ("PUT", {"properties": "x"}, "InvalidRequestContent"),
        ("PUT", body(**{f"t{number}": "" for number in range(51)}), "TooManyTags"),
    ],
)  # fmt: skip
def test_what_cannot_be_done(arm: Arm, method: str, change: dict[str, Any], expected: str) -> None:
    """A mistake is refused and changes nothing."""
    assert code(arm(method, "{G}" + TAGS, json=change)) == (400, expected)
    assert arm("GET", "{G}" + TAGS).json()["properties"] == {"tags": {}}


def test_a_scope_that_is_not_there(arm: Arm) -> None:
    """Nothing has no tags."""
    assert code(arm("GET", "{M}/none" + TAGS)) == (404, "ResourceNotFound")


@pytest.mark.parametrize(("who", "expected"), [("owner", 200), ("reader", 403), ("onboarding", 403)])
def test_who_may_tag(arm: Arm, who: str, expected: int) -> None:
    """Tagging needs an action of its own."""
    assert arm("PUT", "{G}" + TAGS, who=who, json=body(a="1")).status_code == expected


def test_names_in_use(arm: Arm, make_machine: Make) -> None:
    """Each name is listed once with its values and how often they are used, in groups and on resources."""
    make_machine("box-1", 1, tags={"env": "prod", "team": "blue"})
    make_machine("box-2", 2, tags={"env": "test"})
    arm("PUT", "{G}" + TAGS, json=body(env="prod")).raise_for_status()
    found = {
        item["tagName"]: (item["count"]["value"], {one["tagValue"]: one["count"]["value"] for one in item["values"]})
        for item in arm("GET", "{S}/tagNames").json()["value"]
    }

    assert found == {"env": (3, {"prod": 2, "test": 1}), "team": (1, {"blue": 1})}
