"""What the page's forms do. Each has the token of this process, so that no page of another site can send one."""

from __future__ import annotations

import secrets
from typing import Annotated, Literal, TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.responses import RedirectResponse, Response

from simulator.call import Call
from simulator.contract import Fault
from simulator.errors import ApiError, BadInput
from simulator.services.control.clock import advance
from simulator.services.control.lab import Lab
from simulator.services.control.pages import OverviewQuery, faults_page, overview_page
from simulator.services.control.route import PREFIX

_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
_F = TypeVar("_F")


class ClockForm(msgspec.Struct, frozen=True, kw_only=True):
    """How far lab time moves on."""

    token: str
    amount: Annotated[int, msgspec.Meta(ge=0, le=10**10)]
    unit: Literal["seconds", "minutes", "hours", "days"] = "minutes"


class FaultForm(Fault, frozen=True, kw_only=True):
    """A fault to arm; what is left empty has its default."""

    token: str


class ClearForm(msgspec.Struct, frozen=True, kw_only=True):
    """A fault to clear by its number; all without one."""

    token: str
    id: str = ""


class SignInForm(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs in for a device, by its code."""

    token: str
    user_code: str
    upn: str


async def advance_clock(lab: Lab, call: Call) -> Response:
    """Move lab time on. Raises: ApiError 403."""
    typed = _typed(lab, call)
    try:
        form = _read(typed, ClockForm)
        await advance(lab, form.amount * _SECONDS[form.unit])
    except BadInput as error:
        return overview_page(lab, OverviewQuery(), error.message, 400)
    return _back("?done=clock")


async def arm_fault(lab: Lab, call: Call) -> Response:
    """Arm a fault from the members that are filled in. Raises: ApiError 403."""
    typed = _typed(lab, call)
    try:
        form = _read(typed, FaultForm)
        lab.faults.add(Fault(**{name: getattr(form, name) for name in Fault.__struct_fields__}))
    except BadInput as error:
        return faults_page(lab, error.message, typed, 400)
    return _back("/pages/faults")


async def clear_faults(lab: Lab, call: Call) -> Response:
    """Clear one fault, or all. Raises: ApiError 403."""
    number = _read(_typed(lab, call), ClearForm).id
    if not lab.faults.clear(number) and number:
        return faults_page(lab, f"There is no fault '{number}' any more.", status=404)
    return _back("/pages/faults")


async def sign_in(lab: Lab, call: Call) -> Response:
    """Sign a person in for a device. Raises: ApiError 403."""
    typed = _typed(lab, call)
    try:
        form = _read(typed, SignInForm)
        lab.approve_device(form.user_code, form.upn)
    except BadInput as error:
        return overview_page(lab, OverviewQuery(), error.message, 400)
    except ApiError as error:
        return overview_page(lab, OverviewQuery(), error.message, error.status)
    return _back("?done=sign-in")


def _typed(lab: Lab, call: Call) -> dict[str, str]:
    """Give what is filled in of a form. Raises: ApiError 403 when the form is not ours."""
    pairs = parse_qsl(call.body.decode("utf-8", "replace"))
    typed = {name: text.strip() for name, text in pairs if text.strip()}
    if not secrets.compare_digest(typed.get("token", "").encode(), lab.form_token.encode()):
        raise ApiError(403, "form", "The form has not the token of this cloud.")
    return typed


def _read(typed: dict[str, str], kind: type[_F]) -> _F:
    """Give a form's fields. Raises: BadInput with the mistake and its place."""
    try:
        return msgspec.convert(typed, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput("body", f"The form cannot be used: {error}.") from error


def _back(where: str) -> Response:
    return RedirectResponse(f"{PREFIX}{where}", 303)
