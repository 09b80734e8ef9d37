"""/_sim: the lab's own interface to a cloud: clock, journal, state, faults, repository. See docs/wire/control.md."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable

from starlette.responses import Response

from simulator.call import Call, json_response
from simulator.due import Due
from simulator.errors import ApiError, BadInput, SimulatorError
from simulator.faults import Faults
from simulator.resources.entities import Principal
from simulator.services.control.lab import Lab, Repository
from simulator.services.control.openapi import build_description
from simulator.services.control.problems import PROBLEMS
from simulator.services.control.route import PREFIX
from simulator.services.control.routes import ROUTES, find_route
from simulator.store import Store

_SAFE = ("GET", "HEAD")


class ControlService:
    """Answers the harness, tests and persons. Requests here are not journaled: they are not part of the case.

    `approve_device` takes a user code and a upn, `decline_device` the code; `rotate_key` whether older keys are
    withdrawn, and gives the new one's kid; `issue_token` a principal, an audience and lab time.
    """

    def __init__(
        self,
        store: Store,
        due: Due,
        faults: Faults,
        *,
        approve_device: Callable[[str, str], None],
        decline_device: Callable[[str], None],
        rotate_key: Callable[[bool], str],
        issue_token: Callable[[Principal, str, float], str],
        repository: Repository | None,
    ) -> None:
        self._lab = Lab(
            store, due, faults, approve_device, decline_device, rotate_key, issue_token, repository,
            form_token=secrets.token_urlsafe(16), describe=functools.cache(lambda: build_description(ROUTES)),
        )  # fmt: skip

    @property
    def addresses(self) -> list[str]:
        """Give everything that can be asked: `GET /_sim/ready` and so on, sorted."""
        return sorted(f"{route.method} {PREFIX}{route.path}" for route in ROUTES)

    def name(self, call: Call) -> str:
        """Give the operation's name."""
        return f"control.{call.path.removeprefix(PREFIX).strip('/') or 'root'}"

    async def answer(self, call: Call) -> Response:
        """Answer. Raises: ApiError with a code of `PROBLEMS`."""
        path = call.path.removeprefix(PREFIX)
        found = find_route(call.method, path)
        if found is None:
            known = ", ".join(self.addresses)
            message = f"There is no '{call.method} {PREFIX}{path.rstrip('/')}'. There are: {known}."
            raise ApiError(404, "NotFound", message)
        if call.method not in _SAFE:
            _refuse_other_sites(call)
        route, call.request.scope["path_params"] = found
        try:
            return await route.handler(self._lab, call)
        except SimulatorError as error:
            status = 400 if isinstance(error, BadInput) else 500
            message = f"{error.place}: {error.message}" if error.place else error.message
            extra: dict[str, object] = {"remedy": error.hint} if error.hint else {}
            raise ApiError(status, error.reference, message, extra=extra) from error

    def render(self, error: ApiError, call: Call) -> Response:  # noqa: ARG002 - all services render alike
        """Give the error, with what can be done about it."""
        problem = PROBLEMS.get(error.code, PROBLEMS["InternalServerError"])
        body = {"code": error.code, "message": error.message, "remedy": problem.remedy, **error.extra}
        return json_response({"error": body}, error.status, error.headers)


def _refuse_other_sites(call: Call) -> None:
    """Refuse a change that a browser sends for a page of another site. Raises: ApiError 403.

    Browsers say so by themselves; programs send neither header.
    """
    origin = call.header("origin")
    is_foreign = origin != "" and origin.partition("://")[2].lower() != call.header("host").lower()
    if is_foreign or call.header("sec-fetch-site") not in ("", "none", "same-origin"):
        raise ApiError(403, "cross-site", f"The request was sent by a page of '{origin or 'another site'}'.")
