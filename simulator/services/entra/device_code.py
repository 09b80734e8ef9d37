"""Signing in on a device without a browser: codes, the page where a person types one, and polls.

Source: captured answers and RFC 8628. Assumed: an interval of 1 s where the real one is 5, for short tests; no
password is asked for.
"""

from __future__ import annotations

import html
import secrets
import time

import msgspec
from starlette.responses import HTMLResponse, Response

from simulator.call import Call, json_response
from simulator.errors import ApiError
from simulator.resources.entities import DeviceCode, Principal
from simulator.resources.transition import Transition
from simulator.services.entra.refusals import refusal
from simulator.store import Store

_LIFETIME_S = 900
_INTERVAL_S = 1
_PAGE = "https://microsoft.com/devicelogin"
_SIGNED_IN = "<!doctype html><title>Signed in (arclab)</title><h1>You have signed in</h1>You may close this page."


def start(store: Store, call: Call, form: dict[str, str]) -> Response:
    """Give a device its code."""
    code = DeviceCode(
        key=secrets.token_urlsafe(48), user_code=secrets.token_hex(5).upper()[:9],
        client_id=form.get("client_id", ""), scope=form.get("scope", ""), expires=call.now + _LIFETIME_S,
    )  # fmt: skip
    store.apply(Transition("entra.devicecode.start", (code,), data={"user_code": code.user_code}))
    return json_response({
        "user_code": code.user_code, "device_code": code.key, "verification_uri": _PAGE, "expires_in": _LIFETIME_S,
        "interval": _INTERVAL_S,
        "message": f"To sign in, use a web browser to open the page {_PAGE} and enter the code {code.user_code} to "
        "authenticate.",
    })  # fmt: skip


def approve(store: Store, user_code: str, upn: str) -> None:
    """Sign in for a device. Raises: ApiError 404 for an unknown code or user."""
    code = store.first(DeviceCode, "user_code", user_code.upper())
    user = store.first(Principal, "upn", upn)
    if code is None or user is None:
        raise ApiError(404, "not_found", f"There is no code '{user_code}' that waits, or no user '{upn}'.")
    store.apply(Transition("entra.devicecode.approve", (msgspec.structs.replace(code, approved_by=user.key),)))


def sign_in(store: Store, call: Call, form: dict[str, str]) -> Response:
    """Show the page where a person types the code, or take what was typed."""
    if call.method == "POST":
        approve(store, form.get("user_code", "").strip(), form.get("upn", ""))
        return HTMLResponse(_SIGNED_IN)
    users = "".join(f"<option>{html.escape(user.upn)}</option>" for user in store.all(Principal) if user.upn)
    return HTMLResponse(
        "<!doctype html><title>Sign in (arclab)</title><h1>Enter the code shown on your device</h1>"
        "<form method=post><input name=user_code autofocus> as "
        f"<select name=upn>{users}</select> <button>Next</button></form>"
    )


def poll(store: Store, call: Call, form: dict[str, str]) -> tuple[DeviceCode, Principal]:
    """Give the code and who has signed in with it.

    Raises: ApiError 400 while nobody has, when the device asks too often, and for a code that is unknown or over.
    """
    code = store.get(DeviceCode, form.get("device_code") or form.get("code") or "")
    if code is None:
        raise ApiError(400, "bad_verification_code", "The device code is not known.")
    if call.now >= code.expires:
        message = "The provided value for the input parameter 'device_code' is not valid: it has expired."
        raise refusal(400, "expired_token", 70020, message)
    user = store.get(Principal, code.approved_by) if code.approved_by else None
    if user is not None:
        return code, user
    too_soon = time.time() - code.last_poll < _INTERVAL_S * 0.5
    store.apply(Transition("entra.devicecode.poll", (msgspec.structs.replace(code, last_poll=time.time()),)))
    if too_soon:
        raise ApiError(400, "slow_down", "The client asks too often.")
    message = "OAuth 2.0 device flow error. Authorization is pending. Continue polling."
    raise refusal(400, "authorization_pending", 70016, message)
