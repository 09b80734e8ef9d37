"""extension: deploy an extension to the connected machine over ARM, remove one, or note how it is configured."""

from __future__ import annotations

from typing import Any

from harness.context import Context
from harness.errors import LabError
from harness.model.azure_steps import Extension

_CONFIGURATION = ("publisher", "type", "typeHandlerVersion", "settings")  # protected settings are never shown


def run(context: Context, arguments: Extension) -> None:
    """Ask ARM, which answers before the agent has done it. Raises: LabError when ARM refuses, or nothing was noted."""
    name = arguments.install or arguments.remove or arguments.note or arguments.redeploy
    path = f"{context.need_connected_machine().id}/extensions/{name}"
    if arguments.remove:
        context.asked_of_arm("DELETE", path)
    elif arguments.note:
        shown = context.asked_of_arm("GET", path).json()["properties"]
        context.noted[name] = {key: shown[key] for key in _CONFIGURATION}
    else:
        wanted = _noted(context, name) if arguments.redeploy else _wanted(arguments)
        context.asked_of_arm("PUT", path, body={"location": context.azure.location, "properties": wanted})


def _noted(context: Context, name: str) -> dict[str, Any]:
    if name not in context.noted:
        raise LabError("nothing-noted", f"the configuration of '{name}' was not noted.", hint="Note it before.")
    return context.noted[name]


def _wanted(arguments: Extension) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "publisher": arguments.publisher, "type": arguments.type, "settings": arguments.settings,
    }  # fmt: skip
    if arguments.version:
        properties["typeHandlerVersion"] = arguments.version
    return properties
