"""The description of `/_sim` itself: as OpenAPI, and as a page for a person."""

from __future__ import annotations

from starlette.responses import Response

from simulator.call import Call, json_response
from simulator.services.control.lab import Lab
from simulator.services.control.rendering import render


async def describe(lab: Lab, _: Call) -> Response:
    """Give the OpenAPI description."""
    return json_response(lab.describe())


async def show(lab: Lab, _: Call) -> Response:
    """Show the description as a page."""
    return render("docs", lab, {"description": lab.describe()})
