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
_Key = tuple[str, str, Kind]
_REMEMBERED = 4096


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
    """Tokens at a moment of lab time; full at first."""

    __slots__ = ("at", "limit", "tokens")

    def __init__(self, limit: RateLimit, now: float) -> None:
        self.limit, self.tokens, self.at = limit, float(limit.size), now

    def fill(self, now: float) -> float:
        """Give the tokens that are there by now; a clock that was set back gives nothing, and counts from there."""
        if now != self.at:
            if now > self.at and self.tokens < self.limit.size:
                self.tokens = min(self.limit.size, self.tokens + (now - self.at) * self.limit.per_s)
            self.at = now
        return self.tokens


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
        self._buckets: dict[_Key, _Bucket] = {}
        self._known: dict[_Key, tuple[_Bucket, _Bucket]] = {}  # by names as they were written

    @property
    def limits(self) -> Throttling:
        """Give what holds now; new limits begin with full buckets."""
        rule = self._store.get(ThrottlingRule, RULE)
        if rule is not self._rule:
            self._rule, self._limits = rule, rule.limits if rule else Throttling()
            self._pairs = _pairs(self._limits)
            self._buckets.clear()
            self._known.clear()
        return self._limits

    def take(self, subscription: str, principal: str, kind: Kind, now: float) -> Taken:
        """Take one token of a principal and one of the subscription, or none of both.

        `subscription` is an id, or the tenant's for requests outside any. `now` is lab time.
        """
        limits = self.limits
        if not limits.enabled:
            own, shared = self._pairs[kind]
            return Taken(own.size - 1, shared.size - 1)
        mine, ours = self._known.get((subscription, principal, kind)) or self._find(subscription, principal, kind, now)
        left, left_to_all = mine.fill(now), ours.fill(now)
        if left < 1 or left_to_all < 1:
            wait_s = max((1 - left) / mine.limit.per_s, (1 - left_to_all) / ours.limit.per_s)
            return Taken(0, 0, max(1, math.ceil(wait_s)))
        mine.tokens = left - 1
        ours.tokens = left_to_all - 1
        return Taken(int(mine.tokens), int(ours.tokens))

    def _find(self, subscription: str, principal: str, kind: Kind, now: float) -> tuple[_Bucket, _Bucket]:
        """Give the buckets of a principal and of all together, whose names come in any case, and remember them."""
        own, shared = self._pairs[kind]
        keys = ((subscription.lower(), principal.lower(), kind), own), ((subscription.lower(), "", kind), shared)
        mine, ours = (self._buckets.setdefault(key, _Bucket(limit, now)) for key, limit in keys)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[subscription, principal, kind] = mine, ours
        return mine, ours
