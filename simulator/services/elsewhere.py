"""Hosts that the simulator does not play: each request is refused, and journaled whole."""

from __future__ import annotations

from starlette.responses import Response

from simulator.call import Call, plain_error
from simulator.errors import ApiError, NotKnown


class ElsewhereService:
    """Answers for every host that no other service answers for."""

    def name(self, call: Call) -> str:  # noqa: ARG002 - there is nothing to tell apart
        """Give the operation's name."""
        return "unknown"

    async def answer(self, call: Call) -> Response:
        """Refuse. Source: HTTP's status for a host that a server does not speak for. Raises: NotKnown 421."""
        place = f"{call.host}{call.path}"
        raise NotKnown(f"The simulator does not play '{place}'.", status=421, code="Misdirected")

    def render(self, error: ApiError, call: Call) -> Response:  # noqa: ARG002 - all hosts alike
        """Give the error."""
        return plain_error(error)
