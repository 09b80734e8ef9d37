"""What `/_sim` takes and gives: shapes that the harness's contract does not name, and how they are read."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import Annotated, Any, TypeVar

import httpx
import msgspec

from simulator.call import Call
from simulator.contract import EventKind
from simulator.errors import BadInput

_T = TypeVar("_T")
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
PAGE = 5000


class Ready(msgspec.Struct, frozen=True):
    """Answer of `GET /_sim/ready`."""

    status: str = "ready"


class ApproveDeviceCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `POST /_sim/device-code`: sign in for a device as a user, or decline."""

    user_code: str
    upn: str = ""
    decline: bool = False


class LockScope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `POST` and `DELETE /_sim/locks`: the ARM id that a delete lock is on."""

    scope: str


class TokenWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `POST /_sim/token`: an access token for a principal of the case, by name."""

    principal: str
    resource: str = "https://management.azure.com"


class Token(msgspec.Struct, frozen=True):
    """Answer of `POST /_sim/token`."""

    access_token: str


class Message(msgspec.Struct, frozen=True):
    """A webhook body that came to the cloud's own inbox, and the lab time when it came."""

    received: str
    body: dict[str, Any]


class EventFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which events are meant: all that are given have to hold.

    `operation`, `host`, `method`, `path` (with query), `machine` (name or ARM id), `caller` (object id) and `status`
    (`5*`, `429`) are glob patterns without regard to case. `since` and `until` are lab time in ISO 8601 with a zone;
    `until` itself is not meant.
    """

    kind: EventKind | None = None
    operation: str = "*"
    host: str = "*"
    method: str = "*"
    path: str = "*"
    machine: str = "*"
    status: str = "*"
    caller: str = "*"
    since: str = ""
    until: str = ""


class JournalQuery(EventFilter, frozen=True, kw_only=True):
    """Parameters of `GET /_sim/journal`.

    Events come after number `after` and, with `before`, before that number; at most `limit`. `newest` gives the newest
    first. `wait_s` waits for one that is meant, in true time, at most 60.
    """

    after: Count = 0
    before: Count = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE)] = PAGE
    newest: bool = False
    wait_s: Annotated[float, msgspec.Meta(ge=0, le=1e9)] = 0.0


class Expectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How many events of the journal match; `request` is the kind unless the filter names one.

    Without any number at least one is expected. `exactly` goes alone.
    """

    match: EventFilter
    exactly: Count | None = None
    at_least: Count | None = None
    at_most: Count | None = None


class Verification(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `POST /_sim/journal/verify`: what the events after number `after` have to be.

    With `in_order` the events of each expectation come after those that the one before it needs.
    """

    expect: Annotated[list[Expectation], msgspec.Meta(min_length=1, max_length=1000)]
    after: Count = 0
    in_order: bool = False


class Found(msgspec.Struct, frozen=True):
    """How many events an expectation has found, and the numbers of the first 20; `problem` is empty when it holds."""

    found: int
    events: list[int]
    problem: str = ""


class Verified(msgspec.Struct, frozen=True):
    """Answer of `POST /_sim/journal/verify` when everything holds: one entry for each expectation."""

    results: list[Found]


class Refusal(msgspec.Struct, frozen=True):
    """What is wrong: a code, a text for a person, and what can be done about it."""

    code: str
    message: str
    remedy: str


class Refused(msgspec.Struct, frozen=True):
    """The body of every error."""

    error: Refusal


def read_body(call: Call, kind: type[_T]) -> _T:
    """Give the body as a struct. Raises: BadInput with the mistake and its place."""
    try:
        return msgspec.json.decode(call.body.removeprefix(BOM_UTF8), type=kind)
    except (ValueError, RecursionError) as error:  # DecodeError is one, UnicodeDecodeError too
        raise BadInput("body", f"the body cannot be used: {error}.") from error


def read_query(call: Call, kind: type[_T]) -> _T:
    """Give the parameters as a struct; an empty one is as if it were not there. Raises: BadInput with its mistake."""
    query = call.request.query_params
    try:
        twice = next((name for name in query if len(query.getlist(name)) > 1), "")
        if twice:
            raise BadInput("parameter", f"'{twice}' is given twice.")
        return msgspec.convert({name: text for name, text in query.items() if text}, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput("parameter", f"the parameters cannot be used: {error}.") from error


def is_web_address(webhook: str) -> bool:
    """Say whether a text is an http or https address with a host."""
    try:
        url = httpx.URL(webhook)
    except httpx.InvalidURL:
        return False
    return url.scheme in ("http", "https") and url.host != ""
