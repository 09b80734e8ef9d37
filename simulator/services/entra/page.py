"""Pages on which people sign in: a frame, a form with user name and password, and who it is that has signed in.

A form is taken only with the value that its own page had set as a cookie, so that no other site can send it.
"""

from __future__ import annotations

import html
import secrets
from collections.abc import Mapping

from starlette.responses import HTMLResponse, Response

from simulator.call import Call
from simulator.resources.entities import Principal
from simulator.services.entra.refusals import refusal
from simulator.store import Store

_COOKIE = "arclab-canary"
_FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title} (arclab)</title>
<style>body{{font:16px sans-serif;max-width:26em;margin:3em auto;padding:0 1em}}label{{display:block;margin:1em 0}}
input{{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.4em}}button{{font:inherit;padding:.4em 1em}}
[role=alert]{{color:#a80000}}</style></head><body><main><h1>{title}</h1>{content}</main></body></html>
"""
_FORM = """{problem}<form method="post" action="{action}">
<input type="hidden" name="canary" value="{canary}">{fields}
<label>User name <input name="upn" value="{upn}" list="people" autocomplete="username"></label>
<datalist id="people">{people}</datalist>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<p><button name="answer" value="accept">Sign in</button>
<button name="answer" value="decline" formnovalidate>Cancel</button></p></form>"""


def page(title: str, content: str, status: int = 200, *, leads_to: str = "", script: str = "") -> Response:
    """Give a page, `content` as HTML. Its forms may lead to one other origin; it has no script but one with a nonce."""
    allowed = "".join((f"form-action 'self' {leads_to}".strip(), f"; script-src 'nonce-{script}'" if script else ""))
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": f"default-src 'none'; style-src 'unsafe-inline'; {allowed}; "
        "frame-ancestors 'none'; base-uri 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    return HTMLResponse(_FRAME.format(title=html.escape(title), content=content), status, headers)


def form_page(
    store: Store, call: Call, title: str, *, action: str, fields: str = "", upn: str = "", problem: str = "",
    status: int = 200, leads_to: str = "",
) -> Response:  # fmt: skip
    """Give a page with an empty form, or with what was wrong; `fields` are HTML, `action` is where it is sent."""
    canary = secrets.token_urlsafe(24)
    people = "".join(f'<option value="{html.escape(each.upn)}">' for each in store.all(Principal) if each.upn)
    content = _FORM.format(
        problem=alert(problem) if problem else "", action=html.escape(action), canary=canary, fields=fields,
        upn=html.escape(upn), people=people,
    )  # fmt: skip
    shown = page(title, content, status, leads_to=leads_to)
    is_secure = call.request.url.scheme == "https"
    shown.set_cookie(_COOKIE, canary, path=call.path, httponly=True, samesite="strict", secure=is_secure)
    return shown


def problem_page(problem: str, status: int, headers: Mapping[str, str]) -> Response:
    """Give a page that says what is wrong and has nothing to fill in; `headers` are added to it."""
    shown = page("Sign in", alert(problem), status)
    shown.headers.update(headers)
    return shown


def alert(problem: str) -> str:
    """Give a text as HTML that says what is wrong."""
    return f'<p role="alert">{html.escape(problem)}</p>'


def is_own_form(call: Call, form: dict[str, str]) -> bool:
    """Say whether a form comes from the page that its browser was shown."""
    canary = call.request.cookies.get(_COOKIE, "")
    return bool(canary) and secrets.compare_digest(canary.encode(), form.get("canary", "").encode())


def signed_in(store: Store, tenant: str, upn: str, password: str) -> Principal:
    """Give the user of a tenant, of any where it is empty, whose name and password these are. Raises: ApiError 400.

    Source: the AADSTS list.
    """
    user = next((each for each in store.all(Principal) if each.upn and each.upn.lower() == upn.lower()), None)
    if user is None:
        raise refusal(400, "invalid_grant", 50034, f"The user account {upn} does not exist in the directory.")
    if not user.secret or not secrets.compare_digest(user.secret.encode(), password.encode()):
        message = "Error validating credentials due to invalid username or password."
        raise refusal(400, "invalid_grant", 50126, message)
    if user.disabled:
        raise refusal(400, "invalid_grant", 50057, "The user account is disabled.")
    if tenant and tenant.lower() != user.tenant_id.lower():
        message = f"User account '{upn}' does not exist in tenant '{tenant}' and cannot access the application."
        raise refusal(400, "interaction_required", 50020, message)
    return user
