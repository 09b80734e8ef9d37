"""Resource Manager's own description in OpenAPI, made from the table of routes."""

from __future__ import annotations

import re

_PART = re.compile(r"\(\?P<(\w+)>[^)]*\)")


def template_of(pattern: str) -> str:
    """Give a route's pattern as a path with its parts in braces."""
    return _PART.sub(r"{\1}", pattern).replace("\\", "")
