"""Lists in pages: `value` and, while there is more, `nextLink`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from simulator.call import Call
from simulator.services.arm.answers import with_body
from simulator.services.arm.names import Parts
from simulator.store import Store
from simulator.tenancy import need_subscription

_GIVEN = re.compile(r"[0-9]{1,9}")  # what a link's token looks like


def paged(
    store: Store, call: Call, parts: Parts, total: int, page: Callable[[int, int], list[dict[str, Any]]]
) -> Response:
    """Give the page of a list that `$skiptoken` asks for; `page` gives bodies, from a number on, at most so many.

    The link keeps what else was asked. Source: recorded lists. Assumed: the size of a page, which the case sets.
    """
    token = call.query("$skiptoken")
    start = int(token) if _GIVEN.fullmatch(token) else 0
    size = need_subscription(store, parts["subscription"]).page_size
    body: dict[str, Any] = {"value": page(start, size)}
    if start + size < total:
        asked = [(name, text) for name, text in call.request.query_params.multi_items() if name.lower() != "$skiptoken"]
        query = urlencode([*asked, ("$skiptoken", start + size)])
        body["nextLink"] = f"https://{call.header('host')}{quote(call.path)}?{query}"
    return with_body(call, body)
