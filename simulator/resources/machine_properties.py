"""A machine's `properties`: what clients may write, what the agent tells, and how both are shown."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from simulator.clock import arm_time
from simulator.errors import ApiError
from simulator.resources.request_body import merged, object_of, text_of

#: What an agent tells, in the body of a PUT or in heartbeats. Source: recorded bodies of connected machines.
TOLD = (
    "agentVersion", "osName", "osType", "osSku", "osVersion", "osEdition", "osInstallDate", "machineFqdn", "vmUuid",
    "domainName", "adFqdn", "dnsFqdn", "mssqlDiscovered", "cloudMetadata", "detectedProperties", "agentConfiguration",
    "serviceStatuses", "errorDetails", "networkProfile", "storageProfile", "firmwareProfile", "hardwareProfile",
)  # fmt: skip
#: The same of `licenseProfile`; its other members follow from licences.
_LICENSE = ("licenseStatus", "licenseChannel")
_OBJECTS = ("osProfile", "locationData", "agentUpgrade")
_TEXTS = ("parentClusterResourceId", "privateLinkScopeResourceId", "identityKeyStore", "tpmEkCertificate",
          "hardwareResourceId")  # fmt: skip
#: Members of objects that only the service writes. Source: OpenAPI, readOnly.
_READ_ONLY = {
    "osProfile": ("computerName",),
    "agentUpgrade": ("lastAttemptDesiredVersion", "lastAttemptTimestamp", "lastAttemptStatus", "lastAttemptMessage"),
}
_PATCH_SETTINGS = ("linuxConfiguration", "windowsConfiguration")


def wanted(properties: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    """Give what a client wants kept; with `before`, as a PATCH of it, where null takes a member away.

    Read-only members are ignored, as ARM ignores them. Raises: ApiError 400 for a value of another type.
    """
    given = {name: properties[name] for name in (*_OBJECTS, *_TEXTS) if name in properties}
    for name in _OBJECTS:
        if isinstance(given.get(name), dict):
            hidden = _READ_ONLY.get(name, ())
            given[name] = {key: value for key, value in given[name].items() if key not in hidden}
    kept = merged(before or {}, given)
    _check(kept)
    return kept


def told(properties: dict[str, Any]) -> dict[str, Any]:
    """Give what the agent tells in a PUT's properties or in a heartbeat."""
    facts = {name: properties[name] for name in TOLD if name in properties}
    license_told = properties.get("licenseProfile")
    if isinstance(license_told, dict):
        facts["licenseProfile"] = {name: license_told[name] for name in _LICENSE if name in license_told}
    return facts


def attempted(properties: dict[str, Any]) -> dict[str, Any]:
    """Give what a heartbeat tells of the agent's last automatic upgrade; clients may not write it."""
    attempt = object_of(properties, "agentUpgrade")
    given = {name: str(attempt[name]) for name in _READ_ONLY["agentUpgrade"] if name in attempt}
    return {"agentUpgrade": given} if given else {}


def upgrades_automatically(kept: dict[str, Any]) -> bool:
    """Say whether automatic upgrades are switched on, in what clients want kept."""
    return bool(kept.get("agentUpgrade", {}).get("enableAutomaticUpgrade"))


def vm_id_of(properties: dict[str, Any]) -> str:
    """Give the vmId, or an empty text. Raises: ApiError 400 when it is no GUID."""
    text = str(properties.get("vmId") or "")
    try:
        _ = text and uuid.UUID(text)
    except ValueError as error:
        raise ApiError(400, "InvalidRequestContent", f"The vmId '{text}' is not a GUID.") from error
    return text


def public_key_of(properties: dict[str, Any]) -> str:
    """Give the clientPublicKey, or an empty text. Raises: ApiError 400 when it is no text, or not base64."""
    text = text_of(properties, "clientPublicKey")
    try:
        base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ApiError(400, "InvalidRequestContent", "The clientPublicKey is not base64.") from error
    return text


def shown(kept: dict[str, Any], facts: dict[str, Any], heard: float, name: str) -> dict[str, Any]:
    """Give the members that a client writes or the agent tells; `heard` is when the status began, 0 for never.

    Source: recorded bodies; one that was never heard says little more than what the client wrote.
    """
    upgrade = {"enableAutomaticUpgrade": False, **kept.get("agentUpgrade", {}), **facts.get("agentUpgrade", {})}
    esu = {"licenseAssignmentState": "NotAssigned", "serverType": "Unknown",
           "esuEligibility": "Ineligible" if heard else "Unknown", "esuKeyState": "Inactive"}  # fmt: skip
    told_now = {key: facts[key] for key in TOLD if key in facts and (heard or key != "agentVersion")}
    silent: dict[str, Any] = {"agentConfiguration": {}, "osProfile": kept.get("osProfile", {})}
    connected: dict[str, Any] = {
        "lastStatusChange": arm_time(heard), "errorDetails": [], "displayName": name, "agentVersion": "",
        "osProfile": {"computerName": name, **kept.get("osProfile", {})}, "agentConfiguration": {},
        "serviceStatuses": {}, "cloudMetadata": {"provider": "N/A"}, "detectedProperties": {},
        "mssqlDiscovered": "false",
    }  # fmt: skip
    return {
        **{key: value for key, value in kept.items() if key not in _READ_ONLY},
        **(connected if heard else silent), **told_now, "agentUpgrade": upgrade,
        "licenseProfile": {**facts.get("licenseProfile", {}), "esuProfile": esu},
    }  # fmt: skip


def _check(kept: dict[str, Any]) -> None:
    for name in _OBJECTS:
        if not isinstance(kept.get(name, {}), dict):
            raise ApiError(400, "InvalidRequestContent", f"The property '{name}' must be an object.")
    for name in _TEXTS:
        if not isinstance(kept.get(name, ""), str):
            raise ApiError(400, "InvalidRequestContent", f"The property '{name}' must be a text.")
    if kept.get("locationData") and not kept["locationData"].get("name"):
        raise ApiError(400, "InvalidRequestContent", "The property 'locationData.name' is required.")
    if not isinstance(kept.get("agentUpgrade", {}).get("enableAutomaticUpgrade", False), bool):
        message = "The property 'agentUpgrade.enableAutomaticUpgrade' must be true or false."
        raise ApiError(400, "InvalidRequestContent", message)
    for name in _PATCH_SETTINGS:
        object_of(object_of(kept.get("osProfile", {}), name), "patchSettings")
