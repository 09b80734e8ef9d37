"""run-command: let the connected machine run a script over ARM, or remove a run command, as the operator."""

from __future__ import annotations

from typing import Any

from harness.context import Context
from harness.model.azure_steps import RunCommand
from harness.wait import duration_s


def run(context: Context, arguments: RunCommand) -> None:
    """Ask ARM, which answers before the agent has done it. Raises: LabError when ARM refuses."""
    path = f"{context.need_connected_machine().id}/runCommands/{arguments.name}"
    if arguments.remove:
        context.asked_of_arm("DELETE", path)
    else:
        context.asked_of_arm("PUT", path, body=_wanted(context, arguments))


def _wanted(context: Context, arguments: RunCommand) -> dict[str, Any]:
    named = [{"name": name, "value": value} for name, value in arguments.parameters.items()]
    properties: dict[str, Any] = {
        "source": {"script": arguments.script},
        "parameters": named + [{"name": "", "value": value} for value in arguments.arguments],
    }
    if arguments.user:
        properties["runAsUser"] = arguments.user
    if arguments.timeout:
        properties["timeoutInSeconds"] = duration_s(arguments.timeout)
    return {"location": context.azure.location, "properties": properties}
