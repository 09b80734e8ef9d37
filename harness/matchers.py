"""Compare what was expected with what was seen: pure functions, each gives an empty text or what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.model.expectation import Range, Text


def text_mismatch(expected: Text, seen: str) -> str:
    """Say how a text differs from what it should hold."""
    problems: list[str] = []
    if expected.equals is not None and seen.strip() != expected.equals.strip():
        problems.append(f"is not '{expected.equals}'")
    problems.extend(f"lacks '{word}'" for word in _words(expected.contains) if word not in seen)
    problems.extend(f"has '{word}'" for word in _words(expected.lacks) if word in seen)
    if expected.matches and not re.search(expected.matches, seen, re.MULTILINE):
        problems.append(f"does not match '{expected.matches}'")
    return "; ".join(problems)


def _words(words: str | tuple[str, ...]) -> Iterable[str]:
    return (words,) if isinstance(words, str) else words


def number_mismatch(expected: int | Range, seen: int) -> str:
    """Say how a number differs from a number or a range."""
    if isinstance(expected, int):
        return "" if seen == expected else f"is {seen}, not {expected}"
    low = expected.min if expected.min is not None else 0
    if seen < low:
        return f"is {seen}, less than {low}"
    if expected.max is not None and seen > expected.max:
        return f"is {seen}, more than {expected.max}"
    return ""


def exit_mismatch(expected: int | tuple[int, ...] | str, seen: int | None) -> str:
    """Say how an exit status differs; None is a command that did not end."""
    if seen is None:
        return "did not end in time"
    if expected == "any":
        return ""
    if expected == "nonzero":
        return "is 0" if seen == 0 else ""
    allowed = (expected,) if isinstance(expected, int) else expected
    return "" if seen in allowed else f"is {seen}, not {' or '.join(str(code) for code in allowed)}"
