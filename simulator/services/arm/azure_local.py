"""`{machine}/providers/Microsoft.AzureStackHCI/virtualMachineInstances/default`: the VM of an Arc VM on Azure Local.

Source: the resource lies on the connected machine, so deleting the machine deletes the VM, which is what the agent's
documentation warns of; a DELETE is 202 or 204, as the SDK wants it. Assumed: nothing of the VM's properties is looked
at, and it is made at once.
"""

from __future__ import annotations

from typing import Any

import msgspec

from simulator.services.arm.plain_type import PlainType, Statuses


class VirtualMachineInstance(msgspec.Struct, rename="camel"):
    """What a client may write of a VM."""

    hardware_profile: dict[str, Any] = msgspec.field(default_factory=dict)
    os_profile: dict[str, Any] = msgspec.field(default_factory=dict)


VIRTUAL_MACHINE_INSTANCES = PlainType(
    name="Microsoft.AzureStackHCI/virtualMachineInstances", within="scope", only="default", is_tracked=False,
    shape=VirtualMachineInstance, patch=VirtualMachineInstance, members=("extendedLocation",),
    statuses=Statuses(deleted=202),
)  # fmt: skip
