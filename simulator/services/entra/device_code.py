"""Signing in on a device without a browser: codes, what a person says to them, and polls.

Source: captured answers and RFC 8628. Assumed: an interval of 1 s where the real one is 5, for short tests; 65004 as
the number of a refusal.
"""

from __future__ import annotations

import secrets
import time

import msgspec
from starlette.responses import Response

from simulator.call import Call, json_response
from simulator.contract import DEVICE_LOGIN_HOST, ENTRA_HOSTS, ENTRA_REGIONAL_SUFFIX
from simulator.errors import ApiError
from simulator.resources.entities import DeviceCode, Principal
from simulator.resources.transition import Transition
from simulator.services.entra.refusals import missing, refusal
from simulator.store import Store

_LIFETIME_S = 900
_INTERVAL_S = 1
SIGN_IN_PATH = "/devicelogin"


def start(store: Store, call: Call, client_id: str, scope: str, tenant: str, *, is_v1: bool) -> Response:
    """Give a device its code; `scope` is what it will be given. Codes that are over are forgotten.

    Source: v1 names its page `verification_url` and writes numbers as texts.
    """
    code = DeviceCode(
        key=secrets.token_urlsafe(48), user_code=secrets.token_hex(5).upper()[:9], client_id=client_id, scope=scope,
        expires=call.now + _LIFETIME_S, tenant=tenant,
    )  # fmt: skip
    over = tuple((DeviceCode, old.key) for old in store.all(DeviceCode) if old.expires + _LIFETIME_S <= call.now)
    store.apply(Transition("entra.devicecode.start", (code,), over, data={"user_code": code.user_code}))
    page = _page(call)
    lifetime, interval = (str(_LIFETIME_S), str(_INTERVAL_S)) if is_v1 else (_LIFETIME_S, _INTERVAL_S)
    return json_response({
        "user_code": code.user_code, "device_code": code.key,
        "verification_url" if is_v1 else "verification_uri": page, "expires_in": lifetime, "interval": interval,
        "message": f"To sign in, use a web browser to open the page {page} and enter the code {code.user_code} to "
        "authenticate.",
    }, headers={"Cache-Control": "no-store"})  # fmt: skip


def _page(call: Call) -> str:
    """Give the address of the page; a client that uses an address instead of a name finds it there."""
    is_named = call.host in ENTRA_HOSTS or call.host.endswith(ENTRA_REGIONAL_SUFFIX)
    return f"https://{DEVICE_LOGIN_HOST if is_named else call.header('host')}{SIGN_IN_PATH}"


def waiting_code(store: Store, user_code: str, now: float) -> DeviceCode | None:
    """Give the code that a device shows, if nobody has answered it and it is not over."""
    code = store.first(DeviceCode, "user_code", user_code.strip().upper())
    is_open = code is not None and not code.approved_by and not code.declined and now < code.expires
    return code if is_open else None


def approve(store: Store, user_code: str, upn: str) -> None:
    """Sign in for a device. Raises: ApiError 404 for a code that does not wait or an unknown user."""
    now = store.clock.now()
    code, user = waiting_code(store, user_code, now), store.first(Principal, "upn", upn)
    if code is None or user is None:
        raise ApiError(404, "not_found", f"There is no code '{user_code}' that waits, or no user '{upn}'.")
    signed_in = msgspec.structs.replace(code, approved_by=user.key, approved=now)
    store.apply(Transition("entra.devicecode.approve", (signed_in,)))


def decline(store: Store, user_code: str) -> None:
    """Refuse a device. Raises: ApiError 404 for a code that does not wait."""
    code = waiting_code(store, user_code, store.clock.now())
    if code is None:
        raise ApiError(404, "not_found", f"There is no code '{user_code}' that waits.")
    store.apply(Transition("entra.devicecode.decline", (msgspec.structs.replace(code, declined=True),)))


def poll(store: Store, call: Call, form: dict[str, str]) -> tuple[DeviceCode, Principal]:
    """Give the code and who has signed in with it.

    Raises: ApiError 400 while nobody has, when the device asks too often, when a person said no, and for a code that is
    unknown, over, or another client's.
    """
    given = form.get("device_code") or form.get("code") or ""
    if not given:
        raise missing("device_code")
    code = store.get(DeviceCode, given)
    if code is None or code.client_id != form.get("client_id", ""):
        raise ApiError(400, "bad_verification_code", "The device code is not known.")
    if call.now >= code.expires:
        message = "The provided value for the input parameter 'device_code' is not valid: it has expired."
        raise refusal(400, "expired_token", 70020, message)
    if code.declined:
        raise refusal(400, "authorization_declined", 65004, "User declined to consent to access the app.")
    user = store.get(Principal, code.approved_by) if code.approved_by else None
    if user is not None:
        return code, user
    too_soon = time.time() - code.last_poll < _INTERVAL_S * 0.5
    store.apply(Transition("entra.devicecode.poll", (msgspec.structs.replace(code, last_poll=time.time()),)))
    if too_soon:
        raise ApiError(400, "slow_down", "The client asks too often.")
    message = "OAuth 2.0 device flow error. Authorization is pending. Continue polling."
    raise refusal(400, "authorization_pending", 70016, message)
