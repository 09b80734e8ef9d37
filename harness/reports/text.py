"""Texts for reports: what machines printed made harmless, values and durations in words."""

from __future__ import annotations

import json
import re
from typing import Any

from harness.model.record import Observation, Outcome

MARKS: dict[Outcome, str] = {"pass": "✓", "fail": "✗", "error": "!", "skip": "-"}
WORDS: dict[Outcome, str] = {"pass": "passed", "fail": "failed", "error": "broken", "skip": "skipped"}
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_BROKEN = re.compile("[\ud800-\udfff\ufffe\uffff\x7f-\x9f]|[\U0001fffe\U0001ffff]")
_PICTURES = {code: 0x2400 + code for code in range(0x20) if code not in (0x09, 0x0A)}
_UNCLEAR = re.compile(r'^$|^\s|\s$|: |[\x00-\x1f"{}\[\],]')  # within a list or mapping


def visible(text: str) -> str:
    """Give a text that XML and HTML may hold: colours removed, control characters as their pictures (`␀`)."""
    flat = _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _BROKEN.sub("\ufffd", flat.translate(_PICTURES))


def clipped(text: str, limit: int) -> str:
    """Give a text of at most about `limit` characters; a longer one loses its middle and says how much."""
    if len(text) <= limit:
        return text
    left = limit // 2
    return f"{text[:left]}\n[... {len(text) - 2 * left} characters left out ...]\n{text[-left:]}"


def counted(number: int, noun: str) -> str:
    """Give `1 case`, `2 cases`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def one_line(text: str, limit: int) -> str:
    """Give a text as one line of at most `limit` characters."""
    line = " ".join(visible(text).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def value_text(value: Any) -> str:
    """Give a JSON value as a scenario file would write it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_inner(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_inner(item) for item in value) + "]"
    return str(value) if value != "" else '""'


def _inner(value: Any) -> str:
    if isinstance(value, str) and _UNCLEAR.search(value):
        return json.dumps(value, ensure_ascii=False)
    return value_text(value)


def seen_text(observation: Observation) -> str:
    """Give what was seen; "not there" and "could not look" are told apart."""
    if observation.state == "unreadable":
        return f"unreadable: {observation.detail}" if observation.detail else "unreadable"
    if observation.state == "absent" and observation.value in (None, "absent"):
        return f"absent ({observation.detail})" if observation.detail else "absent"
    return value_text(observation.value) + (f" ({observation.detail})" if observation.detail else "")


def duration_text(seconds: float) -> str:
    """Give a duration: `0.04 s`, `12.3 s`, `4 min 05 s`, `2 h 03 min`."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
