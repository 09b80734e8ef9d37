"""`$filter` of Microsoft Graph, as far as its clients use it: names that are equal, begin alike, or are among others.

Source: the filters that the CLI and the portal write. Others are refused, as Graph refuses what it has no index for.
"""

from __future__ import annotations

import re
from typing import Any

from simulator.errors import ApiError

_TEXT = r"'(?P<text>(?:[^']|'')*)'"
_FORMS = (
    re.compile(rf"^(?P<name>\w+)\s+(?P<how>eq)\s+{_TEXT}$"),
    re.compile(rf"^(?P<how>startswith)\(\s*(?P<name>\w+)\s*,\s*{_TEXT}\s*\)$", re.IGNORECASE),
    re.compile(rf"^(?P<name>\w+)/(?P<how>any)\(\s*(\w+)\s*:\s*\3\s+eq\s+{_TEXT}\s*\)$", re.IGNORECASE),
)
_WORD = re.compile(r"\s+(and|or)\s+(?=(?:[^']*'[^']*')*[^']*$)", re.IGNORECASE)  # outside of quotes


def is_chosen(one: dict[str, Any], text: str) -> bool:
    """Say whether a filter chooses an object; an empty one chooses all. Raises: ApiError 400."""
    if not text.strip():
        return True
    clauses = _WORD.split(text.strip())
    words = {word.lower() for word in clauses[1::2]}
    if len(words) > 1:
        raise _unsupported(text)
    found = [_holds(one, clause, text) for clause in clauses[::2]]
    return any(found) if words == {"or"} else all(found)


def _holds(one: dict[str, Any], clause: str, whole: str) -> bool:
    match = next((match for form in _FORMS if (match := form.match(clause.strip()))), None)
    if match is None:
        raise _unsupported(whole)
    value, wanted = one.get(match["name"]), match["text"].replace("''", "'").lower()
    if match["how"].lower() == "any":
        return isinstance(value, list) and wanted in (str(each).lower() for each in value)
    if value is None:
        return False
    told = str(value).lower()
    return told == wanted if match["how"] == "eq" else told.startswith(wanted)


def _unsupported(text: str) -> ApiError:
    return ApiError(400, "Request_UnsupportedQuery", f"Unsupported or invalid query filter clause specified: {text}.")
