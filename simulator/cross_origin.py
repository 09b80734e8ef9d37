"""What browsers need to let pages of other sites ask Resource Manager and Entra (CORS).

Source: the Fetch standard. Assumed: that both let any page ask, which has to bring its own token; the names of headers
and the age of what was allowed.
"""

from __future__ import annotations

from starlette.responses import Response

from simulator.call import Answer, Call

#: What a browser's question beforehand is called in the journal, and by faults.
PREFLIGHT = "cors.preflight"
_PAGES = ("entra.sign-in", "entra.authorize")  # for people; no other page may read them
_ANY = (b"access-control-allow-origin", b"*")
_DAY_S = "86400"


def is_open(call: Call) -> bool:
    """Say whether a page of another site asks for what it may have; the host has been found to be open to pages."""
    return bool(call.header("origin")) and call.operation not in _PAGES


def is_preflight(call: Call) -> bool:
    """Say whether a browser asks beforehand what a page may send."""
    return call.method == "OPTIONS" and bool(call.header("access-control-request-method"))


def preflight(call: Call) -> Response:
    """Answer a browser that asks beforehand."""
    headers = {
        "Access-Control-Allow-Methods": call.header("access-control-request-method"),
        "Access-Control-Max-Age": _DAY_S,
    }
    names = call.header("access-control-request-headers")
    return Answer(b"", 200, headers | ({"Access-Control-Allow-Headers": names} if names else {}))


def open_answer(response: Response) -> None:
    """Let a page of any site read an answer, all of its headers too."""
    response.raw_headers += [_ANY, (b"access-control-expose-headers", b"*")]
