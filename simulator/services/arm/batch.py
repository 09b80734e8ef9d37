"""`POST /batch`: several requests in one, as the portal sends them; each is answered as if it had come alone.

Source: requests of scripts that others have published, which also say that 20 is the most that is answered at once.
Assumed: texts of refusals; that a request which is none is refused with all of them. Not imitated: more than 20, whose
answers come later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from simulator.call import Call, plain_host
from simulator.contract import ARM_HOST
from simulator.errors import ApiError
from simulator.services.arm.answers import arm_json, without_body
from simulator.services.arm.names import Parts
from simulator.store import Store

_LIMIT = 20
#: Headers of the whole that each of its requests has, too.
_COMMON = (b"host", b"authorization", b"user-agent", b"x-ms-correlation-request-id", b"accept-language")
_ROOTS = (["subscriptions"], ["providers"], ["tenants"])  # what paths of requests begin with


class _Asked(msgspec.Struct, rename="camel"):
    """One request of a batch. `url` is a path with a query, or a whole address."""

    url: str
    http_method: Literal["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"]
    name: str = ""
    content: Any = None
    request_header_details: dict[str, str] = {}


class _Batch(msgspec.Struct):
    requests: list[_Asked]


def ask(_store: Store, call: Call, _parts: Parts) -> Response:
    """Take a batch apart; the chain answers its requests. Raises: ApiError 400."""
    asked = _read(call)
    call.inner = tuple(_inner(call, each) for each in asked)
    return without_body(call, 200)


def together(call: Call, answers: Sequence[Response]) -> Response:
    """Give the answer to a batch; `answers` are those to its requests, in their order."""
    told = [_told(each, answer) for each, answer in zip(_read(call), answers, strict=True)]
    return arm_json(call, {"responses": told}, 200, {})


def _read(call: Call) -> list[_Asked]:
    try:
        asked = msgspec.convert(call.json(), _Batch).requests
    except msgspec.ValidationError as error:
        raise ApiError(400, "InvalidRequestContent", f"The batch cannot be read: {error}.") from error
    if not 1 <= len(asked) <= _LIMIT:
        message = f"A batch has 1 to {_LIMIT} requests, not {len(asked)}."
        raise ApiError(400, "InvalidRequestContent", message)
    return asked


def _inner(call: Call, asked: _Asked) -> Call:
    refused = ApiError(400, "InvalidRequestContent", f"'{asked.url}' cannot be asked in a batch.")
    try:
        parts = urlsplit(asked.url)
    except ValueError as error:  # no address at all: `https://[x/`
        raise refused from error
    is_elsewhere = parts.netloc and plain_host(parts.netloc) not in (call.host, ARM_HOST)
    if is_elsewhere or parts.path.lower().split("/")[1:2] not in _ROOTS:
        raise refused
    body = b"" if asked.content is None else msgspec.json.encode(asked.content)
    headers = [(name, value) for name, value in call.request.scope["headers"] if name in _COMMON]
    if body:
        headers.append((b"content-type", b"application/json"))
    scope = {
        **call.request.scope, "method": asked.http_method, "path": unquote(parts.path),
        "query_string": parts.query.encode(), "headers": headers,
    }  # fmt: skip
    return Call(Request(scope), call.host, call.now, body)


def _told(asked: _Asked, answer: Response) -> dict[str, Any]:
    body = bytes(answer.body)
    told: dict[str, Any] = {"name": asked.name} if asked.name else {}
    told |= {"httpStatusCode": answer.status_code, "headers": _headers(answer), "contentLength": len(body)}
    if body:
        is_json = answer.headers.get("content-type", "").startswith("application/json") and _is_json(body)
        told["content"] = msgspec.Raw(body) if is_json else body.decode("utf-8", "replace")
    return told


def _is_json(body: bytes) -> bool:
    """Say whether a body is what its header says; a fault may have spoiled it."""
    try:
        msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return False
    return True


def _headers(answer: Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in ("content-length", "content-type")}
