"""The `if` of a policy rule."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.policy.conditions import field_of, holds, types_of
from simulator.policy.expressions import ExpressionError

KIND = "Microsoft.HybridCompute/machines"
PROPERTIES = {"osName": "linux", "agentUpgrade": {"enableAutomaticUpgrade": False}, "cores": 4}
MACHINE = {"type": KIND, "name": "box-1", "location": "eastus", "tags": {"Env": "prod"}, "properties": PROPERTIES}


@pytest.mark.parametrize(
    ("condition", "is_so"),
    [
        ({"field": "type", "equals": KIND.upper()}, True),
        ({"field": f"{KIND}/osName", "notEquals": "windows"}, True),
        ({"field": "location", "in": ["EastUS", "westus"]}, True),
        ({"field": "name", "like": "BOX-*"}, True),
        ({"field": "name", "notLike": "box-*"}, False),
        ({"field": "tags.env", "equals": "prod"}, True),
        ({"field": "tags['env']", "exists": "false"}, False),
        ({"field": "tags", "containsKey": "ENV"}, True),
        ({"field": f"{KIND}/agentUpgrade.enableAutomaticUpgrade", "notEquals": True}, True),
        ({"field": f"{KIND}/agentUpgrade.enableAutomaticUpgrade", "equals": "false"}, True),
        ({"field": f"{KIND}/nothing", "exists": False}, True),
        ({"field": f"{KIND}/nothing", "notEquals": "x"}, True),
        ({"field": f"{KIND}/nothing", "less": 3}, False),
        ({"field": f"{KIND}/cores", "greaterOrEquals": 4}, True),
        ({"field": f"{KIND}/cores", "less": "5"}, False),
        ({"field": "Microsoft.Compute/virtualMachines/osName", "exists": True}, False),
        ({"value": "[field('x')]", "equals": "f"}, True),
        ({"not": {"field": "name", "contains": "ox"}}, False),
        ({"anyOf": [{"field": "name", "equals": "x"}, {"allOf": [{"field": "name", "contains": "BOX"}]}]}, True),
        ({"allOf": [{"field": "name", "equals": "box-1"}, {"field": "name", "notIn": ["box-1"]}]}, False),
    ],
)
def test_conditions(condition: dict[str, Any], is_so: bool) -> None:
    """Texts do not mind case; a field that is not there is null."""
    assert holds(condition, MACHINE, {"field": lambda _: "f"}) is is_so


@pytest.mark.parametrize("condition", [{}, [], {"field": "name"}, {"equals": 1}, {"allOf": 3}, {"not": None}])
def test_what_is_no_condition_is_refused(condition: Any) -> None:
    """It says what is missing."""
    with pytest.raises(ExpressionError):
        holds(condition, MACHINE, {})


def test_types_that_a_condition_names() -> None:
    """In lower case, from wherever they stand."""
    assert types_of({"allOf": [{"field": "type", "equals": KIND}, {"field": "name", "equals": "x"}]}) == {KIND.lower()}
    assert types_of({"anyOf": [{"field": "type", "in": ["A/b", "A/c"]}]}) == {"a/b", "a/c"}
    assert types_of({"field": "name", "equals": "x"}) == set()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just("[field('name')]"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(
        st.sampled_from(["allOf", "anyOf", "not", "field", "value", "equals", "in", "like", "less", "exists"]), inner,
        max_size=3,
    ),
)  # fmt: skip


@given(_JSON)
def test_any_json_is_a_condition_or_refused(condition: Any) -> None:
    """Whatever a client puts into a definition, nothing else happens."""
    with contextlib.suppress(ExpressionError):
        assert holds(condition, MACHINE, {"field": lambda name: field_of(MACHINE, name)}) in (True, False)
