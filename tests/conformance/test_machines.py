"""azure-mgmt-hybridcompute: the life of a connected machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.hybridcompute import HybridComputeManagementClient
from azure.mgmt.hybridcompute import models as arc_models
from azure.mgmt.resource.resources import ResourceManagementClient

from tests.conformance.conftest import GROUP, SUBSCRIPTION
from tests.conformance.exchanges import Recorder
from tests.conformance.machine import Machine, public_key
from tests.conformance.served import Served

Client = Callable[..., Any]
MACHINES = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.HybridCompute/machines"


def wanted(number: int = 1) -> arc_models.Machine:
    """Give a machine as an onboarding script describes it."""
    return arc_models.Machine(
        location="eastus", tags={"site": "Redmond"},
        identity=arc_models.ManagedServiceIdentity(type="SystemAssigned"),
        properties=arc_models.MachineProperties(
            vm_id=f"7e1c2d34-1111-4000-8000-{number:012}", client_public_key=public_key(),
            location_data=arc_models.LocationData(name="Redmond"),
        ),
    )  # fmt: skip


def test_the_life_of_a_machine(arc: HybridComputeManagementClient, served: Served) -> None:
    """Made, connected, changed, deleted: each step shows in the next answer."""
    made = arc.machines.create_or_update(GROUP, "life-1", wanted())
    assert made.properties.status == "AwaitingConnection"
    assert made.id == f"{MACHINES}/life-1"

    Machine(served, made.id, made.properties.vm_id).connect()
    found = arc.machines.get(GROUP.lower(), "LIFE-1")
    assert (found.id, found.properties.status) == (made.id, "Connected")
    assert found.properties.provisioning_state == "Succeeded"
    assert (found.properties.agent_version, found.properties.os_type) == ("1.67.03504.1320", "linux")
    assert found.properties.location_data.name == "Redmond"

    changed = arc.machines.update(GROUP, "life-1", arc_models.MachineUpdate(tags={"site": "Oslo"}))
    assert (changed.tags, arc.machines.get(GROUP, "life-1").tags) == ({"site": "Oslo"}, {"site": "Oslo"})

    arc.machines.begin_delete(GROUP, "life-1").result()
    with pytest.raises(ResourceNotFoundError) as refused:
        arc.machines.get(GROUP, "life-1")
    assert refused.value.error is not None
    assert refused.value.error.code == "ResourceNotFound"
    arc.machines.begin_delete(GROUP, "life-1").result()  # what is not there can be deleted, too


def test_lists_in_pages(arc: HybridComputeManagementClient, client: Client, recorder: Recorder) -> None:
    """Five machines come in three pages of two, in a group and in the subscription; none is missing or twice."""
    groups = client(ResourceManagementClient, SUBSCRIPTION).resource_groups
    groups.create_or_update("Pages", {"location": "eastus"})
    names = [f"page-{number}" for number in range(5)]
    for number, name in enumerate(names):
        arc.machines.create_or_update("Pages", name, wanted(100 + number))
    del recorder.exchanges[:]

    in_group = [item.name for item in arc.machines.list_by_resource_group("Pages")]
    assert (in_group, len(recorder.exchanges)) == (names, 3)
    everywhere = [item.name for item in arc.machines.list_by_subscription()]
    assert ([name for name in everywhere if name in names], len(set(everywhere))) == (names, len(everywhere))
    groups.begin_delete("Pages").result()


def test_an_instance_view(arc: HybridComputeManagementClient, machine: Machine) -> None:
    """A machine can be asked for with its instance view."""
    found = arc.machines.get(GROUP, machine.id.rpartition("/")[2], expand="instanceView")

    assert found.properties.status == "Connected"


def test_who_onboards_cannot_delete(
    client: Client, sign_in: Callable[[str], ClientSecretCredential], arc: HybridComputeManagementClient
) -> None:
    """The onboarding role makes machines and nothing else; a stranger does not even see them."""
    onboarding = client(HybridComputeManagementClient, SUBSCRIPTION, who=sign_in("onboarding"))
    stranger = client(HybridComputeManagementClient, SUBSCRIPTION, who=sign_in("stranger"))

    onboarding.machines.create_or_update(GROUP, "onboarded", wanted(200))
    with pytest.raises(HttpResponseError) as deleting:
        onboarding.machines.begin_delete(GROUP, "onboarded")
    with pytest.raises(HttpResponseError) as looking:
        stranger.machines.get(GROUP, "onboarded")
    for error in (deleting.value, looking.value):
        assert error.error is not None
        assert (error.status_code, error.error.code) == (403, "AuthorizationFailed")
    arc.machines.begin_delete(GROUP, "onboarded").result()


def test_a_refused_token(client: Client, machine: Machine) -> None:
    """A token for another audience is no token for Resource Manager."""
    other = client(
        HybridComputeManagementClient, SUBSCRIPTION, credential_scopes=["https://graph.microsoft.com/.default"]
    )

    with pytest.raises(ClientAuthenticationError) as refused:
        other.machines.get(GROUP, machine.id.rpartition("/")[2])
    assert refused.value.error is not None
    assert refused.value.error.code == "InvalidAuthenticationTokenAudience"


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("no name?", {}, "InvalidResourceName"),
        ("nowhere", {"location": ""}, "LocationRequired"),
    ],
)
def test_bad_machines(arc: HybridComputeManagementClient, name: str, change: dict[str, str], code: str) -> None:
    """What cannot be a machine is refused with ARM's code."""
    body = {**wanted(300).as_dict(), **change}

    with pytest.raises(HttpResponseError) as refused:
        arc.machines.create_or_update(GROUP, name, body)
    assert refused.value.error is not None
    assert (refused.value.status_code, refused.value.error.code) == (400, code)
