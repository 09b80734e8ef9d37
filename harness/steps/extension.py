"""extension: deploy an extension to the connected machine over ARM, or remove one, as the operator."""

from __future__ import annotations

from typing import Any

from harness.context import Context
from harness.model.azure_steps import Extension


def run(context: Context, arguments: Extension) -> None:
    """Ask ARM, which answers before the agent has done it. Raises: LabError when ARM refuses."""
    path = f"{context.need_connected_machine().id}/extensions/{arguments.install or arguments.remove}"
    if arguments.remove:
        context.asked_of_arm("DELETE", path)
    else:
        context.asked_of_arm("PUT", path, body=_wanted(context, arguments))


def _wanted(context: Context, arguments: Extension) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "publisher": arguments.publisher, "type": arguments.type, "settings": arguments.settings,
    }  # fmt: skip
    if arguments.version:
        properties["typeHandlerVersion"] = arguments.version
    return {"location": context.azure.location, "properties": properties}
