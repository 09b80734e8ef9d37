"""Throttling as clients see it: what is left in headers, and the refusal of what is too much."""

from __future__ import annotations

from typing import NamedTuple, get_args

from simulator.call import Call
from simulator.errors import ApiError
from simulator.throttle import Kind, Throttle

_LEFT = "x-ms-ratelimit-remaining-"
_RESOURCE_REQUESTS = f"{_LEFT}subscription-resource-requests"
_PATCH_POLLS = "/updatecenteroperationresults/"  # Source: recorded; they say what a write says
_KINDS: dict[str, Kind] = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}  # the others are writes


class _Names(NamedTuple):
    """What the headers of a kind are called: for requests outside subscriptions, of one principal, of all together."""

    tenant: str
    subscription: str
    all: str


_LEFT_TO = {
    kind: _Names(f"{_LEFT}tenant-{kind}", f"{_LEFT}subscription-{kind}", f"{_LEFT}subscription-global-{kind}")
    for kind in get_args(Kind)
}


def count(throttle: Throttle, call: Call, subscription: str) -> None:
    """Count a request, and keep for its answer how many are left. `subscription` is empty for those outside any.

    Raises: ApiError 429 with `Retry-After`. Source: the refusal that was recorded; a public one for the tenant.
    """
    kind = _KINDS.get(call.method, "writes")
    left = throttle.take(subscription or call.tenant, call.caller, kind, call.now)
    if left.wait_s:
        headers = {"Retry-After": str(left.wait_s)}
        if not subscription:
            raise ApiError(429, "TooManyRequests", "The request is being throttled.", headers=headers)
        message = (
            f"Number of requests for subscription '{subscription}' and operation "
            f"'{_operation(call.method, call.path)}' exceeded the backend storage limit. Please try again "
            f"after '{left.wait_s}' seconds."
        )
        raise ApiError(429, "SubscriptionRequestsThrottled", message, headers=headers)
    call.rate_headers = _shown(call, kind, bool(subscription), str(left.own), str(left.shared))


def _shown(call: Call, kind: Kind, is_subscription: bool, own: str, shared: str) -> dict[str, str]:
    """Give headers. Source: recorded answers; Assumed: PATCH as PUT, writes and deletes of the tenant."""
    if not is_subscription:
        return {_LEFT_TO[kind].tenant: own}
    path = call.path.lower()
    if _PATCH_POLLS in path or (call.method in ("PUT", "PATCH") and "/providers/" in path):
        return {_RESOURCE_REQUESTS: own}
    if kind == "reads":
        return {_LEFT_TO[kind].all: shared}
    return {_LEFT_TO[kind].all: shared, _LEFT_TO[kind].subscription: own}


def _operation(method: str, path: str) -> str:
    """Give a request without its names, as the refusal writes it: `DELETE/SUBSCRIPTIONS/RESOURCEGROUPS/`."""
    words = path.strip("/").split("/")
    kept = [word for at, word in enumerate(words) if at % 2 == 0 or words[at - 1].lower() == "providers"]
    return "/".join((method, *kept)).upper() + ("/" if len(words) % 2 == 0 else "")
