"""*-gas.guestconfiguration.azure.com: what extd and gcad ask. See docs/wire/extension-service.md."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import msgspec
from starlette.responses import Response

from simulator.authorization import Authorization
from simulator.call import Call, json_response
from simulator.contract import AGENT_SERVICE_APP_ID
from simulator.errors import ApiError
from simulator.extension_paths import package_path
from simulator.resources import extensions as extension_rules
from simulator.resources.entities import Entity, Extension, Machine, Operation
from simulator.resources.regions import REGIONS
from simulator.resources.transition import Transition
from simulator.store import Store

_PATH = re.compile(
    r"^/virtualMachines/(?P<vm>[^/]+)/(?P<what>extensions|extensionReport|assignments)(?:/(?P<name>[^/]+)/status)?$"
)
_NAMES = {"extensions": "gas.operations", "extensionReport": "gas.report", "assignments": "gas.assignments"}


class ExtensionService:
    """Hands out operations and takes in their ends. `packages` is the folder of extension packages."""

    def __init__(self, store: Store, authorization: Authorization, packages: Path | None) -> None:
        self._store = store
        self._authorization = authorization
        self._packages = packages

    def name(self, call: Call) -> str:
        """Give the operation's name."""
        match = _PATH.match(call.request.url.path)
        if match is None:
            return "gas.root" if call.request.url.path == "/" else "gas.unknown"
        return "gas.status" if match["name"] else _NAMES[match["what"]]

    async def answer(self, call: Call) -> Response:
        """Answer. Raises: ApiError; 501 for a request that is not known."""
        if call.operation == "gas.root":
            return Response(status_code=200)
        match = _PATH.match(call.request.url.path)
        if match is None:
            raise call.not_known()
        machine = self._authorization.machine(call, match["vm"], (AGENT_SERVICE_APP_ID,))
        if call.operation == "gas.operations":
            pending = self._store.find(Operation, "pending_on", machine.key)
            return json_response({"operations": [self._handed_out(o, machine, call.now) for o in pending]})
        if call.operation == "gas.assignments":
            return json_response({"assignments": []})
        if call.operation == "gas.status":
            self._ended(call, machine)
        elif call.operation == "gas.report":
            body = call.json()
            self._store.apply(
                Transition("gas.report", machine=machine.key, data={"extensions": body.get("extensions", [])})
            )
        return Response(status_code=204)

    def render(self, error: ApiError, call: Call) -> Response:  # noqa: ARG002 - all services render alike
        """Give the error in the service's form."""
        return json_response({"error": {"code": error.code, "message": error.message}}, error.status, error.headers)

    def _handed_out(self, operation: Operation, machine: Machine, now: float) -> dict[str, Any]:
        extension = self._store.get(Extension, operation.extension)
        if extension is None:
            raise ApiError(500, "InternalError", f"The operation '{operation.key}' has no extension.")
        if not operation.fetched:
            fetched = msgspec.structs.replace(operation, fetched=now)
            self._store.apply(Transition("extensions.fetch", (fetched,), machine=machine.key))
        body: dict[str, Any] = {
            "operationId": operation.key, "action": operation.action.partition(".")[2], "name": extension.name,
            "publisher": extension.publisher, "type": extension.type, "version": extension.version, "sequenceNumber": 0,
            "settings": extension.settings, "protectedSettings": extension.protected,
        }  # fmt: skip
        if body["action"] != "uninstall":
            body |= self._package(extension, machine)
        return body

    def _package(self, extension: Extension, machine: Machine) -> dict[str, Any]:
        """Name the package; without a version asked for, the newest that is there."""
        folder = (
            self._packages / package_path(extension.publisher, extension.type, "0").partition("/")[0]
            if self._packages
            else None
        )
        there = sorted(folder.glob("*.zip"), key=_number) if folder and folder.is_dir() else []
        chosen = (
            next((path for path in there if path.stem.endswith(f"__{extension.version}")), None)
            if extension.version
            else None
        )
        chosen = chosen or (there[-1] if there and not extension.version else None)
        version = chosen.stem.rpartition("__")[2] if chosen else extension.version
        path = package_path(extension.publisher, extension.type, version)
        digest = hashlib.sha256(chosen.read_bytes()).hexdigest() if chosen else ""
        host = f"{REGIONS.get(machine.location, 'eus')}.his.arc.azure.com"
        return {
            "version": version,
            "package": {"uri": f"https://{host}/extensions/extensionpackages/{path}", "sha256": digest},
        }

    def _ended(self, call: Call, machine: Machine) -> None:
        body = call.json()
        operation = self._store.get(Operation, str(body.get("operationId", "")))
        if operation is None or not operation.extension.startswith(f"{machine.key}/"):
            raise ApiError(404, "OperationNotFound", "There is no such operation on this machine.")
        if body.get("status") == "transitioning" or operation.status != "InProgress":
            return
        extension = self._store.get(Extension, operation.extension)
        after, changed = extension_rules.ended(
            operation, extension, good=body.get("status") == "succeeded", code=str(body.get("code", "")),
            message=str(body.get("message", "")), version=str(body.get("version", "")),
        )  # fmt: skip
        put: tuple[Entity, ...] = (after, changed) if changed else (after,)
        delete = ((Extension, operation.extension),) if changed is None else ()
        self._store.apply(
            Transition(f"{operation.action}.end", put, delete, machine=machine.key, data={"status": after.status})
        )


def _number(package: Path) -> tuple[int, ...]:
    """Give the version in a package's name as numbers, so that 2.1.9 comes before 2.1.10."""
    return tuple(int(part) for part in package.stem.rpartition("__")[2].split(".") if part.isdigit())
