"""`/providers/Microsoft.HybridCompute/osType/{os}/agentVersions`: releases of the agent. Source: preview OpenAPI.

The versions are the releases that the lab knows. Assumed: both systems have the same, and any token is good.
"""

from __future__ import annotations

from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.releases import Release, load_releases
from simulator.services.arm.answers import with_body
from simulator.services.arm.names import Parts
from simulator.store import Store

_LATEST = "latest"
#: Where packages of a release come from. Source: documented addresses.
_LINKS = {"windows": "https://gbl.his.arc.azure.com/azcmagent/{release}/AzureConnectedMachineAgent.msi",
          "linux": "https://packages.microsoft.com"}  # fmt: skip


def list_all(_store: Store, call: Call, parts: Parts) -> Response:
    """List the versions for an operating system, oldest first. Raises: ApiError 404 for an unknown system."""
    system = _need_system(parts)
    return with_body(call, {"value": [_shown(release, system) for release in load_releases().releases]})


def get(_store: Store, call: Call, parts: Parts) -> Response:
    """Give one version, or the newest for `latest`. Raises: ApiError 404."""
    system, name = _need_system(parts), parts["version"].lower()
    releases = load_releases().releases
    known = {_LATEST: releases[-1], **{release.name: release for release in releases}}
    if name not in known:
        raise ApiError(404, "HCRP404", f"The agent version '{parts['version']}' was not found.")
    return with_body(call, _shown(known[name], system))


def _need_system(parts: Parts) -> str:
    system = parts["system"].lower()
    if system not in _LINKS:
        raise ApiError(404, "HCRP404", f"There are no agent versions for '{parts['system']}'.")
    return system


def _shown(release: Release, system: str) -> dict[str, str]:
    return {"agentVersion": release.name, "downloadLink": _LINKS[system].format(release=release.name),
            "osType": system}  # fmt: skip
