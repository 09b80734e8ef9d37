"""Recorded exchanges with the real Azure, and how one of ours differs from one of them in shape."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.conformance.exchanges import Exchange

#: Members whose names are data, not shape.
_MAPS = ("tags", "detectedProperties", "settings", "serviceStatuses")


def read_recording(path: Path) -> list[Exchange]:
    """Give the exchanges of a `.compact.jsonl` file in order."""
    return [_exchange(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def _exchange(line: dict[str, Any]) -> Exchange:
    request, response = line["req"], line["resp"]
    body = None if response["body"] == "" else response["body"]
    return Exchange(
        request["method"], request["url"], request["body"], response["status"], response["headers"], body
    )  # fmt: skip


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
        kind = {bool: "boolean", int: "number", float: "number", str: "string", type(None): "null"}[type(value)]
        yield f"{pointer or '/'} {kind}"


def differences(real: Exchange, ours: Exchange) -> Iterator[str]:
    """Give how our answer differs in status, in names of headers and in the shape of the body.

    `-` is what only the real one has, `+` what only ours has.
    """
    if real.status != ours.status:
        yield f"status {real.status} is {ours.status}: {ours.body}"
        return
    theirs, mine = _header_names(real), _header_names(ours)
    yield from (f"-header {name}" for name in sorted(theirs - mine))
    yield from (f"+header {name}" for name in sorted(mine - theirs))
    before, after = set(shape_of(_same_items(real.body, ours.body))), set(shape_of(ours.body))
    yield from (f"-{item}" for item in sorted(before - after))
    yield from (f"+{item}" for item in sorted(after - before))


def _header_names(exchange: Exchange) -> set[str]:
    return {name.lower() for name in exchange.headers}


def _same_items(real: Any, ours: Any) -> Any:
    """Give a real list with the items only that ours has too: a list of other people's machines has other members."""
    if not (isinstance(real, dict) and isinstance(ours, dict) and "value" in real and "value" in ours):
        return real
    names = {item["name"].lower() for item in ours["value"]}
    return {**real, "value": [item for item in real["value"] if item["name"].lower() in names]}


def masked(text: str, known: dict[str, str]) -> str:
    """Give an address with the ids of recorded operations replaced by ours."""
    return re.sub("|".join(map(re.escape, known)), lambda match: known[match[0]], text) if known else text
