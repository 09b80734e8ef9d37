"""azure-mgmt-hybridcompute: what the agent does on request: several extensions at once, scripts, patches."""

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
    machine.work(result={"executionState": "Succeeded", "exitCode": 0, "output": "hello\n", "error": ""})
    done = running.result()
    assert (done.properties.instance_view.output, done.properties.instance_view.exit_code) == ("hello\n", 0)
    assert commands.get(GROUP, name, "hello").properties.source.script == "echo hello"
    assert [item.name for item in commands.list(GROUP, name)] == ["hello"]
    deleting = commands.begin_delete(GROUP, name, "hello")
    machine.work()
    deleting.result()
    assert list(commands.list(GROUP, name)) == []


def test_patches(arc: HybridComputeManagementClient, machine: Machine) -> None:
    """What is missing is found, then installed."""
    name = machine.id.rpartition("/")[2]
    looking = arc.machines.begin_assess_patches(GROUP, name)
    counts = {"security": 2, "critical": 1, "other": 3}
    machine.work(result={"patchServiceUsed": "APT", "rebootPending": False,
                         "availablePatchCountByClassification": counts})  # fmt: skip
    found = looking.result()
    assert (found.status, found.available_patch_count_by_classification.security) == ("Succeeded", 2)

    wanted = {"maximumDuration": "PT1H", "rebootSetting": "Never",
              "linuxParameters": {"classificationsToInclude": ["Security"]}}  # fmt: skip
    installing = arc.machines.begin_install_patches(GROUP, name, wanted)
    assert machine.work(result={"installedPatchCount": 2})[0]["rebootSetting"] == "Never"
    done = installing.result()
    assert (done.status, done.installed_patch_count) == ("Succeeded", 2)
