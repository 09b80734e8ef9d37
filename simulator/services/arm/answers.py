"""What every answer of Resource Manager looks like: its headers, and the 202 of a long operation."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from simulator.call import JSON_TEXT, Answer, Call
from simulator.clock import iso
from simulator.errors import ApiError
from simulator.request_ids import new_id
from simulator.resources.entities import Operation
from simulator.resources.providers import type_of
from simulator.services.arm.names import NAMESPACE

#: Headers of every answer that are always the same. Source: recorded exchanges.
_ALWAYS = (
    (b"cache-control", b"no-cache"), (b"pragma", b"no-cache"), (b"expires", b"-1"),
    (b"x-content-type-options", b"nosniff"), (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
)  # fmt: skip
_RETRY_S = "1"
_JSON = "application/json"
#: Codes of refusals that say that they are Resource Manager's own; a recorded one that throttles does not.
_FRONT_END = frozenset({
    "AuthenticationFailed", "AuthorizationFailed", "ExpiredAuthenticationToken", "InvalidApiVersionParameter",
    "InvalidAuthenticationToken", "InvalidAuthenticationTokenAudience", "InvalidAuthenticationTokenTenant",
    "InvalidRequestContent", "InvalidResourceLocation", "InvalidResourceName", "InvalidResourceNamespace",
    "InvalidResourceType", "InvalidSubscriptionId", "LinkedAuthorizationFailed", "LocationRequired",
    "MissingApiVersionParameter", "MissingSubscriptionRegistration", "NoRegisteredProviderFound",
    "ParentResourceNotFound", "ResourceGroupBeingDeleted", "ResourceGroupNotFound", "ResourceNotFound", "ScopeLocked",
    "SubscriptionNotFound", "UnsupportedMediaType",
})  # fmt: skip
_KEPT = ("machines", "machines/extensions")  # types of which Resource Manager has copies


def arm_json(call: Call, value: Any, status: int, headers: dict[str, str]) -> Response:
    """Give a JSON answer; `headers` are added to those of every answer."""
    return Answer(msgspec.json.encode(value), status, _own_headers(call) | headers, JSON_TEXT, always=_ALWAYS)


def refused(call: Call, error: ApiError) -> Response:
    """Give an error in ARM's form. Source: one of the front end says so, and its request id is the correlation id."""
    body: dict[str, Any] = {"code": error.code, "message": error.message, **error.extra}
    headers = {}
    if error.code in _FRONT_END:
        headers = {"x-ms-failure-cause": "gateway", "x-ms-request-id": _correlation(call)}
    return arm_json(call, {"error": body}, error.status, headers | error.headers)


def _correlation(call: Call) -> str:
    """Give the correlation id of a call: the client's, or one that stays."""
    call.correlation = call.correlation or call.header("x-ms-correlation-request-id") or new_id()
    return call.correlation


def _own_headers(call: Call) -> dict[str, str]:
    """Give the headers of every answer that are not always the same. Source: recorded exchanges."""
    correlation = _correlation(call)
    headers = {
        "x-ms-request-id": new_id(), "x-ms-correlation-request-id": correlation,
        "x-ms-routing-request-id": f"EASTUS:{_stamp(int(call.now))}:{correlation}", **call.rate_headers,
    }  # fmt: skip
    client = call.header("x-ms-client-request-id")
    if client and call.header("x-ms-return-client-request-id").lower() == "true":
        headers["x-ms-client-request-id"] = client
    return headers


def origin_headers(call: Call) -> dict[str, str]:
    """Give the headers that say who has answered: the provider, or Resource Manager from what it keeps of machines.

    Source: recorded answers; the provider's header is empty outside subscriptions. Assumed: all providers are alike,
    and only machines and their extensions are kept.
    """
    asked = type_of(call.path, call.method)
    if asked is None:
        return {}
    if call.method == "GET" and asked[1].lower() in _KEPT:
        words = call.path.strip("/").lower().rpartition("providers/")[2].split("/")  # namespace, then types and names
        return {"x-ms-original-request-ids": new_id()} if len(words) % 2 == 0 else {}
    is_inside = call.path.lower().startswith("/subscriptions/")
    who = f"tenantId={call.tenant},objectId={call.caller}/eastus/{new_id()}" if is_inside else ""
    return {"x-ms-operation-identifier": who}


@lru_cache(2)
def _stamp(second: int) -> str:
    return iso(second)[:19].replace("-", "").replace(":", "") + "Z"


def with_body(call: Call, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Give a good JSON answer; `headers` are added to those of every answer."""
    return arm_json(call, value, status, origin_headers(call) | (headers or {}))


def without_body(call: Call, status: int, headers: dict[str, str] | None = None) -> Response:
    """Give an answer without a body; `headers` are added to those of every answer.

    Source: a recorded 200 of a provider names a type of content.
    """
    origin = origin_headers(call)
    return _empty(call, status, origin | (headers or {}), _JSON if origin and status == 200 else None)


def _empty(call: Call, status: int, headers: dict[str, str], kind: str | None) -> Response:
    return Answer(b"", status, _own_headers(call) | headers, kind, always=_ALWAYS)


def accepted(call: Call, operation: Operation, location: str) -> Response:
    """Give the 202 of a long operation. Source: its request id is the operation's id; it names a type of content."""
    headers = {**polling_headers(call, operation, location), "x-ms-request-id": operation.key}
    return _empty(call, 202, origin_headers(call) | headers, _JSON)


def accepted_at(call: Call, operation: Operation, path: str) -> Response:
    """Give the 202 of a long operation that has one address alone: below a path, on the host that the client used."""
    call.begun = operation.key
    place = f"https://{call.header('host')}{path}/{operation.key}?api-version={call.query('api-version')}"
    return without_body(call, 202, {"Location": place, "Retry-After": _RETRY_S})


def polling_headers(call: Call, operation: Operation, location: str) -> dict[str, str]:
    """Give the two addresses at which an operation is asked for, below the host that the client used."""
    call.begun = operation.key
    subscription = operation.resource.split("/")[2]
    host = call.header("host")
    base = f"https://{host}/subscriptions/{subscription}/providers/{NAMESPACE}/locations/{quote(location)}"
    query = f"?api-version={call.query('api-version')}"
    return {"Azure-AsyncOperation": f"{base}/operationstatus/{operation.key}{query}",
            "Location": f"{base}/operationresults/{operation.key}{query}", "Retry-After": _RETRY_S}  # fmt: skip
