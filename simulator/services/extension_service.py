"""*-gas.guestconfiguration.azure.com: what extd and gcad ask. See docs/wire/extension-service.md."""

from __future__ import annotations

import hashlib
import re
import uuid
from pathlib import Path
from typing import Any

import msgspec
from starlette.responses import Response

from simulator.authorization import Authorization
from simulator.call import Call, json_response, plain_error
from simulator.contract import AGENT_SERVICE_APP_ID
from simulator.errors import ApiError
from simulator.extension_paths import package_path
from simulator.resources import agent_work, extensions, guest_reports
from simulator.resources.entities import Extension, GuestReport, Machine, Operation, RegionMove, Resource
from simulator.resources.operations import Report
from simulator.resources.regions import his_host
from simulator.resources.transition import Transition
from simulator.served_files import find_served
from simulator.store import Store

_PATH = re.compile(
    r"^/virtualMachines/(?P<vm>[^/]+)/(?P<what>extensions|extensionReport|assignments)(?:/(?P<name>[^/]+)/(?P<end>status|report))?$"
)
_NAMES = {
    ("extensions", None): "gas.operations", ("extensions", "status"): "gas.status",
    ("extensionReport", None): "gas.report", ("assignments", None): "gas.assignments",
    ("assignments", "report"): "gas.assignmentReport",
}  # fmt: skip


class _Status(Report, frozen=True, rename={"operation_id": "operationId"}):
    """Body of a status report."""

    operation_id: str = ""


class _Installed(msgspec.Struct, frozen=True):
    """One extension of a report."""

    name: str = ""


class _Report(msgspec.Struct, frozen=True):
    """Body of a report of what is installed."""

    extensions: list[_Installed] = []


class ExtensionService:
    """Hands out operations and takes in their ends. `packages` is the folder of extension packages."""

    def __init__(self, store: Store, authorization: Authorization, packages: Path | None) -> None:
        self._store = store
        self._authorization = authorization
        self._packages = packages

    def name(self, call: Call) -> str:
        """Give the operation's name."""
        match = _PATH.match(call.path)
        if match is None:
            return "gas.root" if call.path == "/" else "gas.unknown"
        return _NAMES.get((match["what"], match["end"]), "gas.unknown")

    async def answer(self, call: Call) -> Response:
        """Answer. Raises: ApiError; 501 for a request that is not known."""
        if call.operation == "gas.root":
            return Response(status_code=200)
        match = _PATH.match(call.path)
        if match is None or call.operation == "gas.unknown":
            raise call.not_known()
        machine = self._authorization.machine(call, match["vm"], (AGENT_SERVICE_APP_ID,))
        if call.operation == "gas.operations":
            pending = self._store.find(Operation, "pending_on", machine.key)
            return json_response({"operations": [self._handed_out(o, machine, call.now) for o in pending]})
        if call.operation == "gas.assignments":
            assigned = self._assignments(machine)
            return json_response({"assignments": [guest_reports.handed_out(each) for each in assigned]})
        if call.operation == "gas.status":
            self._reported(call, machine)
        elif call.operation == "gas.report":
            self._take_report(call, machine)
        elif call.operation == "gas.assignmentReport":
            self._take_audit(call, machine, match["name"])
        return Response(status_code=204)

    def render(self, error: ApiError, call: Call) -> Response:  # noqa: ARG002 - all services render alike
        """Give the error in the service's form."""
        return plain_error(error)

    def _handed_out(self, operation: Operation, machine: Machine, now: float) -> dict[str, Any]:
        family = agent_work.family_of(operation)
        entity = self._store.get(family.kind, operation.resource)
        if entity is None:
            raise ApiError(500, "InternalError", f"The operation '{operation.key}' works on nothing.")
        if not operation.fetched:
            fetched = msgspec.structs.replace(operation, fetched=now)
            self._store.apply(Transition(f"{operation.action}.fetch", (fetched,), machine=machine.key))
        action = operation.action.partition(".")[2]
        body = {"operationId": operation.key, "action": action, **family.told(operation, entity)}
        if isinstance(entity, Extension) and action != "uninstall":
            body["package"] = self._package(entity, machine)
        return body

    def _package(self, extension: Extension, machine: Machine) -> dict[str, str]:
        """Name the package; without a checksum where there is none."""
        name = package_path(extension.publisher, extension.type, extension.version)
        path = find_served(self._packages, name) if self._packages else None
        host = his_host(machine.location, self._store.get(RegionMove, machine.location))
        return {
            "uri": f"https://{host}/extensions/extensionpackages/{name}",
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest() if path else "",
        }

    def _take_report(self, call: Call, machine: Machine) -> None:
        """Note what is installed; what Azure wants and is not there is installed again, one after the other.

        Source: an extension that was removed on the machine comes back at the next sync. Assumed: by an operation that
        this report begins.
        """
        body = call.json()
        try:
            names = [item.name for item in msgspec.convert(body, _Report).extensions]
        except msgspec.ValidationError as error:
            raise ApiError(400, "InvalidRequestContent", f"The report cannot be read: {error}.") from error
        told = {"extensions": body.get("extensions", [])}
        self._store.apply(Transition("gas.report", machine=machine.key, data=told))
        lost = extensions.lost(self._store.find(Extension, "machine", machine.key), names)
        if not lost or self._store.first(Operation, "pending_on", machine.key):
            return
        again = msgspec.structs.replace(lost[0], state="Creating", code="", message="")
        operation = Operation(
            key=str(uuid.uuid4()), status="InProgress", started=call.now, resource=again.key, machine=machine.key,
            action="extensions.install",
        )  # fmt: skip
        self._store.apply(Transition("extensions.return", (again, operation), machine=machine.key))

    def _assignments(self, machine: Machine) -> list[Resource]:
        """Give what is assigned to a machine, in the order of names."""
        found = [each for each in self._store.below(Resource, machine.key) if each.type == guest_reports.TYPE]
        return sorted(found, key=lambda each: each.key)

    def _take_audit(self, call: Call, machine: Machine, name: str) -> None:
        """Note how a machine complies. Raises: ApiError 400, 404."""
        named = [each for each in self._assignments(machine) if each.name.lower() == name.lower()]
        if not named:
            raise ApiError(404, "AssignmentNotFound", f"Nothing of the name '{name}' is assigned to this machine.")
        try:
            audit = msgspec.convert(call.json(), guest_reports.Audit)
        except msgspec.ValidationError as error:
            raise ApiError(400, "InvalidRequestContent", f"The report cannot be read: {error}.") from error
        before = self._store.below(GuestReport, named[0].key)
        self._store.apply(guest_reports.taken(named[0], before, audit, machine, call.now))

    def _reported(self, call: Call, machine: Machine) -> None:
        try:
            report = msgspec.convert(call.json(), _Status)
        except msgspec.ValidationError as error:
            raise ApiError(400, "InvalidRequestContent", f"The status cannot be read: {error}.") from error
        operation = self._store.get(Operation, report.operation_id)
        if operation is None or operation.machine != machine.key:
            raise ApiError(404, "OperationNotFound", "There is no such operation on this machine.")
        entity = self._store.get(agent_work.family_of(operation).kind, operation.resource)
        change = agent_work.after_report(operation, entity, report, call.now)
        if change is not None:
            self._store.apply(change)
