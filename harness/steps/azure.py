"""azure: act in Azure as the subscription's owner: make a machine or a VM, change, delete, lock or unlock one."""

from __future__ import annotations

from typing import Any

from harness.context import AZURE_LOCAL_API_VERSION, HYBRID_API_VERSION, VM_OF_MACHINE, Context
from harness.errors import LabError
from harness.model.azure_steps import Azure
from harness.wait import wait_for

_UPGRADE_API_VERSION = "2024-05-20-preview"  # Source: the documented request that switches automatic upgrades


def run(context: Context, arguments: Azure) -> None:
    """Make over ARM; delete over ARM and wait until it is gone; set or lift a lock.

    Raises: LabError when ARM refuses.
    """
    if arguments.lock or arguments.unlock:
        context.control.lock(context.resource_id(arguments.lock or arguments.unlock), locked=bool(arguments.lock))
        return
    if arguments.create or arguments.vm:
        _make(context, arguments)
        return
    if arguments.automatic_upgrade or arguments.manual_upgrade:
        path = context.resource_id(arguments.automatic_upgrade or arguments.manual_upgrade)
        switch = {"agentUpgrade": {"enableAutomaticUpgrade": bool(arguments.automatic_upgrade)}}
        context.asked_of_arm("PATCH", path, api_version=_UPGRADE_API_VERSION, body={"properties": switch})
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


def _make(context: Context, arguments: Azure) -> None:
    path, version = context.resource_id(arguments.create or arguments.vm), HYBRID_API_VERSION
    body: dict[str, Any] = {"properties": {}}
    if arguments.create:
        body["location"] = context.azure.location
    else:
        path, version = f"{path}/{VM_OF_MACHINE}", AZURE_LOCAL_API_VERSION
    answer = context.in_azure("PUT", path, api_version=version, body=body)
    if answer.status_code not in (200, 201):
        raise LabError("azure-refused", f"ARM refused to make '{path}': {answer.status_code} {answer.text}.")
