"""Extensions and the operations that install, update and remove them."""

from __future__ import annotations

from typing import Any

import msgspec

from simulator.errors import ApiError
from simulator.resources import system_data
from simulator.resources.entities import Extension, Machine, Operation
from simulator.resources.request_body import object_of, tags_of
from simulator.resources.system_data import Author

QUEUE_S = 6 * 3600  # Source: operations for a disconnected machine are kept for 6 hours
_OPTIONS = ("autoUpgradeMinorVersion", "enableAutomaticUpgrade", "forceUpdateTag")


def wanted(
    key: str, machine: Machine, name: str, body: dict[str, Any], before: Extension | None, *, author: Author, now: float
) -> Extension:
    """Give an extension as a PUT or PATCH wants it. Raises: ApiError 400 when publisher or type is missing."""
    properties = object_of(body, "properties")
    publisher = str(properties.get("publisher") or (before.publisher if before else ""))
    kind = str(properties.get("type") or (before.type if before else ""))
    if not publisher or not kind:
        raise ApiError(400, "InvalidRequestContent", "An extension needs 'publisher' and 'type'.")
    version = str(properties.get("typeHandlerVersion") or (before.version if before else ""))
    return Extension(
        key=key, machine=machine.key, name=name, location=machine.location, publisher=publisher, type=kind,
        version=version, state="Updating" if before else "Creating",
        settings=object_of(properties, "settings", before.settings if before else {}),
        protected=object_of(properties, "protectedSettings", before.protected if before else {}),
        options={**(before.options if before else {}), **_chosen(properties)},
        tags=tags_of(body) if "tags" in body or before is None else before.tags,
        system_data=system_data.changed(before.system_data, author, now) if before else system_data.made(author, now),
    )  # fmt: skip


def _chosen(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: properties[name] for name in _OPTIONS if name in properties}


def shown(extension: Extension) -> dict[str, Any]:
    """Give an extension as ARM shows it; protected settings never. Source: recorded extension bodies."""
    properties: dict[str, Any] = {
        "publisher": extension.publisher, "type": extension.type, "typeHandlerVersion": extension.version,
        "autoUpgradeMinorVersion": False, "enableAutomaticUpgrade": True, **extension.options,
        "settings": extension.settings, "provisioningState": extension.state,
    }  # fmt: skip
    if extension.code:
        properties["instanceView"] = instance_view(extension)
    return {"id": extension.key, "name": extension.name, "type": "Microsoft.HybridCompute/machines/extensions",
            "location": extension.location, "tags": extension.tags, "properties": properties,
            "systemData": system_data.shown(extension.system_data)}  # fmt: skip


def instance_view(extension: Extension) -> dict[str, Any]:
    """Give what the agent told of an extension; without `status` before its first report."""
    view: dict[str, Any] = {
        "name": extension.name, "type": extension.type, "typeHandlerVersion": extension.version
    }  # fmt: skip
    if extension.code:
        level = "Error" if extension.state == "Failed" else "Information"
        message = f"Extension Message: {extension.message}"
        view["status"] = {"code": extension.code, "level": level, "message": message}
    return view


def ended(
    operation: Operation, extension: Extension | None, *, good: bool, code: str, message: str, version: str
) -> tuple[Operation, Extension | None]:
    """Give operation and extension after the agent's report; a removed extension is gone (None)."""
    status = "Succeeded" if good else "Failed"
    error = {} if good else {"code": code or "1", "message": message}
    after = msgspec.structs.replace(operation, status=status, **error)
    if extension is None or (good and operation.action == "extensions.uninstall"):
        return after, None
    changed = msgspec.structs.replace(
        extension,
        state="Succeeded" if good else "Failed",
        code=code or "0",
        message=message,
        version=version or extension.version,
    )
    return after, changed


def pending_on(operation: Operation) -> str:
    """Give the ARM id of the machine whose extension an operation works on; an empty text when it has ended."""
    return operation.extension.rpartition("/extensions/")[0] if operation.status == "InProgress" else ""


def lapses_at(operation: Operation) -> float | None:
    """Give when an operation lapses because nobody has fetched it; None when that cannot be any more."""
    waits = pending_on(operation) != "" and not operation.fetched
    return operation.started + QUEUE_S if waits else None
