"""Keep secrets out of the journal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec

_NAMES = (
    "sig|secret|password|assertion|client_(?:secret|assertion)|(?:device_|user_)?code|(?:access_|refresh_|id_)?token"
)
_QUERY = re.compile(rf"(?i)\b({_NAMES})=[^&]*")
_MEMBER = re.compile(rf"(?i)^(?:{_NAMES}|.*(?:secret|password|token|assertion|protectedsettings|privatekey).*)$")
_HEADER = re.compile(r"(?i)^(?:.*authorization.*|.*cookie.*|signedmessage|.*(?:secret|token|password|api-?key).*)$")
_HIDDEN = "***"


def redacted_path(path: str) -> str:
    """Hide the values of secret query parameters, and what looks like one in the path itself."""
    before, mark, query = path.partition("?")
    return f"{_hidden(before)}{mark}{_hidden(query)}"


def _hidden(text: str) -> str:
    return _without_values(text) if "=" in text else text


@lru_cache(1024)  # most queries are one of a few
def _without_values(text: str) -> str:
    return _QUERY.sub(lambda match: f"{match[1]}={_HIDDEN}", text)


def redacted_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Hide the values of secret headers; of credentials the scheme stays. Several headers of a name are joined."""
    found: dict[str, str] = {}
    for name, value in headers:
        shown = value if not _HEADER.match(name) else _scheme(name, value) + _HIDDEN
        found[name] = f"{found[name]}, {shown}" if name in found else shown
    return found


def redacted_body(body: bytes) -> bytes:
    """Hide the values of secret members of a JSON body, or of secret fields of a form; another body stays."""
    try:
        value = msgspec.json.decode(body.decode("utf-8-sig", "replace"))
        shown = _without_secrets(value)
    except (msgspec.DecodeError, RecursionError):
        return _QUERY.sub(lambda match: f"{match[1]}={_HIDDEN}", body.decode("latin-1")).encode("latin-1")
    return body if shown == value else msgspec.json.encode(shown)


def _scheme(name: str, value: str) -> str:
    scheme, blank, _ = value.partition(" ")
    return f"{scheme} " if blank and "authorization" in name.lower() else ""


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _HIDDEN if _MEMBER.match(name) else _without_secrets(item) for name, item in value.items()}
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value
