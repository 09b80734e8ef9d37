"""Resource providers: their types, and which api-versions each type has had.

Source: the index of Bicep's types (versions), the versions that SDKs and the CLI were seen to send, and for the front
end ARM's own refusal, which lists them. Assumed: types of one provider have the same versions where they are not known
one by one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple


class ResourceType(NamedTuple):
    """One type: its name below the namespace, its api-versions, whether its resources have a location and tags."""

    name: str
    versions: tuple[str, ...]
    is_tracked: bool = False


class KnownProvider(NamedTuple):
    """A provider: its types; `is_registered` says that subscriptions register it, others need no registration."""

    types: tuple[ResourceType, ...]
    is_registered: bool = True


#: Versions of subscriptions, groups, tags, providers and generic resources. Source: ARM's `InvalidApiVersionParameter`.
FRONT_END_VERSIONS = (
    "2026-06-01", "2025-04-01", "2025-03-01", "2024-11-01", "2024-10-01-preview", "2024-08-01", "2024-07-01",
    "2024-06-01-preview", "2024-03-01", "2023-07-01", "2023-07-01-preview", "2023-03-01-preview", "2022-12-01",
    "2022-11-01-preview", "2022-09-01", "2022-06-01", "2022-05-01", "2022-03-01-preview", "2022-01-01", "2021-04-01",
    "2021-01-01", "2020-10-01", "2020-09-01", "2020-08-01", "2020-07-01", "2020-06-01", "2020-05-01", "2020-01-01",
    "2019-11-01", "2019-10-01", "2019-09-01", "2019-08-01", "2019-07-01", "2019-06-01", "2019-05-10", "2019-05-01",
    "2019-03-01", "2018-11-01", "2018-09-01", "2018-08-01", "2018-07-01", "2018-06-01", "2018-05-01", "2018-02-01",
    "2018-01-01", "2017-12-01", "2017-08-01", "2017-06-01", "2017-05-10", "2017-05-01", "2017-03-01", "2016-09-01",
    "2016-07-01", "2016-06-01", "2016-02-01", "2015-11-01", "2015-01-01", "2014-04-01-preview", "2014-04-01",
    "2014-01-01", "2013-03-01", "2014-02-26",
)  # fmt: skip
_MACHINES = (
    "2026-07-15", "2026-06-16-preview", "2026-06-04-preview", "2026-02-12-preview", "2025-09-16-preview",
    "2025-08-21-preview", "2025-06-01", "2025-02-19-preview", "2025-01-13", "2024-11-10-preview", "2024-09-10-preview",
    "2024-07-31-preview", "2024-07-10", "2024-05-20-preview", "2024-03-31-preview", "2023-10-03-preview",
    "2023-06-20-preview", "2023-04-25-preview", "2023-03-15-preview", "2022-12-27", "2022-12-27-preview", "2022-11-10",
    "2022-08-11-preview", "2022-05-10-preview", "2022-03-10", "2021-12-10-preview", "2021-06-10-preview", "2021-05-20",
    "2021-05-17-preview", "2021-04-22-preview", "2021-03-25-preview", "2021-01-28-preview", "2020-08-15-preview",
    "2020-08-02", "2020-07-30-preview", "2019-12-12", "2019-08-02-preview", "2019-03-18-preview",
)  # fmt: skip
_SINCE_2023 = _MACHINES[: _MACHINES.index("2023-06-20-preview") + 1]
_GUEST = ("2024-04-05", "2022-01-25", "2021-01-25", "2020-06-25", "2018-11-20", "2018-06-30-preview",
          "2018-01-20-preview")  # fmt: skip
_CONNECTIVITY = ("2027-01-01", "2024-12-01", "2023-03-15", "2022-05-01-preview", "2021-10-06-preview")
_HEALTH = ("2025-05-01", "2025-04-01", "2024-02-01", "2023-10-01-preview", "2023-07-01-preview", "2022-10-01",
           "2022-10-01-preview", "2022-05-01", "2022-05-01-preview", "2020-05-01", "2020-05-01-preview", "2018-07-01",
           "2018-07-01-preview", "2017-07-01", "2015-01-01")  # fmt: skip
_ADVISOR = ("2025-05-01-preview", "2025-01-01", "2023-01-01", "2022-10-01", "2022-09-01", "2020-07-01-preview",
            "2020-01-01", "2017-04-19", "2017-03-31", "2016-07-12-preview")  # fmt: skip
_POLICY_INSIGHTS = ("2024-10-01", "2023-03-01", "2022-09-01", "2022-04-01", "2021-10-01", "2021-01-01", "2020-07-01",
                    "2019-10-01", "2019-07-01", "2018-07-01-preview", "2018-04-04", "2017-12-12-preview")  # fmt: skip
_POLICY = ("2026-06-01", "2025-11-01", "2025-03-01", "2025-01-01", "2024-05-01", "2024-04-01", "2023-04-01",
           "2022-06-01", "2021-06-01", "2020-09-01", "2020-03-01", "2019-09-01", "2019-06-01", "2019-01-01",
           "2018-05-01", "2018-03-01", "2017-06-01-preview", "2016-12-01", "2016-04-01", "2015-11-01",
           "2015-10-01-preview")  # fmt: skip
_PERIMETERS = ("2026-03-01", "2026-01-01", "2025-09-01", "2025-07-01", "2025-05-01", "2025-01-01", "2024-10-01",
               "2024-07-01", "2024-06-01-preview", "2023-08-01-preview")  # fmt: skip
_LOCAL = ("2025-06-01-preview", "2025-04-01-preview", "2025-02-01-preview", "2024-10-01-preview", "2024-08-01-preview",
          "2024-01-01", "2023-09-01-preview")  # fmt: skip
_ROLES = ("2022-05-01-preview", "2022-04-01", "2022-01-01-preview", "2021-04-01-preview", "2020-10-01-preview",
          "2020-08-01-preview", "2020-04-01-preview", "2020-03-01-preview", "2018-09-01-preview", "2018-07-01",
          "2018-01-01-preview", "2017-10-01-preview", "2017-05-01", "2016-07-01", "2015-07-01", "2015-06-01",
          "2014-10-01-preview", "2014-07-01-preview", "2014-04-01-preview")  # fmt: skip
_LOCKS = ("2020-05-01", "2017-04-01", "2016-09-01", "2015-06-01", "2015-05-01-preview", "2015-01-01")
_GRAPH = ("2024-04-01", "2022-10-01", "2021-06-01-preview", "2021-03-01", "2020-09-01-preview", "2020-04-01-preview",
          "2019-04-01", "2018-09-01-preview")  # fmt: skip
_ACTIVITY = ("2017-03-01-preview", "2015-04-01", "2014-04-01")
_ACTION_GROUPS = ("2024-10-01-preview", "2023-09-01-preview", "2023-01-01", "2022-06-01", "2022-04-01", "2021-09-01",
                  "2019-06-01", "2019-03-01", "2018-09-01", "2018-03-01", "2017-04-01")  # fmt: skip
_ACTIVITY_ALERTS = ("2023-01-01-preview", "2020-10-01", "2017-04-01", "2017-03-01-preview")
_ALERTS = ("2025-05-25-preview", "2024-01-01-preview", "2019-05-05-preview", "2019-03-01", "2018-05-05",
           "2018-05-05-preview")  # fmt: skip
_MAINTENANCE = ("2023-10-01-preview", "2023-09-01-preview", "2023-04-01", "2022-11-01-preview", "2022-07-01-preview",
                "2021-09-01-preview", "2021-05-01", "2020-07-01-preview", "2020-04-01")  # fmt: skip


def _types(versions: tuple[str, ...], *names: str, tracked: tuple[str, ...] = ()) -> tuple[ResourceType, ...]:
    """Give types that have had the same versions; `tracked` are those with a location and tags."""
    return (*(ResourceType(name, versions, is_tracked=True) for name in tracked),
            *(ResourceType(name, versions) for name in names))  # fmt: skip


#: Providers by namespace.
PROVIDERS: dict[str, KnownProvider] = {
    "Microsoft.HybridCompute": KnownProvider((
        *_types(
            _MACHINES, "machines/assessPatches", "machines/installPatches", "machines/privateLinkScopes",
            "machines/hybridIdentityMetadata", "privateLinkScopes/privateEndpointConnections",
            "privateLinkScopes/privateLinkResources", "locations", "locations/operationStatus",
            "locations/operationResults", "locations/updateCenterOperationResults", "locations/privateLinkScopes",
            "operations",
            tracked=("machines", "machines/extensions", "privateLinkScopes"),
        ),
        *_types(
            _SINCE_2023, "machines/licenseProfiles", "machines/networkProfile", "validateLicense",
            "locations/publishers", "locations/publishers/extensionTypes",
            "locations/publishers/extensionTypes/versions", "osType", "osType/agentVersions", "settings",
            "networkConfigurations",
            "privateLinkScopes/networkSecurityPerimeterConfigurations",
            tracked=("licenses", "gateways", "machines/runCommands"),
        ),
    )),
    "Microsoft.GuestConfiguration": KnownProvider(
        _types(_GUEST, "guestConfigurationAssignments", "guestConfigurationAssignments/reports", "operations")
    ),
    "Microsoft.HybridConnectivity": KnownProvider(
        _types(_CONNECTIVITY, "endpoints", "endpoints/serviceConfigurations", "endpoints/listCredentials", "operations")
    ),
    "Microsoft.AzureArcData": KnownProvider(_types(
        ("2025-03-01-preview", "2024-05-01-preview", "2023-01-15-preview", "2022-03-01-preview", "2021-11-01",
         "2021-08-01"),
        "operations", tracked=("sqlServerInstances",),
    )),
    "Microsoft.AzureStackHCI": KnownProvider(
        _types(_LOCAL, "virtualMachineInstances", "locations", "locations/operationResults", "operations")
    ),
    "Microsoft.ResourceHealth": KnownProvider(
        _types(_HEALTH, "availabilityStatuses", "events", "events/impactedResources", "metadata", "operations")
    ),
    "Microsoft.Advisor": KnownProvider(_types(
        _ADVISOR, "recommendations", "recommendations/suppressions", "suppressions", "generateRecommendations",
        "configurations", "metadata", "advisorScore", "predict", "operations",
    )),
    "Microsoft.PolicyInsights": KnownProvider(_types(
        _POLICY_INSIGHTS, "policyStates", "policyEvents", "policyStates/queryResults", "policyEvents/queryResults",
        "policyStates/summarize", "policyStates/triggerEvaluation", "policyTrackedResources", "remediations",
        "remediations/listDeployments", "remediations/cancel", "attestations", "policyMetadata",
        "asyncOperationResults", "operations",
    )),
    "Microsoft.Insights": KnownProvider((
        *_types(_ACTIVITY, "eventTypes", "eventTypes/values", "eventCategories"),
        *_types(_ACTION_GROUPS, tracked=("actionGroups",)),
        *_types(_ACTIVITY_ALERTS, tracked=("activityLogAlerts",)),
        *_types(("2018-03-01", "2017-09-01-preview", "2016-03-01"), "operations", tracked=("metricAlerts",)),
    )),
    "Microsoft.AlertsManagement": KnownProvider(
        _types(_ALERTS, "alerts", "alerts/history", "alertsSummary", "alertsMetaData", "operations")
    ),
    "Microsoft.Maintenance": KnownProvider(_types(
        _MAINTENANCE, "configurationAssignments", "updates", "applyUpdates", "operations",
        tracked=("maintenanceConfigurations",),
    )),
    "Microsoft.Network": KnownProvider(_types(
        _PERIMETERS, "networkSecurityPerimeters/profiles", "networkSecurityPerimeters/resourceAssociations",
        "operations", tracked=("networkSecurityPerimeters",),
    )),
    "Microsoft.Authorization": KnownProvider((
        *_types(_ROLES, "denyAssignments", "roleAssignments", "roleDefinitions", "permissions", "providerOperations",
                "operations"),
        *_types(_LOCKS, "locks"),
        *_types(_POLICY, "policyAssignments", "policyDefinitions", "policySetDefinitions", "policyExemptions"),
    ), is_registered=False),
    "Microsoft.ResourceGraph": KnownProvider(
        _types(_GRAPH, "resources", "resourcesHistory", "operations"), is_registered=False
    ),
    "Microsoft.Resources": KnownProvider(_types(
        FRONT_END_VERSIONS, "tenants", "subscriptions", "subscriptions/locations", "subscriptions/providers",
        "subscriptions/resources", "subscriptions/tagNames", "subscriptions/tagNames/tagValues",
        "subscriptions/operationResults", "providers", "resources", "tags", "operations",
        tracked=("subscriptions/resourceGroups",),
    ), is_registered=False),
}  # fmt: skip
_BEHIND = "/providers/"
_NAMES = {name.lower(): name for name in PROVIDERS}
_TYPES = {
    (namespace.lower(), kind.name.lower()): kind for namespace, known in PROVIDERS.items() for kind in known.types
}


def canonical_namespace(namespace: str) -> str:
    """Give a namespace in Azure's own casing; one that is not known stays as it is."""
    return _NAMES.get(namespace.lower(), namespace)


