"""The page where a person types a device's code, with user name and password, or says no. It needs no script.

A form is taken only with the value that its own page had set as a cookie, so that no other site can send it.
Source: the address, and the numbers of refusals. Assumed: one page where the real one has several.
"""

from __future__ import annotations

import html
import secrets

from starlette.responses import HTMLResponse, Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources.entities import DeviceCode, Principal
from simulator.services.entra.device_code import SIGN_IN_PATH, approve, decline, waiting_code
from simulator.services.entra.refusals import refusal
from simulator.store import Store

_COOKIE = "arclab-canary"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title} (arclab)</title>
<style>body{{font:16px sans-serif;max-width:26em;margin:3em auto;padding:0 1em}}label{{display:block;margin:1em 0}}
input{{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.4em}}button{{font:inherit;padding:.4em 1em}}
[role=alert]{{color:#a80000}}</style></head><body><main><h1>{title}</h1>{content}</main></body></html>
"""
_FORM = """{problem}<form method="post" action="{path}">
<input type="hidden" name="canary" value="{canary}">
<label>Code shown on your device <input name="user_code" value="{code}" required autocomplete="off"></label>
<label>User name <input name="upn" value="{upn}" list="people" autocomplete="username"></label>
<datalist id="people">{people}</datalist>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<p><button name="answer" value="accept">Sign in</button>
<button name="answer" value="decline" formnovalidate>Cancel</button></p></form>"""


def show(store: Store, call: Call, *, code: str = "", upn: str = "", problem: str = "", status: int = 200) -> Response:
    """Give the page with an empty form, or with what was wrong. `?otc=CODE` fills in the code."""
    canary = secrets.token_urlsafe(24)
    people = "".join(f'<option value="{html.escape(each.upn)}">' for each in store.all(Principal) if each.upn)
    content = _FORM.format(
        problem=f'<p role="alert">{html.escape(problem)}</p>' if problem else "", path=SIGN_IN_PATH, canary=canary,
        code=html.escape(code or call.query("otc")), upn=html.escape(upn), people=people,
    )  # fmt: skip
    page = HTMLResponse(_FRAME.format(title="Enter the code shown on your device", content=content), status, _HEADERS)
    page.set_cookie(
        _COOKIE, canary, path=SIGN_IN_PATH, httponly=True, samesite="strict", secure=call.request.url.scheme == "https"
    )
    return page


def take(store: Store, call: Call, form: dict[str, str]) -> Response:
    """Take a form: sign in, or say no. What is wrong comes back in the page, with 400, or 403 for a foreign form."""
    code, upn = form.get("user_code", ""), form.get("upn", "").strip()
    canary = call.request.cookies.get(_COOKIE, "")
    if not canary or not secrets.compare_digest(canary.encode(), form.get("canary", "").encode()):
        return show(store, call, code=code, upn=upn, problem="This form is too old. Please try again.", status=403)
    try:
        waiting = _waiting(store, code, call.now)
        if form.get("answer") == "decline":
            decline(store, code)
            return _end("You have cancelled", "The device is not signed in. You may close this page.")
        user = _signed_in(store, waiting, upn, form.get("password", ""))
        approve(store, code, user.upn)
    except ApiError as error:
        problem = f"AADSTS{error.extra['number']}: {error.message}"
        return show(store, call, code=code, upn=upn, problem=problem, status=400)
    return _end("You have signed in", "The device goes on by itself. You may close this page.")


def _waiting(store: Store, user_code: str, now: float) -> DeviceCode:
    found = waiting_code(store, user_code, now)
    if found is None:
        message = "Invalid verification code due to user typing in wrong user code for device code flow."
        raise refusal(400, "bad_verification_code", 70018, message)
    return found


def _signed_in(store: Store, code: DeviceCode, upn: str, password: str) -> Principal:
    """Give the user whose name and password these are. Source: the AADSTS list."""
    user = next((each for each in store.all(Principal) if each.upn and each.upn.lower() == upn.lower()), None)
    if user is None:
        raise refusal(400, "invalid_grant", 50034, f"The user account {upn} does not exist in the directory.")
    if not user.secret or not secrets.compare_digest(user.secret.encode(), password.encode()):
        message = "Error validating credentials due to invalid username or password."
        raise refusal(400, "invalid_grant", 50126, message)
    if user.disabled:
        raise refusal(400, "invalid_grant", 50057, "The user account is disabled.")
    if code.tenant and code.tenant.lower() != user.tenant_id.lower():
        message = f"User account '{upn}' does not exist in tenant '{code.tenant}' and cannot access the application."
        raise refusal(400, "interaction_required", 50020, message)
    return user


def _end(title: str, text: str) -> Response:
    return HTMLResponse(_FRAME.format(title=title, content=f"<p>{text}</p>"), headers=_HEADERS)
