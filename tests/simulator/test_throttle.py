"""Buckets of tokens: what they give, when they are full again, whose they are."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.clock import OffsetClock
from simulator.contract import RateLimit, Throttling
from simulator.resources.entities import ThrottlingRule
from simulator.resources.transition import Transition
from simulator.store import Store
from simulator.throttle import RULE, Throttle, mistake_in


def limited(store: Store, limits: Throttling) -> Throttle:
    """Give a throttle with these limits."""
    store.apply(Transition("t", (ThrottlingRule(key=RULE, limits=limits),)))
    return Throttle(store)


def test_an_empty_bucket_fills_up(store: Store) -> None:
    """The last token is taken, the next one comes with time, never more than the bucket holds."""
    throttle = limited(store, Throttling(reads=RateLimit(2, 0.5)))
    taken = [throttle.take("s", "p", "reads", now) for now in (0, 0, 0, 1.9, 2, 2, 1000, 1000, 1000)]

    assert [(left.own, left.wait_s) for left in taken] == [
        (1, 0), (0, 0), (0, 2), (0, 1), (0, 0), (0, 2), (1, 0), (0, 0), (0, 2),
    ]  # fmt: skip


def test_a_clock_that_is_set_back_gives_nothing_and_goes_on(store: Store) -> None:
    """An hour back: the wait that was told is what it takes."""
    throttle = limited(store, Throttling(reads=RateLimit(1, 0.5)))
    waits = [throttle.take("s", "p", "reads", now).wait_s for now in (3600, 3600, 0, 2)]

    assert waits == [0, 2, 2, 0]


def test_whose_a_bucket_is(store: Store) -> None:
    """Subscriptions, principals and kinds have buckets of their own; the case of ids does not matter."""
    throttle = limited(store, Throttling(reads=RateLimit(1, 1), writes=RateLimit(1, 1)))
    throttle.take("s", "p", "reads", 0)

    assert throttle.take("S", "P", "reads", 0).wait_s == 1
    assert throttle.take("s", "q", "reads", 0).wait_s == 0
    assert throttle.take("t", "p", "reads", 0).wait_s == 0
    assert throttle.take("s", "p", "writes", 0).wait_s == 0


def test_all_principals_together_have_fifteen_times_as_much(store: Store) -> None:
    """The sixteenth principal finds the subscription's bucket empty, and its own one is not touched."""
    throttle = limited(store, Throttling(reads=RateLimit(1, 0.1)))
    taken = [throttle.take("s", f"p{number}", "reads", 0) for number in range(16)]

    assert [left.shared for left in taken[:3]] == [14, 13, 12]
    assert [left.wait_s for left in taken] == [0] * 15 + [1]
    assert throttle.take("s", "p15", "reads", 0.7).wait_s == 0


def test_switched_off(store: Store) -> None:
    """Without throttling everything is taken."""
    throttle = limited(store, Throttling(enabled=False, reads=RateLimit(1, 1)))

    assert [throttle.take("s", "p", "reads", 0).wait_s for _ in range(3)] == [0, 0, 0]


def test_new_limits_begin_with_full_buckets(store: Store) -> None:
    """Who was refused may go on as soon as the limits are set anew."""
    throttle = limited(store, Throttling(reads=RateLimit(1, 1)))
    for _ in range(2):
        throttle.take("s", "p", "reads", 0)
    store.apply(Transition("t", (ThrottlingRule(key=RULE, limits=Throttling(reads=RateLimit(5, 1))),)))

    assert throttle.take("s", "p", "reads", 0).own == 4


@given(st.lists(st.floats(0, 5), max_size=30), st.integers(1, 4), st.floats(0.1, 3))
def test_never_more_than_promised(steps: list[float], size: int, per_s: float) -> None:
    """In any time no more is taken than the bucket held and got; who waits as told is taken."""
    throttle = limited(Store(None, OffsetClock()), Throttling(reads=RateLimit(size, per_s)))
    now, taken = 0.0, 0
    for step in steps:
        now += step
        left = throttle.take("s", "p", "reads", now)
        if left.wait_s:
            now += left.wait_s
            left = throttle.take("s", "p", "reads", now)
        assert left.wait_s == 0
        taken += 1

    assert taken <= size + now * per_s + 1e-6


@pytest.mark.parametrize("limit", [RateLimit(0, 1), RateLimit(1, 0), RateLimit(1, -1), RateLimit(1, float("inf"))])
@pytest.mark.parametrize("kind", ["reads", "writes", "deletes"])
def test_limits_that_cannot_be_kept(kind: str, limit: RateLimit) -> None:
    """A bucket holds something, and something comes again."""
    assert mistake_in(msgspec.structs.replace(Throttling(), **{kind: limit})).startswith(f"the {kind} have a bucket of")
    assert mistake_in(Throttling()) == ""
