"""What `/_sim` takes: bodies that the harness's contract does not name, and how bodies and parameters are read."""

from __future__ import annotations

import math
from typing import TypeVar

import httpx
import msgspec

from simulator.call import Call
from simulator.errors import BadInput

_T = TypeVar("_T")


class ApproveDeviceCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `POST /_sim/device-code`: sign in for a device as a user."""

    user_code: str
    upn: str


class LockScope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `POST` and `DELETE /_sim/locks`: the ARM id that a delete lock is on."""

    scope: str


class TokenWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `POST /_sim/token`: an access token for a principal of the case, by name."""

    principal: str
    resource: str = "https://management.azure.com"


def read_body(call: Call, kind: type[_T]) -> _T:
    """Give the body as a struct. Raises: BadInput with the mistake and its place."""
    try:
        return msgspec.json.decode(call.body, type=kind)
    except msgspec.DecodeError as error:
        raise BadInput("body", f"the body cannot be used: {error}.") from error


def read_number(call: Call, name: str) -> float:
    """Give a parameter that is a number, 0 or more; 0 when it is absent. Raises: BadInput."""
    text = call.query(name) or "0"
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < 0:
        raise BadInput("parameter", f"'{name}={text}' is no number that is 0 or more.")
    return number


def is_web_address(webhook: str) -> bool:
    """Say whether a text is an http or https address with a host."""
    try:
        url = httpx.URL(webhook)
    except httpx.InvalidURL:
        return False
    return url.scheme in ("http", "https") and url.host != ""
