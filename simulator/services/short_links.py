"""aka.ms: short links that the agent's documentation gives. See docs/wire/installer.md."""

from __future__ import annotations

import re

from starlette.responses import RedirectResponse, Response

from simulator.call import Call, plain_error
from simulator.contract import HIS_GLOBAL_HOST
from simulator.errors import ApiError

_ROOT = f"https://{HIS_GLOBAL_HOST}"
_LINKS = {"/azcmagent": f"{_ROOT}/azcmagent-linux"}
_WINDOWS = re.compile(r"/AzureConnectedMachineAgent(?:-(?P<release>\d+\.\d+))?")


class ShortLinks:
    """Leads to where a link points. Source: the public onboarding pages, and links of release notes to the .msi.

    Assumed: where the links to the .msi lead, for all releases to the place that those from 1.49 on have.
    """

    def name(self, call: Call) -> str:
        """Give the operation's name."""
        return "short-link.follow" if call.method in ("GET", "HEAD") and _target(call.path) else "short-link.unknown"

    async def answer(self, call: Call) -> Response:
        """Answer. Raises: NotKnown 501 for a link that is not known."""
        if call.operation == "short-link.follow":
            return RedirectResponse(_target(call.path), status_code=301)
        raise call.not_known()

    def render(self, error: ApiError, call: Call) -> Response:  # noqa: ARG002 - all links alike
        """Give the error."""
        return plain_error(error)


def _target(path: str) -> str:
    """Give where a link leads, or "" for one that is not known."""
    windows = _WINDOWS.fullmatch(path)
    if windows:
        return f"{_ROOT}/azcmagent/{windows['release'] or 'latest'}/AzureConnectedMachineAgent.msi"
    return _LINKS.get(path, "")
