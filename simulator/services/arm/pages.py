"""Lists in pages: `value` and, while there is more, `nextLink`.

A link says behind which key the next page begins, so that nothing is left out or told twice where something was made or
deleted meanwhile.
"""

from __future__ import annotations

import base64
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from starlette.responses import Response

from simulator.call import Call
from simulator.resources.entities import Entity
from simulator.services.arm.answers import with_body
from simulator.services.arm.names import Parts
from simulator.store import Store
from simulator.tenancy import need_subscription

_T = TypeVar("_T")


def paged(
    store: Store, call: Call, parts: Parts, found: Sequence[_T], *, key: Callable[[_T], str], show: Callable[[_T], Any]
) -> Response:
    """Give the page of a list that `$skiptoken` asks for. `found` is in the order of `key`, a text in lower case."""

    def page(after: str, limit: int) -> Sequence[_T]:
        start = bisect_right(found, after, key=key)
        return found[start : start + limit]

    return paged_from(store, call, parts, page, key=key, show=show)


def paged_from(
    store: Store,
    call: Call,
    parts: Parts,
    page: Callable[[str, int], Sequence[_T]],
    *,
    key: Callable[[_T], str],
    show: Callable[[_T], Any],
) -> Response:
    """Give the same of a list that is too long to be read whole: `page` gives at most so many behind a key.

    The link keeps what else was asked. Source: recorded lists. Assumed: the size of a page, which the case sets; and
    that a token which no link has given begins anew.
    """
    size = need_subscription(store, parts["subscription"]).page_size
    found = page(_key_of(call.query("$skiptoken")), size + 1)
    body: dict[str, Any] = {"value": [show(item) for item in found[:size]]}
    if len(found) > size:
        asked = [(name, text) for name, text in call.request.query_params.multi_items() if name.lower() != "$skiptoken"]
        query = urlencode([*asked, ("$skiptoken", _token_of(key(found[size - 1])))])
        body["nextLink"] = f"https://{call.header('host')}{quote(call.path)}?{query}"
    return with_body(call, body)


def by_key(item: Entity) -> str:
    """Give an entity's key as lists are sorted by it."""
    return item.key.lower()


def _token_of(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _key_of(token: str) -> str:
    try:
        return base64.b64decode(token.encode(), b"-_", validate=True).decode()
    except ValueError:
        return ""
