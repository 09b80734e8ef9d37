"""Connected machines: what they are to ARM, how their status follows from time, what changes them."""

from __future__ import annotations

import re
import uuid
from typing import Any

import msgspec

from simulator.clock import iso
from simulator.contract import DISCONNECTED_AFTER_S, EXPIRED_AFTER_S, MachineState, MachineStatus
from simulator.errors import ApiError
from simulator.resources import clones, machine_identity, machine_properties, system_data
from simulator.resources import extensions as extension_rules
from simulator.resources.entities import Extension, Machine
from simulator.resources.machine_identity import MachineIdentity
from simulator.resources.request_body import location_of, object_of, refuse_move, text_of
from simulator.resources.system_data import Author
from simulator.resources.tags import tags_of
from simulator.resources.transition import Transition

NAME = re.compile(r"[a-zA-Z0-9\-_.]{1,54}")
_ONE_SENDER_S = 60  # Assumed: for so long after a heartbeat another sender's is a duplicate


def machine_id(subscription: str, group: str, name: str) -> str:
    """Give a machine's ARM id in canonical casing."""
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.HybridCompute/machines/{name}"


def status_of(machine: Machine, now: float) -> MachineStatus:
    """Derive the status. Source: Disconnected after 15 minutes without a heartbeat, Expired after 45 days."""
    if not machine.last_heartbeat:
        return "AwaitingConnection"
    silent = now - machine.last_heartbeat
    if silent >= EXPIRED_AFTER_S:
        return "Expired"
    return "Disconnected" if silent >= DISCONNECTED_AFTER_S else "Connected"


def status_changed(machine: Machine, now: float) -> float:
    """Give when the status became what it is."""
    status = status_of(machine, now)
    if status == "Expired":
        return machine.last_heartbeat + EXPIRED_AFTER_S
    if status == "Disconnected":
        return machine.last_heartbeat + DISCONNECTED_AFTER_S
    return machine.status_since or machine.created


def created(
    key: str, body: dict[str, Any], *, subscription: str, group: str, name: str, author: Author, now: float
) -> Machine:
    """Give a new machine from the body of a PUT.

    Raises: ApiError 400 for a bad name, a missing location, or a property that cannot be.
    """
    if not NAME.fullmatch(name):
        raise ApiError(400, "InvalidResourceName", f"The resource name '{name}' is not valid.")
    location = location_of(body)
    if not location:
        raise ApiError(400, "LocationRequired", "The location property is required for this definition.")
    properties = object_of(body, "properties")
    vm_id = machine_properties.vm_id_of(properties) or str(uuid.uuid4())
    return Machine(
        key=key, name=name, subscription_id=subscription, resource_group=group, location=location, vm_id=vm_id,
        public_key=machine_properties.public_key_of(properties), principal_id=str(uuid.uuid4()),
        client_id=str(uuid.uuid4()), created=now, tags=tags_of(body), kind=text_of(body, "kind"),
        properties=machine_properties.wanted(properties), facts=machine_properties.told(properties),
        identity=machine_identity.wanted(body, MachineIdentity()), system_data=system_data.made(author, now),
    )  # fmt: skip


def updated(machine: Machine, body: dict[str, Any], *, is_patch: bool, author: Author, now: float) -> Machine:
    """Give a machine after a PUT or PATCH; read-only properties are ignored, as ARM ignores them.

    A PATCH merges what it says into what there was; its tags replace those of before. A new key or vmId is a new
    identity: the certificate of the old one is no longer good. Source: OpenAPI for what can be patched.
    Raises: ApiError 409 for another location, 400 for a property that cannot be.
    """
    refuse_move(machine.name, machine.location, location_of(body))
    properties = object_of(body, "properties")
    public_key = machine_properties.public_key_of(properties) or machine.public_key
    vm_id = machine_properties.vm_id_of(properties) or machine.vm_id
    same = (public_key, vm_id.lower()) == (machine.public_key, machine.vm_id.lower())
    return msgspec.structs.replace(
        machine, public_key=public_key, vm_id=vm_id, kind=text_of(body, "kind") or machine.kind,
        tags=machine.tags if is_patch and "tags" not in body else tags_of(body),
        properties=machine_properties.wanted(properties, machine.properties if is_patch else None),
        identity=machine_identity.wanted(body, machine.identity),
        system_data=system_data.changed(machine.system_data, author, now),
        certificate_thumbprint=machine.certificate_thumbprint if same else "",
        certificate_end=machine.certificate_end if same else 0.0, last_sender=machine.last_sender if same else "",
        other_sender=machine.other_sender if same else "", turns=machine.turns if same else 0,
    )  # fmt: skip


