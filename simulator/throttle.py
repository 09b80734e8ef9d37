"""How many requests Resource Manager takes: buckets of tokens that fill up by themselves, by lab time.

Source: since 2024 there is a bucket for each subscription, principal and kind of request, and one of 15 times its size
for all principals together. The limits are a value in the store; how full buckets are is in memory: a cloud that starts
again has full ones.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

from simulator.contract import RateLimit, Throttling
from simulator.resources.entities import ThrottlingRule
from simulator.store import Store

RULE = "arm"
_SHARED = 15  # Source: the limit of a whole subscription is 15 times that of a principal

Kind = Literal["reads", "writes", "deletes"]


def mistake_in(limits: Throttling) -> str:
    """Say what is wrong with limits that cannot be kept; an empty text when nothing is."""
    for kind in ("reads", "writes", "deletes"):
        limit: RateLimit = getattr(limits, kind)
        if limit.size < 1 or not 0 < limit.per_s < math.inf:
            return f"the {kind} have a bucket of {limit.size} with {limit.per_s} a second; both are more than 0"
    return ""


class Taken(NamedTuple):
    """What is left after a request, for its principal and for the whole subscription; `wait_s` is 0 if it was taken."""

    own: int
    shared: int
    wait_s: int = 0


class _Bucket:
    """Tokens at a moment of lab time."""

    __slots__ = ("at", "tokens")

    def __init__(self, size: int, now: float) -> None:
        self.tokens, self.at = float(size), now


def _pairs(limits: Throttling) -> dict[Kind, tuple[RateLimit, RateLimit]]:
    """Give the limit of a principal and that of a whole subscription, for each kind."""
    own: dict[Kind, RateLimit] = {"reads": limits.reads, "writes": limits.writes, "deletes": limits.deletes}
    return {kind: (limit, RateLimit(limit.size * _SHARED, limit.per_s * _SHARED)) for kind, limit in own.items()}


class Throttle:
    """Counts the requests of one cloud."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rule: ThrottlingRule | None = None
        self._limits = Throttling()
        self._pairs = _pairs(self._limits)
        self._buckets: dict[tuple[str, str, Kind], _Bucket] = {}

    @property
    def limits(self) -> Throttling:
        """Give what holds now; new limits begin with full buckets."""
        rule = self._store.get(ThrottlingRule, RULE)
        if rule is not self._rule:
            self._rule, self._limits = rule, rule.limits if rule else Throttling()
            self._pairs = _pairs(self._limits)
            self._buckets.clear()
        return self._limits

    def take(self, subscription: str, principal: str, kind: Kind, now: float) -> Taken:
        """Take one token of a principal and one of the subscription, or none of both.

        `subscription` is an id, or the tenant's for requests outside any. `now` is lab time.
        """
        limits = self.limits
        own, shared = self._pairs[kind]
        if not limits.enabled:
            return Taken(own.size - 1, shared.size - 1)
        subscription = subscription.lower()
        mine = self._filled((subscription, principal.lower(), kind), own, now)
        ours = self._filled((subscription, "", kind), shared, now)
        if mine.tokens < 1 or ours.tokens < 1:
            wait_s = max((1 - mine.tokens) / own.per_s, (1 - ours.tokens) / shared.per_s)
            return Taken(0, 0, max(1, math.ceil(wait_s)))
        mine.tokens -= 1
        ours.tokens -= 1
        return Taken(int(mine.tokens), int(ours.tokens))

    def _filled(self, key: tuple[str, str, Kind], limit: RateLimit, now: float) -> _Bucket:
        """Give a bucket, as full as it is by now."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(limit.size, now)
        elif now != bucket.at:  # a clock that was set back gives nothing, and counts from there
            bucket.tokens = min(limit.size, bucket.tokens + max(0.0, now - bucket.at) * limit.per_s)
            bucket.at = now
        return bucket
