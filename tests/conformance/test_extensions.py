"""azure-mgmt-hybridcompute: extensions of a machine, from the wish to the agent's report."""

from __future__ import annotations

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.hybridcompute import HybridComputeManagementClient
from azure.mgmt.hybridcompute import models as arc_models

from tests.conformance.conftest import GROUP
from tests.conformance.machine import Machine

SCRIPT = arc_models.MachineExtensionProperties(
    publisher="Microsoft.Azure.Extensions", type="CustomScript", type_handler_version="2.1.10",
    auto_upgrade_minor_version=True, settings={"commandToExecute": "id"}, protected_settings={"secret": "hush"},
)  # fmt: skip


def wanted() -> arc_models.MachineExtension:
    """Give the extension that runs a script."""
    return arc_models.MachineExtension(location="eastus", properties=SCRIPT)


def test_the_life_of_an_extension(arc: HybridComputeManagementClient, machine: Machine) -> None:
    """Installed, changed, listed, removed; the agent gets the secret and nobody else does."""
    name = machine.id.rpartition("/")[2]
    making = arc.machine_extensions.begin_create_or_update(GROUP, name, "script", wanted())
    told = machine.work(message="first")
    made = making.result()
    assert told[0]["protectedSettings"] == {"secret": "hush"}
    assert (made.properties.provisioning_state, made.properties.protected_settings) == ("Succeeded", None)
    assert "first" in made.properties.instance_view.status.message

    changing = arc.machine_extensions.begin_update(GROUP, name, "script", arc_models.MachineExtensionUpdate(
        properties=arc_models.MachineExtensionUpdateProperties(settings={"commandToExecute": "uname"})
    ))  # fmt: skip
    assert machine.work()[0]["settings"] == {"commandToExecute": "uname"}
    assert changing.result().properties.settings == {"commandToExecute": "uname"}

    assert [item.name for item in arc.machine_extensions.list(GROUP, name)] == ["script"]
    assert arc.machine_extensions.get(GROUP, name, "script").properties.type == "CustomScript"

    removing = arc.machine_extensions.begin_delete(GROUP, name, "script")
    assert machine.work()[0]["action"] == "uninstall"
    removing.result()
    assert list(arc.machine_extensions.list(GROUP, name)) == []


def test_an_extension_that_fails(arc: HybridComputeManagementClient, machine: Machine) -> None:
    """The SDK raises what the agent reported."""
    name = machine.id.rpartition("/")[2]
    making = arc.machine_extensions.begin_create_or_update(GROUP, name, "script", wanted())
    machine.work(status="failed", message="the script ended with 51")

    with pytest.raises(HttpResponseError, match="the script ended with 51"):
        making.result()


def test_two_at_a_time(arc: HybridComputeManagementClient, machine: Machine) -> None:
    """A machine takes one operation at a time."""
    name = machine.id.rpartition("/")[2]
    first = arc.machine_extensions.begin_create_or_update(GROUP, name, "script", wanted())

    with pytest.raises(HttpResponseError) as refused:
        arc.machine_extensions.begin_create_or_update(GROUP, name, "other", wanted())
    assert refused.value.error is not None
    assert (refused.value.status_code, refused.value.error.code) == (409, "HCRP409")
    machine.work()
    first.result()
