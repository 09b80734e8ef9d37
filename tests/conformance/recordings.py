"""Recorded exchanges with the real Azure, and how one of ours differs from one of them in shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.conformance.exchanges import Exchange

_MAPS = ("tags", "detectedProperties", "settings", "serviceStatuses")  # names of their members are data, not shape
_KINDS = {bool: "boolean", int: "number", float: "number", str: "string", type(None): "null"}


def read_recording(path: Path) -> list[Exchange]:
    """Give the exchanges of a `.compact.jsonl` file in order."""
    return [_exchange(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def _exchange(line: dict[str, Any]) -> Exchange:
    request, response = line["req"], line["resp"]
    body = None if response["body"] == "" else response["body"]
    return Exchange(request["method"], request["url"], request["body"], response["status"], response["headers"], body)


def differences(real: Exchange, ours: Exchange) -> Iterator[str]:
    """Give how our answer differs in status, in names of headers and in the shape of its body.

    `-` is before what only the real one has, `+` before what only ours has.
    """
    if real.status != ours.status:
        yield f"status {ours.status} instead of {real.status}: {ours.body}"
        return
    pairs = (
        (_header_names(real), _header_names(ours)),
        (set(shape_of(_same_items(real.body, ours.body))), set(shape_of(ours.body))),
    )
    for theirs, mine in pairs:
        yield from (f"-{item}" for item in sorted(theirs - mine))
        yield from (f"+{item}" for item in sorted(mine - theirs))


def shape_of(value: Any, pointer: str = "") -> Iterator[str]:
    """Give the members of a JSON value at any depth, each as its place and type; items of a list count as one."""
    if isinstance(value, dict):
        yield f"{pointer or '/'} object"
        for name, member in value.items() if pointer.rpartition("/")[2] not in _MAPS else ():
            yield from shape_of(member, f"{pointer}/{name}")
    elif isinstance(value, list):
        yield f"{pointer or '/'} array"
        for item in value:
            yield from shape_of(item, f"{pointer}/*")
    else:
        yield f"{pointer or '/'} {_KINDS[type(value)]}"


def _header_names(exchange: Exchange) -> set[str]:
    return {f"header {name.lower()}" for name in exchange.headers}


def _same_items(real: Any, ours: Any) -> Any:
    """Give a real list with those of its items that ours has too: other people's machines have other members."""
    if not (isinstance(real, dict) and isinstance(ours, dict) and "value" in real and "value" in ours):
        return real
    ids = {item["id"].lower() for item in ours["value"]}
    same = [item for item in real["value"] if item["id"].lower() in ids]
    return {**real, "value": same or real["value"]}
