"""`.../machines/{m}/licenseProfiles/default`: what a machine is licensed for. Source: recorded bodies."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from simulator.errors import ApiError
from simulator.resources import license_profiles as profile_rules
from simulator.resources.entities import Machine, Resource
from simulator.services.arm.licenses import LICENSES
from simulator.services.arm.plain import shown
from simulator.services.arm.plain_type import PlainType, Statuses
from simulator.store import Store
from simulator.tenancy import is_in_tenant_of

#: What clients write, and what they send back of what they have read.
_STATUS = Literal["Unknown", "Enable", "Enabling", "Enabled", "Disable", "Disabling", "Disabled", "Failed"]
_MEANT = {"Enable": "Enabled", "Enabling": "Enabled", "Disable": "Disabled", "Disabling": "Disabled"}
#: The feature that comes with a product. Source: a recorded profile, which was made without features.
_INCLUDED = {"WindowsServer": "WindowsServerAzureArcMgmt"}


class SoftwareAssurance(msgspec.Struct, rename="camel"):
    """Whether the machine is covered by Software Assurance."""

    software_assurance_customer: bool | UnsetType = UNSET


class EsuProfile(msgspec.Struct, rename="camel"):
    """Which licence for Extended Security Updates the machine has: an ARM id, an empty text for none."""

    assigned_license: str | UnsetType = UNSET


class ProductFeature(msgspec.Struct, rename="camel"):
    """A feature of a product."""

    name: str
    subscription_status: _STATUS | UnsetType = UNSET


class ProductProfile(msgspec.Struct, rename="camel"):
    """A product that is paid for as it goes."""

    product_type: Literal["WindowsServer", "WindowsIoTEnterprise"] | UnsetType = UNSET
    subscription_status: _STATUS | UnsetType = UNSET
    product_features: list[ProductFeature] | UnsetType = UNSET


class LicenseProfile(msgspec.Struct, rename="camel"):
    """What a client may write of a licence profile, by PUT or PATCH."""

    software_assurance: SoftwareAssurance | UnsetType = UNSET
    esu_profile: EsuProfile | UnsetType = UNSET
    product_profile: ProductProfile | UnsetType = UNSET


def _complete(store: Store, resource: Resource, before: Resource | None) -> Resource:
    """Look for the licence, and date the subscriptions. Raises: ApiError 400 `HCRP400` for a licence that is not there.

    Assumed: code and text.
    """
    properties = dict(resource.properties)
    asked = properties.pop("esuProfile", {}).get("assignedLicense", "")
    if asked:
        properties["esuProfile"] = {"assignedLicense": _need_license(store, asked, resource).key}
    if "productProfile" in properties:
        held = before.properties.get("productProfile", {}) if before else {}
        properties["productProfile"] = _product(properties["productProfile"], held, resource.system_data.modified)
    return msgspec.structs.replace(resource, properties=properties)


def _need_license(store: Store, asked: str, profile: Resource) -> Resource:
    found = store.get(Resource, asked)
    if found is None or found.type != LICENSES.name or not is_in_tenant_of(store, found.key, profile.key):
        raise ApiError(400, "HCRP400", f"The license '{asked}' was not found.")
    return found


def _product(wanted: dict[str, Any], before: dict[str, Any], now: float) -> dict[str, Any]:
    """Give a product with its features, among them the one that comes with it, all dated."""
    features = {feature["name"]: feature for feature in wanted.get("productFeatures", [])}
    included = _INCLUDED.get(wanted.get("productType", ""))
    if included and included not in features:
        features[included] = {"name": included, "subscriptionStatus": wanted.get("subscriptionStatus", "Unknown")}
    held = {feature["name"]: feature for feature in before.get("productFeatures", [])}
    dated = [profile_rules.subscribed(_meant(item), held.get(name, {}), now) for name, item in features.items()]
    product = profile_rules.subscribed(_meant(wanted), before, now)
    return {**product, "productFeatures": dated} if dated else product


def _meant(item: dict[str, Any]) -> dict[str, Any]:
    """Give a product or feature with the status that comes of what was asked. Assumed: no time passes until it does."""
    status = item.get("subscriptionStatus", "Unknown")
    return {**item, "subscriptionStatus": _MEANT.get(status, status)}


def _view(store: Store, resource: Resource) -> dict[str, Any]:
    """Add what the machine's system and the licence mean."""
    machine = store.get(Machine, resource.key.rpartition("/licenseProfiles/")[0])
    held = store.get(Resource, profile_rules.assigned_license(resource))
    return {**resource.properties, **({"esuProfile": profile_rules.esu_profile(machine, held)} if machine else {})}


def seen_at(store: Store, machine: Machine) -> dict[str, Any]:
    """Give what a machine's own body says of its licence profile; nothing when it has none.

    Source: the OpenAPI's example of a machine, where the licence is a whole resource.
    """
    profile = store.get(Resource, f"{machine.key}/licenseProfiles/{LICENSE_PROFILES.only}")
    if profile is None:
        return {}
    held = store.get(Resource, profile_rules.assigned_license(profile))
    esu: dict[str, Any] = {"licenseAssignmentState": "Assigned" if held else "NotAssigned"}
    if held is not None:
        esu["assignedLicense"] = shown(LICENSES, store, held)
    return {**profile.properties, "esuProfile": {**profile_rules.esu_profile(machine, held), **esu}}


LICENSE_PROFILES = PlainType(
    name=profile_rules.TYPE, only="default", shape=LicenseProfile, patch=LicenseProfile, has_system_data=False,
    statuses=Statuses(created=201, updated=200, patched=202, deleted=202), is_long=True, complete=_complete, view=_view,
)  # fmt: skip
