"""Rows and bags whose members are made when a query looks at them, so that one who only counts pays for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any


class Lazy(dict[str, Any]):
    """A dict over a subject. `quick` makes single members; `whole` makes all, when another one is asked for.

    What is written into it stays. To iterate, to measure or to compare makes the whole.
    """

    __slots__ = ("_quick", "_subject", "_whole")

    def __init__(
        self, subject: Any, quick: Mapping[str, Callable[[Any], Any]], whole: Callable[[Any], dict[str, Any]]
    ) -> None:
        self._subject = subject
        self._quick = quick
        self._whole: Callable[[Any], dict[str, Any]] | None = whole

    def __missing__(self, name: str) -> Any:
        make = self._quick.get(name) if self._whole is not None else None
        if make is not None:
            value = self[name] = make(self._subject)
            return value
        if self._whole is None:
            raise KeyError(name)
        self._fill()
        return self[name]

    def __iter__(self) -> Iterator[str]:
        self._fill()
        return super().__iter__()

    def __len__(self) -> int:
        self._fill()
        return super().__len__()

    def __eq__(self, other: object) -> bool:
        self._fill()
        return super().__eq__(other)

    __hash__ = None

    def items(self) -> Any:
        """Give all members, as a dict does."""
        self._fill()
        return super().items()

    def _fill(self) -> None:
        if self._whole is not None:
            whole, self._whole = self._whole, None
            for name, value in whole(self._subject).items():
                self.setdefault(name, value)
