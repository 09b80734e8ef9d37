"""`$expand` has one value."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from simulator.call import Call
from simulator.errors import ApiError
from simulator.services.arm.expansion import wants_instance_view


def asked(query: str) -> Call:
    """Give a call with a query."""
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": query.encode(), "headers": []}
    return Call(Request(scope), "", 0.0)


@pytest.mark.parametrize(("query", "expected"), [("", False), ("%24expand=", False), ("$EXPAND=InstanceView", True)])
def test_values(query: str, expected: bool) -> None:
    """Case does not matter, in the name or in the value."""
    assert wants_instance_view(asked(query)) == expected


def test_another_value_is_refused() -> None:
    """The refusal names it."""
    with pytest.raises(ApiError) as caught:
        wants_instance_view(asked("$expand=all"))

    assert (caught.value.status, "'all'" in caught.value.message) == (400, True)
