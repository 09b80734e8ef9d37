"""Ids of requests: random GUIDs that need be unique, not secret."""

from __future__ import annotations

import random

_random = random.Random()  # noqa: S311 - a system call for each id would be a tenth of a request


def new_id() -> str:
    """Give a GUID of version 4."""
    text = f"{_random.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"
