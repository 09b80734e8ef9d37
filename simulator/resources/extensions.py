"""Extensions and the operations that install, update and remove them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from simulator.errors import ApiError
from simulator.resources import operations, system_data
from simulator.resources.entities import Extension, Machine, Operation
from simulator.resources.operations import Report
from simulator.resources.request_body import object_of
from simulator.resources.system_data import Author
from simulator.resources.tags import tags_of

_NAME = re.compile(r"[a-zA-Z0-9\-_.]{1,80}")  # Assumed: as names of other resources
_FLAGS = ("autoUpgradeMinorVersion", "enableAutomaticUpgrade")
_OPTIONS = (*_FLAGS, "forceUpdateTag")


def wanted(
    key: str, machine: Machine, name: str, body: dict[str, Any], before: Extension | None, *, author: Author, now: float
) -> Extension:
    """Give an extension as a PUT or PATCH wants it.

    Raises: ApiError 400 for a bad name, when publisher or type is missing, for a property that cannot be; 409 when
    publisher or type of an existing one would change (Assumed: as for virtual machines).
    """
    if not _NAME.fullmatch(name):
        raise ApiError(400, "InvalidResourceName", f"The resource name '{name}' is not valid.")
    properties = object_of(body, "properties")
    publisher = str(properties.get("publisher") or (before.publisher if before else ""))
    kind = str(properties.get("type") or (before.type if before else ""))
    if not publisher or not kind:
        raise ApiError(400, "InvalidRequestContent", "An extension needs 'publisher' and 'type'.")
    if before and (publisher.lower(), kind.lower()) != kind_of(before):
        message = f"The extension '{name}' is '{before.publisher}.{before.type}'; publisher and type cannot change."
        raise ApiError(409, "PropertyChangeNotAllowed", message)
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


def kind_of(extension: Extension) -> tuple[str, str]:
    """Give publisher and type; their case does not matter."""
    return extension.publisher.lower(), extension.type.lower()


def _chosen(properties: dict[str, Any]) -> dict[str, Any]:
    for name in _FLAGS:
        if not isinstance(properties.get(name) or False, bool):
            raise ApiError(400, "InvalidRequestContent", f"The property '{name}' must be true or false.")
    return {name: properties[name] for name in _OPTIONS if properties.get(name) is not None}


def shown(extension: Extension) -> dict[str, Any]:
    """Give an extension as ARM shows it; protected settings never, `tags` when it has some.

    Source: recorded extension bodies.
    """
    properties: dict[str, Any] = {
        "publisher": extension.publisher, "type": extension.type, "typeHandlerVersion": extension.version,
        "autoUpgradeMinorVersion": False, "enableAutomaticUpgrade": True, **extension.options,
        "settings": extension.settings, "provisioningState": extension.state,
    }  # fmt: skip
    if extension.code:
        properties["instanceView"] = instance_view(extension)
    tags = {"tags": extension.tags} if extension.tags else {}
    return {"id": extension.key, "name": extension.name, "type": "Microsoft.HybridCompute/machines/extensions",
            "location": extension.location, **tags, "properties": properties,
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


def told(_: Operation, extension: Extension) -> dict[str, Any]:
    """Give what the agent has to know. Assumed, as the whole wire form: docs/wire/extension-service.md."""
    return {
        "name": extension.name, "publisher": extension.publisher, "type": extension.type, "version": extension.version,
        "sequenceNumber": 0, "settings": extension.settings, "protectedSettings": extension.protected,
    }  # fmt: skip


def lost(extensions: Iterable[Extension], names: Collection[str]) -> list[Extension]:
    """Give the installed extensions that are not among the names of a machine's report: somebody has removed them."""
    known = {name.lower() for name in names}
    return [it for it in extensions if it.state == "Succeeded" and it.name.lower() not in known]


def reported(
    operation: Operation, extension: Extension, report: Report, now: float
) -> tuple[Operation, Extension | None]:
    """Give operation and extension after the agent's report; a removed extension is gone (None)."""
    if report.status == "transitioning":
        return operation, extension
    after = operations.ended(operation, report, now)
    if report.is_good and operation.action == "extensions.uninstall":
        return after, None
    changed = msgspec.structs.replace(
        extension,
        state=after.status,
        code=report.code or ("0" if report.is_good else "1"),
        message=report.message,
        version=report.version or extension.version,
    )
    return after, changed
