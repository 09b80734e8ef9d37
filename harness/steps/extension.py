"""extension: deploy an extension to the connected machine over ARM, or remove one, as the operator."""

from __future__ import annotations

from typing import Any

from harness.context import Context
from harness.errors import LabError
from harness.model.scenario import Extension


def run(context: Context, arguments: Extension) -> None:
    """Ask ARM, which answers before the agent has done it. Raises: LabError when ARM refuses."""
    machine = context.connected_machine("")
    if machine is None:
        raise LabError("no-machine", "no machine is connected that could have an extension.")
    path = f"{machine.id}/extensions/{arguments.install or arguments.remove}"
    if arguments.remove:
        answer = context.in_azure("DELETE", path)
    else:
        answer = context.in_azure("PUT", path, body=_wanted(context, arguments))
    if answer.status_code not in (200, 201, 202, 204):
        raise LabError("azure-refused", f"ARM refused '{path}': {answer.status_code} {answer.text}.")


def _wanted(context: Context, arguments: Extension) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "publisher": arguments.publisher, "type": arguments.type, "settings": arguments.settings,
    }  # fmt: skip
    if arguments.version:
        properties["typeHandlerVersion"] = arguments.version
    return {"location": context.azure.location, "properties": properties}
