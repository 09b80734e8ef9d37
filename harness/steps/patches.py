"""patches: ask ARM to look for pending updates of the connected machine, or to install them, as the operator."""

from __future__ import annotations

from typing import Any

from harness.context import Context
from harness.model.azure_steps import Patches


def run(context: Context, arguments: Patches) -> None:
    """Ask ARM, which answers before the agent has done it, and note where it will tell. Raises: LabError."""
    body: dict[str, Any] | None = None
    if arguments.action == "install":
        masks = {"packageNameMasksToInclude": list(arguments.only)} if arguments.only else {}
        body = {"maximumDuration": "PT1H", "rebootSetting": "Never", "linuxParameters": masks}
    path = f"{context.need_connected_machine().id}/{arguments.action}Patches"
    context.patches = context.asked_of_arm("POST", path, body=body).headers["Location"]
