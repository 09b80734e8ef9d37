"""azure-mgmt-hybridcompute: run commands and changes of several extensions at once."""

from __future__ import annotations

from azure.mgmt.hybridcompute import HybridComputeManagementClient

from tests.conformance.conftest import GROUP
from tests.conformance.machine import Machine


def test_several_extensions_at_once(arc: HybridComputeManagementClient, machine: Machine) -> None:
    """Extensions are added together and upgraded together."""
    name = machine.id.rpartition("/")[2]
    script = {"publisher": "Microsoft.Azure.Extensions", "type": "CustomScript", "typeHandlerVersion": "2.1.10"}
    adding = arc.begin_setup_extensions(GROUP, name, {"extensions": [script]})
    machine.work()
    adding.result()
    [made] = arc.machine_extensions.list(GROUP, name)
    assert made.properties.type_handler_version == "2.1.10"

    targets = {"extensionTargets": {"Microsoft.Azure.Extensions.CustomScript": {"targetVersion": "2.1.13"}}}
    upgrading = arc.begin_upgrade_extensions(GROUP, name, targets)
    machine.work()
    upgrading.result()
    assert arc.machine_extensions.get(GROUP, name, made.name).properties.type_handler_version == "2.1.13"


def test_the_life_of_a_run_command(arc: HybridComputeManagementClient, machine: Machine) -> None:
    """A script is sent, its output comes back, and it is deleted."""
    name, commands = machine.id.rpartition("/")[2], arc.machine_run_commands
    wanted = {"location": "eastus", "properties": {"source": {"script": "echo hello"}, "timeoutInSeconds": 60}}
    running = commands.begin_create_or_update(GROUP, name, "hello", wanted)
    machine.work(output="hello\n")
    done = running.result()
    assert (done.properties.instance_view.output, done.properties.instance_view.exit_code) == ("hello\n", 0)
    assert commands.get(GROUP, name, "hello").properties.source.script == "echo hello"
    assert [item.name for item in commands.list(GROUP, name)] == ["hello"]
    deleting = commands.begin_delete(GROUP, name, "hello")
    machine.work()
    deleting.result()
    assert list(commands.list(GROUP, name)) == []
