"""One request on its way through the chain: declared fields, no open bag; and what the chain needs of a service."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Send

from simulator.contract import ENTRA_HOSTS
from simulator.errors import ApiError, NotKnown

_DEEPEST = 128  # levels of a body
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?")
JSON_TEXT = "application/json; charset=utf-8"


@dataclass(slots=True)
class Call:
    """A request and what was found out about it.

    `now` is lab time; `operation`, `machine` and `caller` go to the journal.
    """

    request: Request
    host: str
    now: float
    body: bytes = b""
    operation: str = "unknown"
    machine: str = ""
    caller: str = ""
    tenant: str = ""  # of the caller's token
    correlation: str = ""  # id that Resource Manager's answer and its activity log have in common
    inner: tuple[Call, ...] = ()  # requests that are answered in place of this one, all in one answer
    begun: str = ""  # key of the long operation that the request has begun
    rate_headers: dict[str, str] = field(default_factory=dict)  # how many requests are left
    service: Service | None = None  # the service that answers, once it is found
    faults: list[str] = field(default_factory=list)  # effects that have struck
    earlier_state: str = ""  # key of the state that answers instead of the present one
    senders: list[Callable[[Send], Send]] = field(default_factory=list)  # what the answer goes through, the first last
    is_cut: bool = False  # the connection ends before the body does
    bug: str = ""  # an exception of ours, for the journal
    is_known: bool = True  # whether the simulator knows such a request; else the journal keeps all of it
    method: str = field(init=False)  # in upper case
    path: str = field(init=False)  # unquoted, and without segments that are empty
    _headers: dict[bytes, bytes] = field(init=False)

    def __post_init__(self) -> None:
        """Read what everybody asks for.

        Source: management SDKs and the CLI write `//` where a resource has no parent, and are understood.
        """
        scope = self.request.scope
        path: str = scope["path"]
        self.method, self.path = scope["method"], re.sub("//+", "/", path) if "//" in path else path
        self._headers = dict(reversed(scope["headers"]))

    @property
    def client(self) -> str:
        """Give the peer's address; an empty text where there is none, as on a unix socket."""
        peer = self.request.scope.get("client")
        return str(peer[0]) if peer else ""

    @property
    def path_and_query(self) -> str:
        """Give the path, unquoted, and the query, as it came."""
        query: bytes = self.request.scope["query_string"]
        return f"{self.path}?{query.decode('latin-1')}" if query else self.path

    def header(self, name: str) -> str:
        """Give a header by its name in lower case, the first of several; an empty text where there is none."""
        value = self._headers.get(name.encode())
        return value.decode("latin-1") if value is not None else ""

    def json(self) -> dict[str, Any]:
        """Give the body as an object; a byte order mark before it counts for nothing.

        Raises: ApiError 400. Assumed: how deep it may be nested.
        """
        try:
            value = msgspec.json.decode(self.body.removeprefix(BOM_UTF8)) if self.body else {}
            if self.body.count(b"{") + self.body.count(b"[") > _DEEPEST:
                _refuse_deep(value)
        except (ValueError, RecursionError) as error:  # DecodeError is one, UnicodeDecodeError too
            raise ApiError(
                400, "InvalidRequestContent", f"The request content was invalid and could not be deserialized: {error}."
            ) from error
        if not isinstance(value, dict):
            raise ApiError(400, "InvalidRequestContent", "The request content must be an object.")
        return value

    def not_known(self) -> NotKnown:
        """Give the refusal of a request that no service knows."""
        return NotKnown(f"The simulator does not know '{self.method} {self.path}'.")

    @property
    def bearer(self) -> str:
        """Give the bearer token, or an empty text."""
        scheme, _, token = self.header("authorization").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def query(self, name: str) -> str:
        """Give a query parameter; its name's case does not matter, as ARM treats it."""
        return _parameters(self.request.scope["query_string"]).get(name.lower(), "")


def _refuse_deep(value: Any) -> None:
    """Refuse a value that is nested deeper than anybody who reads it goes. Raises: RecursionError."""
    level = [value]
    for _ in range(_DEEPEST):
        held = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [inner for each in held for inner in each]
    if level:
        raise RecursionError(f"it is nested more than {_DEEPEST} levels deep")


@lru_cache(256)  # most queries are one of a few; nobody changes what is given
def _parameters(query: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)).items():
        found.setdefault(name.lower(), value)
    return found


@lru_cache(256)
def plain_host(header: str) -> str:
    """Give the host that a Host header names, in lower case, without its port and the dot of a full name."""
    host = header.lower()
    name, _, port = host.rpartition(":")
    return (name if port.isdecimal() else host).removesuffix(".")


def is_address(host: str) -> bool:
    """Say whether a client used an address, or the local host's name, instead of one of Azure's names."""
    return host in ("localhost", "127.0.0.1", "[::1]", "")


def check_host(call: Call) -> None:
    """Refuse a request of HTTP/1.1 that names no host, and one that names several, or what can be none.

    Raises: ApiError 400. Source: RFC 9112, section 3.2; RFC 3986, section 3.2.2. Assumed: the text.
    """
    scope = call.request.scope
    count = [name for name, _ in scope["headers"]].count(b"host")
    if count > 1 or (count == 0 and scope["http_version"] == "1.1") or not _HOST.fullmatch(call.header("host")):
        raise ApiError(400, "BadRequest", "The request must have one Host header, and a host in it.")


def sign_in_place(call: Call) -> str:
    """Give where somebody signs in who has come to a host: at the address that was used, else at Entra's own name."""
    header = call.header("host")
    return f"https://{header}" if header and is_address(call.host) else f"https://{ENTRA_HOSTS[0]}"


class Service(Protocol):
    """One host of the cloud, as the chain sees it. Services are independent of one another."""

    def name(self, call: Call) -> str:
        """Give the operation's name, from method and path: the body is not read yet."""

    async def answer(self, call: Call) -> Response:
        """Answer. Raises: ApiError."""

    def render(self, error: ApiError, call: Call) -> Response:
        """Give an error in the host's wire form."""


def json_response(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Give a JSON answer."""
    return Answer(msgspec.json.encode(value), status, headers, JSON_TEXT)


def plain_error(error: ApiError) -> Response:
    """Give an error in the form of services that have none of their own."""
    return json_response({"error": {"code": error.code, "message": error.message}}, error.status, error.headers)


class Answer(Response):
    """A whole answer. Its headers are written faster than Starlette's: their names are the same again and again.

    Its type is the media type and its length that of the content, so neither is among `headers`. `always` are headers
    that are written already, their names in lower case.
    """

    def __init__(
        self,
        content: bytes = b"",
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        *,
        always: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        self.status_code, self.media_type, self.body, self.background = status_code, media_type, content, None
        given = headers.items() if headers is not None else ()
        self.raw_headers = [*always, *[(_NAMES[name], value.encode("latin-1")) for name, value in given]]
        if media_type is not None:
            self.raw_headers.append((b"content-type", media_type.encode("latin-1")))
        if status_code not in (204, 304):
            self.raw_headers.append((b"content-length", b"%d" % len(content)))


class _Written(dict[str, bytes]):
    """Names of headers as they are sent, each written once; services have few of them."""

    def __missing__(self, name: str) -> bytes:
        written = self[name] = name.lower().encode("latin-1")
        return written


_NAMES = _Written()
