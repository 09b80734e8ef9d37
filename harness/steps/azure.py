"""azure: act in Azure as the subscription's owner: make or delete a connected machine, lock or unlock it."""

from __future__ import annotations

from harness.context import Context
from harness.errors import LabError
from harness.model.scenario import Azure
from harness.wait import wait_for


def run(context: Context, arguments: Azure) -> None:
    """Make over ARM; delete over ARM and wait until it is gone; set or lift a lock.

    Raises: LabError when ARM refuses.
    """
    if arguments.lock or arguments.unlock:
        context.control.lock(context.resource_id(arguments.lock or arguments.unlock), locked=bool(arguments.lock))
        return
    if arguments.create:
        body = {"location": context.azure.location, "properties": {}}
        answer = context.in_azure("PUT", context.resource_id(arguments.create), body=body)
        if answer.status_code != 200:
            raise LabError(
                "azure-refused", f"ARM refused to make '{arguments.create}': {answer.status_code} {answer.text}."
            )
        return
    path = context.resource_id(arguments.delete)
    answer = context.in_azure("DELETE", path)
    if answer.status_code not in (202, 204):
        raise LabError(
            "azure-refused", f"ARM refused to delete '{arguments.delete}': {answer.status_code} {answer.text}."
        )
    wait_for(
        f"the end of '{arguments.delete}' in Azure", lambda: context.in_azure("GET", path).status_code == 404, 20.0,
        lambda: context.in_azure("GET", path).text[:400],
    )  # fmt: skip
