"""Tags: what is asked of them in a body, and which a filter finds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from simulator.services.arm.odata import Filter


def passes(wanted: Filter, values: Mapping[str, Any], tags: Mapping[str, str]) -> bool:
    """Say whether something with tags passes a filter on `tagName` and `tagValue`, which speak of the same tag."""
    if wanted.is_empty:
        return True
    pairs: Iterable[tuple[str | None, str | None]] = tags.items() or [(None, None)]
    return any(wanted.matches({**values, "tagname": name, "tagvalue": value}) for name, value in pairs)