def duplicate_for(machine: Machine, sender: str, now: float) -> float:
    """Give for how many more seconds a heartbeat from `sender`, an address, is a duplicate; 0 when it is none.

    Two senders of one machine are a machine and its clone. A sender that is not known is not judged.
    """
    if not sender or not machine.last_sender or sender == machine.last_sender:
        return 0.0
    return max(0.0, machine.last_heartbeat + _ONE_SENDER_S - now)


def heard(machine: Machine, facts: dict[str, Any], now: float, *, sender: str = "") -> Transition:
    """Give what an accepted heartbeat changes."""
    was = status_of(machine, now)
    after = msgspec.structs.replace(
        machine, facts={**machine.facts, **facts}, last_heartbeat=now, heartbeats=machine.heartbeats + 1,
        **clones.after_heartbeat(machine, sender, now),
        status_since=machine.status_since if was == "Connected" and machine.status_since else now,
    )  # fmt: skip
    data = {"agentVersion": str(facts.get("agentVersion", "")), "number": after.heartbeats}
    return Transition("his.heartbeat", (after,), kind="heartbeat", machine=machine.key, data=data)


def shown(
    machine: Machine, extensions: list[Extension] | None, tenant_id: str, now: float, *, state: str = "Succeeded"
) -> dict[str, Any]:
    """Give a machine as ARM shows it; without `extensions` as in a list. `state` is the provisioning state.

    Source: recorded machine bodies.
    """
    heard_at = status_changed(machine, now) if machine.last_heartbeat else 0.0
    properties: dict[str, Any] = {
        "provisioningState": "Deleting" if machine.deleting else state, "status": status_of(machine, now),
        "vmId": machine.vm_id, "clientPublicKey": machine.public_key,
        **machine_properties.shown(machine.properties, machine.facts, heard_at, machine.name),
    }  # fmt: skip
    if reason := clones.reason_of(machine, now):
        properties["statusReason"] = reason
    body: dict[str, Any] = {
        "id": machine.key, "name": machine.name, "type": "Microsoft.HybridCompute/machines",
        "location": machine.location, "tags": machine.tags,
        "identity": machine_identity.shown(machine.identity, machine.principal_id, tenant_id),
        "properties": properties, "systemData": system_data.shown(machine.system_data),
    }  # fmt: skip
    if machine.kind:
        body["kind"] = machine.kind
    if extensions is not None:
        body["resources"] = [extension_rules.shown(extension) for extension in extensions]
    return body


def summarised(machine: Machine, extensions: list[str], creates: int, now: float) -> MachineState:
    """Give a machine as the control shows it."""
    return MachineState(
        id=machine.key, name=machine.name, vm_id=machine.vm_id, status=status_of(machine, now),
        provisioning_state="Deleting" if machine.deleting else "Succeeded",
        agent_version=str(machine.facts.get("agentVersion", "")) if machine.last_heartbeat else "",
        last_heartbeat=iso(machine.last_heartbeat) if machine.last_heartbeat else "", heartbeats=machine.heartbeats,
        creates=creates, principal_id=machine.principal_id, certificate_thumbprint=machine.certificate_thumbprint,
        certificate_not_after=iso(machine.certificate_end) if machine.certificate_end else "",
        extensions=tuple(extensions),
    )  # fmt: skip
