"""`.../locations/{l}/publishers`: which extensions there are, and where their packages lie.

Source: recorded answers of the tenant's form; OpenAPI for the older form below a subscription. Names are in lower case.
Assumed: one place for each package, of a real machine's many; the catalogue is the same in every location.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.extension_catalogue import KnownExtension, load_catalogue
from simulator.extension_paths import package_path
from simulator.resources.regions import REGIONS
from simulator.services.arm.answers import with_body
from simulator.services.arm.names import NAMESPACE, Parts
from simulator.services.arm.subscriptions import subscription_id
from simulator.store import Store


def publishers(store: Store, call: Call, parts: Parts) -> Response:
    """List publishers."""
    names = sorted({known.publisher.lower() for known in load_catalogue().extensions})
    return _listed(store, call, parts, "", names)


def types(store: Store, call: Call, parts: Parts) -> Response:
    """List a publisher's types; none for an unknown publisher. Assumed: that it is no error."""
    names = sorted(known.type.lower() for known in load_catalogue().of_publisher(parts["publisher"]))
    return _listed(store, call, parts, f"/{parts['publisher'].lower()}/extensionTypes", names)


def versions(store: Store, call: Call, parts: Parts) -> Response:
    """List the versions of a type; none for an unknown one. Assumed: that it is no error."""
    known = load_catalogue().find(parts["publisher"], parts["type"])
    found = known.versions if known else ()
    return with_body(call, {"value": [_shown(store, parts, known, version) for version in found if known]})


def version(store: Store, call: Call, parts: Parts) -> Response:
    """Give one version. Raises: ApiError 404 `HCRP404` (Assumed: its text)."""
    known = load_catalogue().find(parts["publisher"], parts["type"])
    if known is None or parts["version"] not in known.versions:
        name = f"{parts['publisher']}.{parts['type']}"
        raise ApiError(404, "HCRP404", f"The version '{parts['version']}' of the extension '{name}' was not found.")
    return with_body(call, _shown(store, parts, known, parts["version"]))


def _listed(store: Store, call: Call, parts: Parts, below: str, names: list[str]) -> Response:
    base = f"{_base(store, parts)}{below}"
    return with_body(call, {"value": [{"id": f"{base}/{name}", "name": name} for name in names]})


def _base(store: Store, parts: Parts) -> str:
    scope = subscription_id(store, parts) if "subscription" in parts else ""
    return f"{scope}/providers/{NAMESPACE}/locations/{parts['location'].lower()}/publishers"


def _shown(store: Store, parts: Parts, known: KnownExtension, version: str) -> dict[str, Any]:
    publisher, kind = known.publisher.lower(), known.type.lower()
    path = f"{_base(store, parts)}/{publisher}/extensionTypes/{kind}/versions/{version}"
    named = {"publisher": publisher, "extensionType": kind, "version": version}
    if "subscription" in parts:
        kind_of_item = f"{NAMESPACE}/locations/publishers/extensionTypes/versions"
        return {"id": path, "name": version, "type": kind_of_item, "properties": named}
    host = f"https://{REGIONS.get(parts['location'].lower(), 'eus')}.his.arc.azure.com/extensions"
    package = package_path(publisher, kind, version)
    places: dict[str, Any] = {"extensionUris": [f"{host}/extensionpackages/{package}"]}
    if known.operating_system == "Linux":
        places["extensionSignatureUri"] = f"{host}/extensionsignatures/{package}"
    system = {"operatingSystem": known.operating_system, "architecture": ["x64"]}
    return {"id": path, "properties": {**named, **places, **system}}
