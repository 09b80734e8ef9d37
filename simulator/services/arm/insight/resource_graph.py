"""`POST /providers/Microsoft.ResourceGraph/resources`: queries over everything that a caller may read.

Source: the REST API of Microsoft.ResourceGraph as SDK and CLI send it, and answers shown in public issues. Of the
subscriptions asked for, those that the caller cannot read are left out without a word; when none is left, the query
is refused.
"""

from __future__ import annotations

import base64
import re
import uuid
from functools import cache
from typing import Annotated, Any, Literal

import msgspec
from starlette.responses import Response

from simulator.authorization import can_see, permits
from simulator.call import Call
from simulator.clock import arm_time
from simulator.errors import ApiError
from simulator.kusto import Answer, QueryError, run
from simulator.resources.entities import Subscription
from simulator.services.arm.answers import with_body
from simulator.services.arm.insight.graph_tables import View, tables_of
from simulator.services.arm.names import Parts
from simulator.store import Store

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LARGEST_PAGE = 1000  # Source: Resource Graph's default and greatest page
_TABLE_TYPES = {"string": "string", "long": "integer", "real": "number", "bool": "boolean", "datetime": "datetime",
                "timespan": "string", "dynamic": "object"}  # fmt: skip


class Options(msgspec.Struct, frozen=True, rename={"top": "$top", "skip": "$skip", "skip_token": "$skipToken"}):
    """How the answer is wanted."""

    top: Annotated[int, msgspec.Meta(ge=1, le=_LARGEST_PAGE)] | None = None
    skip: Annotated[int, msgspec.Meta(ge=0)] | None = None
    skip_token: str | None = None
    result_format: Literal["table", "objectArray"] | None = msgspec.field(default=None, name="resultFormat")


class QueryRequest(msgspec.Struct, frozen=True):
    """The body of a query. What is not imitated may be there and empty, as clients send it."""

    query: str
    subscriptions: list[str] | None = None
    options: Options | None = None
    management_groups: list[str] | None = msgspec.field(default=None, name="managementGroups")
    facets: list[Any] | None = None


async def resources(store: Store, call: Call, _parts: Parts) -> Response:
    """Run a query, during which other requests are answered.

    Raises: ApiError 400 `BadRequest`, whose details say what is wrong, and in the query where.
    """
    request = _request(call)
    options = request.options or Options()
    skip, top = _page(call, options)
    subscriptions = _scope(store, call, request.subscriptions or [])
    may_read = cache(lambda kind, scope: permits(store, call.caller, f"{kind}/read", scope))
    views = [View(store, call.now, one, may_read) for one in subscriptions]
    try:
        answer = await run(request.query, tables_of(views), call.now, skip=skip, top=top)
    except QueryError as error:
        raise _refused(call, *_details(error)) from error
    return with_body(call, _shown(answer, skip, top, options.result_format))


def _request(call: Call) -> QueryRequest:
    try:
        request = msgspec.convert(call.json(), QueryRequest)
    except msgspec.ValidationError as error:
        raise _refused(call, {"code": "InvalidRequestBody", "message": f"The body cannot be used: {error}."}) from error
    for name, asked in (("managementGroups", request.management_groups), ("facets", request.facets)):
        if asked:
            raise _refused(call, {"code": "InvalidRequestBody", "message": f"The simulator does not know '{name}'."})
    return request


def _scope(store: Store, call: Call, wanted: list[str]) -> list[Subscription]:
    """Give the subscriptions that a query is about: those asked for, or all, as far as the caller may read in them."""
    bad = [name for name in wanted if not _GUID.fullmatch(name)]
    if bad:
        message = f"Subscriptions in the request contain invalid GUIDs: '{', '.join(bad)}'."
        raise _refused(call, {"code": "SubscriptionsContainInvalidGuids", "message": message})
    names = {name.lower() for name in wanted}
    mine = [one for one in store.all(Subscription) if can_see(store, call.caller, f"/subscriptions/{one.key}")]
    found = [one for one in mine if not names or one.key.lower() in names]
    if not found:
        given = ",".join(wanted)
        message = f"There must be at least one subscription that is eligible to contain resources. Given: '{given}'."
        raise _refused(call, {"code": "NoValidSubscriptionsInQueryRequest", "message": message})
    return found


def _page(call: Call, options: Options) -> tuple[int, int]:
    """Give how many rows to leave out and to give; a token goes before `$skip`, and has its own page size."""
    top = options.top or _LARGEST_PAGE
    if not options.skip_token:
        return options.skip or 0, top
    try:
        start, size = map(int, base64.b64decode(options.skip_token, validate=True).split(b"-"))
    except ValueError as error:
        raise _refused(
            call, {"code": "CouldNotDecodeSkipToken", "message": "Skip token could not be decoded."}
        ) from error
    return start, options.top or min(size, _LARGEST_PAGE)


def _shown(answer: Answer, skip: int, top: int, result_format: str | None) -> dict[str, Any]:
    """Give the answer. Source: `resultTruncated` is a text, and true only where there is more and no token for it."""
    data: Any = answer.rows
    if result_format == "table":
        columns = [{"name": name, "type": _TABLE_TYPES[kind]} for name, kind in answer.columns.items()]
        data = {"columns": columns, "rows": [list(row.values()) for row in answer.rows]}
    end = skip + len(answer.rows)
    is_more = end < answer.total
    body = {"totalRecords": answer.total, "count": len(answer.rows), "data": data, "facets": [],
            "resultTruncated": "true" if is_more and not answer.can_go_on else "false"}  # fmt: skip
    if is_more and answer.can_go_on:
        body["$skipToken"] = base64.b64encode(f"{end}-{top}".encode()).decode()
    return body


def _details(error: QueryError) -> tuple[dict[str, Any], dict[str, Any]]:
    place = {"line": error.place.line, "characterPositionInLine": error.place.column, "token": error.place.text}
    expected = {"expectedToken": error.expected} if error.expected else {}
    first = (
        "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error."
    )
    return {"code": "InvalidQuery", "message": first}, {
        "code": error.code,
        "message": error.message,
        **place,
        **expected,
    }


def _refused(call: Call, *details: dict[str, Any]) -> ApiError:
    """Give a refusal in Resource Graph's form: what is wrong stands in the details."""
    correlation = call.header("x-ms-correlation-request-id") or str(uuid.uuid4())
    message = (
        f"Please provide below info when asking for support: timestamp = {arm_time(call.now)}, "
        f"correlationId = {correlation}."
    )
    return ApiError(400, "BadRequest", message, extra={"details": list(details)})
