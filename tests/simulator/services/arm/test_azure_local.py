"""An Arc VM on Azure Local is a resource on a connected machine, and goes with it."""

from __future__ import annotations

from collections.abc import Callable

import httpx

_VM = "providers/Microsoft.AzureStackHCI/virtualMachineInstances/default"


def test_the_vm_goes_with_its_machine(
    arm: Callable[..., httpx.Response], make_machine: Callable[..., dict[str, object]]
) -> None:
    """It is there until the machine is deleted; another machine has none."""
    machine = str(make_machine()["id"])
    arm("POST", f"{machine.partition('/resourceGroups')[0]}/providers/Microsoft.AzureStackHCI/register")

    made = arm("PUT", f"{machine}/{_VM}", json={"properties": {}})
    before = arm("GET", f"{machine}/{_VM}")
    arm("DELETE", machine)
    after = arm("GET", f"{machine}/{_VM}")

    assert (made.status_code, before.status_code, after.status_code) == (201, 200, 404)


def test_a_vm_is_deleted_by_an_operation_of_its_own_provider(
    arm: Callable[..., httpx.Response], make_machine: Callable[..., dict[str, object]]
) -> None:
    """The machine stays; the operation is over at the first poll. A second DELETE finds nothing."""
    machine = str(make_machine()["id"])
    arm("POST", f"{machine.partition('/resourceGroups')[0]}/providers/Microsoft.AzureStackHCI/register")
    place = {"type": "CustomLocation", "name": "/subscriptions/x/here"}
    made = arm("PUT", f"{machine}/{_VM}", json={"properties": {}, "extendedLocation": place}).json()
    gone = arm("DELETE", f"{machine}/{_VM}")
    poll = arm("GET", gone.headers["Location"])

    assert (made["extendedLocation"], gone.status_code, poll.status_code) == (place, 202, 200)
    assert "/providers/Microsoft.AzureStackHCI/locations/eastus/operationResults/" in gone.headers["Location"]
    assert [arm(method, where).status_code for method, where in (
        ("DELETE", f"{machine}/{_VM}"), ("GET", f"{machine}/{_VM}"), ("GET", machine),
    )] == [204, 404, 200]  # fmt: skip


def test_a_vm_needs_a_machine(arm: Callable[..., httpx.Response]) -> None:
    """ARM finds no resource to put it on."""
    machine = "/subscriptions/0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2/resourceGroups/rg1/providers/Microsoft.HybridCompute"

    assert arm("PUT", f"{machine}/machines/no/{_VM}", json={"properties": {}}).status_code in (404, 409)
