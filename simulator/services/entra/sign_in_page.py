"""The page where a person types a device's code, with user name and password, or says no. It needs no script.

Source: the address, and the numbers of refusals. Assumed: one page where the real one has several.
"""

from __future__ import annotations

import html

from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources.entities import DeviceCode
from simulator.services.entra.device_code import SIGN_IN_PATH, approve, decline, waiting_code
from simulator.services.entra.page import form_page, is_own_form, page, signed_in
from simulator.services.entra.refusals import refusal, text_of
from simulator.store import Store

_TITLE = "Enter the code shown on your device"
_CODE = """
<label>Code shown on your device <input name="user_code" value="{code}" required autocomplete="off"></label>"""


def show(store: Store, call: Call, *, code: str = "", upn: str = "", problem: str = "", status: int = 200) -> Response:
    """Give the page with an empty form, or with what was wrong. `?otc=CODE` fills in the code."""
    fields = _CODE.format(code=html.escape(code or call.query("otc")))
    return form_page(
        store, call, _TITLE, action=SIGN_IN_PATH, fields=fields, upn=upn, problem=problem, status=status
    )  # fmt: skip


def take(store: Store, call: Call, form: dict[str, str]) -> Response:
    """Take a form: sign in, or say no. What is wrong comes back in the page, with 400, or 403 for a foreign form."""
    code, upn = form.get("user_code", ""), form.get("upn", "").strip()
    if not is_own_form(call, form):
        return show(store, call, code=code, upn=upn, problem="This form is too old. Please try again.", status=403)
    try:
        waiting = _waiting(store, code, call.now)
        if form.get("answer") == "decline":
            decline(store, code)
            return page("You have cancelled", "<p>The device is not signed in. You may close this page.</p>")
        user = signed_in(store, waiting.tenant, upn, form.get("password", ""))
        approve(store, code, user.upn)
    except ApiError as error:
        return show(store, call, code=code, upn=upn, problem=text_of(error), status=400)
    return page("You have signed in", "<p>The device goes on by itself. You may close this page.</p>")


def _waiting(store: Store, user_code: str, now: float) -> DeviceCode:
    found = waiting_code(store, user_code, now)
    if found is None:
        message = "Invalid verification code due to user typing in wrong user code for device code flow."
        raise refusal(400, "bad_verification_code", 70018, message)
    return found
