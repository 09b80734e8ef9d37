"""guestnotificationservice.azure.com: the list of notification hosts. Push notifications are not imitated.

Source: `GET /urls/allowlist?api-version=2020-01-01&location=R` answers a list of host names. Assumed: its one entry.
"""

from __future__ import annotations

from starlette.responses import Response

from simulator.call import Call, json_response, plain_error
from simulator.errors import ApiError


class NotificationService:
    """Answers what the onboarding documentation asks for."""

    def name(self, call: Call) -> str:
        """Give the operation's name."""
        return {"/urls/allowlist": "notifications.allowlist", "/": "notifications.root"}.get(
            call.path, "notifications.unknown"
        )

    async def answer(self, call: Call) -> Response:
        """Answer. Raises: ApiError 501 for a request that is not known."""
        if call.operation == "notifications.allowlist":
            location = call.query("location").replace(" ", "").lower() or "eastus"
            return json_response([f"azgn-{location}-public-1p.servicebus.windows.net"])
        if call.operation == "notifications.root":
            return Response(status_code=200)
        raise call.not_known()

    def render(self, error: ApiError, call: Call) -> Response:  # noqa: ARG002 - all services render alike
        """Give the error in the service's form."""
        return plain_error(error)
