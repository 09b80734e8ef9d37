"""Signing in through a browser: a page, and the way back to the client with a code (RFC 6749, PKCE of RFC 7636).

What is wrong with the client or with its address is said on a page; all else goes back to that address.
Source: the published protocol; the AADSTS list. Assumed: addresses are not registered, so that those on the client's
own computer are taken, and that of clients without one; a browser that has signed in is asked again.
"""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from starlette.responses import RedirectResponse, Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources.entities import AuthorizationCode, Principal
from simulator.resources.transition import Transition
from simulator.services.entra.clients import check_public_client
from simulator.services.entra.page import form_page, is_own_form, page, problem_page, signed_in
from simulator.services.entra.refusals import missing, refusal, text_of
from simulator.services.entra.scopes import wanted
from simulator.store import Store

_LIFETIME_S = 600  # Source: codes live about ten minutes
#: Addresses on the client's own computer, so narrow that browsers cannot read them otherwise than we do.
_OWN = re.compile(r"https?://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?([/?][!-~]*)?", re.IGNORECASE)
_CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_METHODS = ("plain", "S256")
_MODES = ("query", "fragment", "form_post")
_TITLE = "Sign in"
_SUBMIT = """<form method="post" action="{address}">{fields}<button>Continue</button></form>
<script nonce="{nonce}">document.forms[0].submit()</script>"""


class _Asked(NamedTuple):
    """What a client wants to be told, and where. `tenant` is an id; empty where any tenant's users may sign in."""

    parameters: Mapping[str, str]
    tenant: str
    is_v1: bool

    @property
    def address(self) -> str:
        return self.parameters["redirect_uri"]

    @property
    def origin(self) -> str:
        """Give the origin of the address, as browsers are told where a form may lead."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}"


def authorize(store: Store, call: Call, form: dict[str, str], tenant: str, *, is_v1: bool) -> Response:
    """Show the page, or take its form; the client is told by its own address how it ended."""
    asked = _Asked(dict(call.request.query_params), tenant, is_v1)
    try:
        _check_client(store, asked)
    except ApiError as error:
        return problem_page(text_of(error), error.status, error.headers)
    try:
        _check_wishes(asked)
        if call.method != "POST":
            return _show(store, call, asked, upn=asked.parameters.get("login_hint", ""))
        if is_own_form(call, form) and form.get("answer") == "decline":
            raise refusal(400, "access_denied", 65004, "User declined to consent to access the app.")
    except ApiError as error:
        return _sent_back(asked, {"error": error.code, "error_description": text_of(error)})
    return _take(store, call, form, asked)


def _take(store: Store, call: Call, form: dict[str, str], asked: _Asked) -> Response:
    """Sign a person in; what is wrong comes back in the page, with 400, or 403 for a foreign form."""
    upn = form.get("upn", "").strip()
    if not is_own_form(call, form):
        return _show(store, call, asked, upn=upn, problem="This form is too old. Please try again.", status=403)
    try:
        user = signed_in(store, asked.tenant, upn, form.get("password", ""))
    except ApiError as error:
        return _show(store, call, asked, upn=upn, problem=text_of(error), status=400)
    call.caller = user.key
    return _sent_back(asked, {"code": _new_code(store, call, asked, user), "session_state": secrets.token_hex(16)})


def _show(store: Store, call: Call, asked: _Asked, *, upn: str, problem: str = "", status: int = 200) -> Response:
    action = f"{call.path}?{urlencode(asked.parameters)}"
    return form_page(store, call, _TITLE, action=action, upn=upn, problem=problem, status=status,
                     leads_to=asked.origin)  # fmt: skip


def _new_code(store: Store, call: Call, asked: _Asked, user: Principal) -> str:
    """Give a code for what was asked; codes that are long over are forgotten."""
    given = asked.parameters
    challenge = given.get("code_challenge", "")
    code = AuthorizationCode(
        key=secrets.token_urlsafe(64), object_id=user.key, client_id=given["client_id"],
        scope=given.get("resource" if asked.is_v1 else "scope", ""), redirect_uri=asked.address,
        issued=call.now, expires=call.now + _LIFETIME_S, challenge=challenge,
        method=given.get("code_challenge_method", "plain") if challenge else "", nonce=given.get("nonce", ""),
    )  # fmt: skip
    over = tuple(
        (AuthorizationCode, old.key) for old in store.all(AuthorizationCode) if old.expires + _LIFETIME_S <= call.now
    )
    store.apply(Transition("entra.authorize", (code,), over))
    return code.key


def _check_client(store: Store, asked: _Asked) -> None:
    """Refuse a client that nobody knows or is disabled, or an address that is not its own. Raises: ApiError 400."""
    given = asked.parameters
    check_public_client(store, given.get("client_id", ""), asked.tenant)
    address = given.get("redirect_uri", "")
    if not address:
        raise missing("redirect_uri")
    if "#" in address or not _OWN.fullmatch(address):
        message = (
            f"The redirect URI '{address}' specified in the request does not match the redirect URIs configured for "
            f"the application '{given['client_id']}'."
        )
        raise refusal(400, "invalid_request", 50011, message)


def _check_wishes(asked: _Asked) -> None:
    """Refuse what cannot be had. Raises: ApiError 400."""
    given = asked.parameters
    kind = given.get("response_type", "")
    if not kind:
        raise missing("response_type")
    if kind != "code":
        message = f"response_type '{kind}' is not enabled for the application."
        raise refusal(400, "unsupported_response_type", 700054, message)
    if given.get("response_mode", "query") not in _MODES:
        raise refusal(400, "invalid_request", 9002313, "Request is malformed or invalid.")
    if given.get("code_challenge") and not _CHALLENGE.fullmatch(given["code_challenge"]):
        raise refusal(400, "invalid_request", 501491, "Invalid size of Code_Challenge parameter.")
    if given.get("code_challenge_method", "plain") not in _METHODS:
        raise refusal(400, "invalid_request", 501481, "The Code_Challenge_Method is not supported.")
    wanted(dict(given), is_v1=asked.is_v1, by_application=False)
    if given.get("prompt") == "none":
        raise refusal(400, "login_required", 50058, "Session information is not sufficient for single-sign-on.")


def _sent_back(asked: _Asked, told: dict[str, str]) -> Response:
    """Send the browser back to the client, in the way that it wants to be told."""
    mode = asked.parameters.get("response_mode", "query")
    told = told | ({"state": asked.parameters["state"]} if "state" in asked.parameters else {})
    if mode == "form_post":
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(value)}">' for name, value in told.items()
        )
        nonce = secrets.token_urlsafe(16)
        content = _SUBMIT.format(address=html.escape(asked.address), fields=fields, nonce=nonce)
        return page("Signing in", content, leads_to=asked.origin, script=nonce)
    mark = "#" if mode == "fragment" else "&" if urlsplit(asked.address).query else "?"
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return RedirectResponse(f"{asked.address}{mark}{urlencode(told)}", 302, headers)
