"""The clouds of earlier states: what a `stale` fault lets answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from simulator.resources.entities import EarlierState
from simulator.resources.transition import Transition
from simulator.snapshots import decode
from simulator.store import Store

_C = TypeVar("_C")


class EarlierClouds(Generic[_C]):
    """Builds a cloud over each earlier state that is asked for, once. They share the present cloud's clock.

    `build` puts a cloud together over a store, as the present one was. What a request changes in an earlier cloud is
    never seen in the present one.
    """

    def __init__(self, store: Store, build: Callable[[Store], _C]) -> None:
        self._store = store
        self._build = build
        self._built: dict[str, tuple[EarlierState, _C]] = {}

    def get(self, key: str) -> _C | None:
        """Give the cloud of the state that is kept under a key; None when it is kept no more."""
        self._built = {key: entry for key, entry in self._built.items() if self._is_kept(entry[0])}
        state = self._store.get(EarlierState, key)
        if state is None:
            return None
        if key not in self._built:
            past = Store(None, self._store.clock)
            past.apply(Transition("earlier", tuple(decode(state.entities))))
            self._built[key] = state, self._build(past)
        return self._built[key][1]

    def _is_kept(self, state: EarlierState) -> bool:
        return self._store.get(EarlierState, state.key) is state
