"""aka.ms: short links that the agent's documentation gives. See docs/wire/installer.md."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from simulator.call import Call, json_response
from simulator.contract import HIS_GLOBAL_HOST
from simulator.errors import ApiError

_LINKS = {"/azcmagent": f"https://{HIS_GLOBAL_HOST}/azcmagent-linux"}


class ShortLinks:
    """Leads to where a link points. Source: the public onboarding pages."""

    def name(self, call: Call) -> str:
        """Give the operation's name."""
        return "short-link.follow" if call.method in ("GET", "HEAD") and call.path in _LINKS else "short-link.unknown"

    async def answer(self, call: Call) -> Response:
        """Answer. Raises: NotKnown 501 for a link that is not known."""
        if call.operation == "short-link.follow":
            return RedirectResponse(_LINKS[call.path], status_code=301)
        raise call.not_known()

    def render(self, error: ApiError, call: Call) -> Response:  # noqa: ARG002 - all links alike
        """Give the error."""
        return json_response({"error": {"code": error.code, "message": error.message}}, error.status, error.headers)
