"""`$filter` of Microsoft Graph, as far as its clients use it: names that are equal, begin alike, or are among others.

Source: the filters that the CLI and the portal write. Others are refused, as Graph refuses what it has no index for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from simulator.errors import ApiError

_Object = dict[str, Any]
_TEXT = r"'(?P<text>(?:[^']|'')*)'"
_FORMS = (
    re.compile(rf"(?P<name>\w+)\s+(?P<how>eq)\s+{_TEXT}"),
    re.compile(rf"(?P<how>startswith)\(\s*(?P<name>\w+)\s*,\s*{_TEXT}\s*\)", re.IGNORECASE),
    re.compile(
        rf"(?P<name>\w+)/(?P<how>any)\(\s*(?P<each>\w+)\s*:\s*(?P=each)\s+eq\s+{_TEXT}\s*\)", re.IGNORECASE
    ),
)  # fmt: skip
_JOINT = re.compile(r"\s+(?P<word>and|or)\s+|\Z", re.IGNORECASE)


def read_filter(text: str, like: _Object) -> Callable[[_Object], bool]:
    """Give what says whether a filter chooses an object; an empty filter chooses all.

    `like` has the members of such objects, lists where they have lists. Raises: ApiError 400.
    Assumed: the case of members' names does not matter.
    """
    rest, at = text.strip(), 0
    names = {name.lower(): name for name in like}
    clauses, words = [], set()
    while at < len(rest):
        match = next((match for form in _FORMS if (match := form.match(rest, at))), None)
        joint = _JOINT.match(rest, match.end()) if match else None
        name = names.get(match["name"].lower()) if match else None
        if match is None or joint is None or name is None:
            raise _unsupported(text)
        how, wanted = match["how"].lower(), match["text"].replace("''", "'").lower()
        if isinstance(like[name], list) is not (how == "any"):
            raise _unsupported(text)
        clauses.append((name, how, wanted))
        words |= {joint["word"].lower()} if joint["word"] else set()
        at = joint.end()
    if len(words) > 1:
        raise _unsupported(text)
    join = any if words == {"or"} else all
    return lambda one: join(_holds(one[name], how, wanted) for name, how, wanted in clauses)


def _holds(value: Any, how: str, wanted: str) -> bool:
    if how == "any":
        return wanted in (str(each).lower() for each in value)
    told = str(value).lower()
    return value is not None and (told == wanted if how == "eq" else told.startswith(wanted))


def _unsupported(text: str) -> ApiError:
    return ApiError(400, "Request_UnsupportedQuery", f"Unsupported or invalid query filter clause specified: {text}.")
