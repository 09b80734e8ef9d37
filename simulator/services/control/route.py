"""What the table of addresses says of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from starlette.responses import Response

from simulator.call import Call
from simulator.services.control.lab import Lab

PREFIX = "/_sim"
HTML = str  # the type of an answer that is a page
Handler = Callable[[Lab, Call], Awaitable[Response]]


class Route(NamedTuple):
    """One address. `gives` is the type of the answer, None for none, `HTML` for a page; `problems` are error codes."""

    method: str
    path: str
    handler: Handler
    summary: str
    gives: Any = None
    takes: Any = None
    query: Any = None
    status: int = 200
    problems: tuple[str, ...] = ()
