"""Faults that cannot be are refused when they are armed, and what can be is not."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from simulator.contract import Fault
from simulator.errors import BadInput
from simulator.faults.check import check


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"effect": "http_error", "status": 200}, "'status' is 200; it has to be 400 to 599 with http_error."),
        ({"effect": "http_error", "status": 600}, "'status' is 600"),
        ({"effect": "answer", "status": 101}, "'status' is 101; it has to be 200 to 599 with answer."),
        ({"effect": "answer", "status": 204, "body": "x"}, "'body' is 'x'; it has to be absent with status 204."),
        ({"effect": "answer", "headers": {"a b": "c"}}, "'headers' is 'a b'"),
        ({"effect": "answer", "headers": {"Content-Length": "1"}}, "'headers' is 'Content-Length'"),
        ({"effect": "answer", "headers": {"a": "b\r\nc: d"}}, "'headers.a' is 'b"),
        ({"effect": "latency", "delay_s": -1}, "'delay_s' is -1; it has to be 0 to 3600."),
        ({"effect": "latency", "delay_s": math.inf}, "'delay_s' is inf"),
        ({"effect": "drop", "first": -1}, "'first' is -1; it has to be 0 or more."),
        ({"effect": "drop", "after": -1}, "'after' is -1"),
        ({"effect": "drop", "every": 0}, "'every' is 0; it has to be 1 or more."),
        ({"effect": "drop", "probability": 1.5}, "'probability' is 1.5"),
        ({"effect": "drop", "probability": math.nan}, "'probability' is nan"),
        ({"effect": "http_error", "retry_after_s": -1}, "'retry_after_s' is -1"),
        ({"effect": "truncate", "keep_share": 1.0}, "'keep_share' is 1.0"),
        ({"effect": "drip", "piece_bytes": 0}, "'piece_bytes' is 0"),
        ({"effect": "drop", "begins": "soon"}, "'begins' is 'soon'"),
        ({"effect": "drop", "ends": "2026-01-01"}, "'ends' is '2026-01-01'"),
        ({"effect": "drop", "begins": "2026-01-01T00:00:00Z", "ends": "2026-01-01T00:00:00Z"}, "later than 'begins'"),
    ],
)  # fmt: skip
def test_impossible_faults(members: dict[str, Any], text: str) -> None:
    """The member, what it is and what it may be are named."""
    with pytest.raises(BadInput) as caught:
        check(Fault(**members))

    assert caught.value.reference == "fault"
    assert text in caught.value.message


@given(some.builds(Fault, status=some.integers(400, 503), headers=some.dictionaries(some.text(), some.text())))
def test_any_fault_is_taken_or_refused(fault: Fault) -> None:
    """Nothing that the body's shape allows makes it crash; what is taken can be kept."""
    with contextlib.suppress(BadInput):
        check(fault)
        assert fault == msgspec.json.decode(msgspec.json.encode(fault), type=Fault)