def find_type(namespace: str, name: str) -> ResourceType | None:
    """Give a type in any casing, or None."""
    return _TYPES.get((namespace.lower(), name.lower()))


def newest_version(kind: ResourceType) -> str:
    """Give a type's newest api-version that is no preview; the newest of all when there is none."""
    return max((version for version in kind.versions if len(version) == len("2026-07-15")), default=max(kind.versions))


def provider_id(subscription: str, namespace: str) -> str:
    """Give the ARM id of a provider in a subscription, which is given by its own id."""
    return f"/subscriptions/{subscription}/providers/{canonical_namespace(namespace)}"


@lru_cache(4096)  # a request asks twice for its own
def type_of(path: str, method: str) -> tuple[str, str] | None:
    """Give namespace and type that a request is about, both as its path writes them; None for the front end's own.

    What follows the last `providers` is a namespace, then types and names in turn. The name of an action belongs to
    the type only where there is such a type. Providers themselves, and what is before them, are the front end's.
    """
    at = path.lower().rfind(_BEHIND)
    namespace, _, rest = path[at + len(_BEHIND) :].strip("/").partition("/") if at >= 0 else ("", "", "")
    words = rest.split("/")
    if not rest or (method == "POST" and words[-1].lower() in ("register", "unregister")):
        return None
    name, parent = "/".join(words[::2]), "/".join(words[:-1:2])
    is_action = method == "POST" and len(words) % 2 == 1 and parent and find_type(namespace, name) is None
    return namespace, parent if is_action else name
