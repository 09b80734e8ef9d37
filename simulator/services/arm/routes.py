"""Every request that Resource Manager answers, in one table: a new operation is a line, a new resource a file too.

Resources that behave like most have one line for all their operations: their row in the table of types.
"""

from __future__ import annotations

from simulator.services.arm import (
    activity_log,
    agent_versions,
    batch,
    catalogue,
    connectivity,
    extensions,
    groups,
    licenses,
    machine_views,
    machines,
    metadata,
    operations,
    patches,
    perimeter_configurations,
    private_link,
    provider_operations,
    providers,
    resources,
    run_commands,
    subscriptions,
    tag_resources,
)
from simulator.services.arm.access import routes as access_routes
from simulator.services.arm.insight import routes as insight_routes
from simulator.services.arm.names import NAMESPACE
from simulator.services.arm.plain import routes_of
from simulator.services.arm.plain_types import TYPES
from simulator.services.arm.route_tree import ANYBODY, SIGNED_IN, Handler, Route, RouteTree

_S = "/subscriptions/{subscription}"
_G = _S + "/resourcegroups/{group}"
_P = "/providers/microsoft.hybridcompute"
_M = _G + _P + "/machines/{machine}"
_E = _M + "/extensions/{extension}"
_R = _M + "/runcommands/{command}"
_L = _S + _P + "/locations/{location}"
_LINKS = _G + _P + "/privatelinkscopes/{name}"
_CONFIGURATION = _LINKS + "/networkSecurityPerimeterConfigurations/{configuration}"
_PUBLISHERS = _P + "/locations/{location}/publishers"
_TYPES = "/{publisher}/extensiontypes"
_TYPE = "/{type}"
_TAGS = "{scope}/providers/Microsoft.Resources/tags/default"
_PROVIDER = _S + "/providers/{provider}"
#: What is known of extensions. Source: publishers and types are told outside subscriptions alone.
_CATALOGUE: tuple[tuple[str, Handler], ...] = (
    (_PUBLISHERS, catalogue.publishers),
    (_PUBLISHERS + _TYPES, catalogue.types),
    (_PUBLISHERS + _TYPES + _TYPE + "/versions", catalogue.versions),
    (_PUBLISHERS + _TYPES + _TYPE + "/versions/{version}", catalogue.version),
)
_STATUS = _L + "/operationstatus/{operation}"
_RESULTS = _L + "/operationresults/{operation}"

_READ_SUBSCRIPTION = "Microsoft.Resources/subscriptions/read"
_READ_PROVIDERS = "Microsoft.Resources/subscriptions/providers/read"
_READ_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups/read"
_WRITE_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups/write"
_READ_RESOURCES = "Microsoft.Resources/subscriptions/resources/read"
_DELETE_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups/delete"
_MACHINES = f"{NAMESPACE}/machines"
_EXTENSIONS = f"{_MACHINES}/extensions"
_RUN_COMMANDS = f"{_MACHINES}/runCommands"
_SCOPES = f"{NAMESPACE}/privateLinkScopes"
_CONFIGURATIONS = f"{_SCOPES}/networkSecurityPerimeterConfigurations"

_ROUTES: tuple[Route, ...] = (
    Route("GET", "/metadata/endpoints", "arm.endpoints", ANYBODY, metadata.endpoints),
    Route("POST", "/batch", "arm.batch", SIGNED_IN, batch.ask),
    Route("GET", "/tenants", "tenants.list", SIGNED_IN, subscriptions.tenants),
    Route("GET", "/subscriptions", "subscriptions.list", SIGNED_IN, subscriptions.list_all),
    Route("GET", _S, "subscriptions.get", _READ_SUBSCRIPTION, subscriptions.get, is_filtered=True),
    Route("GET", _S + "/locations", "subscriptions.locations", _READ_SUBSCRIPTION, subscriptions.locations),
    Route("GET", "/providers", "providers.list", SIGNED_IN, providers.list_all),
    Route("GET", "/providers/{provider}", "providers.get", SIGNED_IN, providers.get),
    Route("GET", _S + "/providers", "providers.list", _READ_PROVIDERS, providers.list_all),
    Route("GET", _PROVIDER, "providers.get", _READ_PROVIDERS, providers.get, is_filtered=True),
    Route("POST", _PROVIDER + "/register", "providers.register", "{provider}/register/action", providers.register),
    Route("POST", _PROVIDER + "/unregister", "providers.unregister", "{provider}/unregister/action",
          providers.unregister),
    Route("GET", _S + "/resources", "resources.list", _READ_RESOURCES, resources.list_all, is_filtered=True),
    Route("GET", _G + "/resources", "resources.list", _READ_RESOURCES, resources.list_all, is_filtered=True),
    Route("GET", _S + "/tagNames", "tagNames.list", "Microsoft.Resources/subscriptions/tagNames/read",
          tag_resources.names),
    Route("GET", _TAGS, "tags.get", "Microsoft.Resources/tags/read", tag_resources.get),
    Route("PUT", _TAGS, "tags.put", "Microsoft.Resources/tags/write", tag_resources.put),
    Route("PATCH", _TAGS, "tags.patch", "Microsoft.Resources/tags/write", tag_resources.patch),
    Route("DELETE", _TAGS, "tags.delete", "Microsoft.Resources/tags/delete", tag_resources.delete),
    Route("GET", _S + "/operationresults/{operation}", "groups.deletion", SIGNED_IN, groups.deletion),
    Route("GET", _S + "/resourcegroups", "groups.list", _READ_GROUPS, groups.list_all, is_filtered=True),
    Route("PATCH", _G, "groups.patch", _WRITE_GROUPS, groups.patch),
    Route("GET", _G, "groups.get", _READ_GROUPS, groups.get),
    Route("HEAD", _G, "groups.check", _READ_GROUPS, groups.check),
    Route("PUT", _G, "groups.put", _WRITE_GROUPS, groups.put),
    Route("DELETE", _G, "groups.delete", _DELETE_GROUPS, groups.delete),
    Route("GET", _S + _P + "/machines", "machines.list", f"{_MACHINES}/read", machines.list_all),
    Route("GET", _G + _P + "/machines", "machines.list", f"{_MACHINES}/read", machines.list_all),
    Route("GET", _M, "machines.get", f"{_MACHINES}/read", machines.get),
    Route("PUT", _M, "machines.create", f"{_MACHINES}/write", machines.put),
    Route("PATCH", _M, "machines.update", f"{_MACHINES}/write", machines.put),
    Route("DELETE", _M, "machines.delete", f"{_MACHINES}/delete", machines.delete),
    Route("POST", _M + "/reconnect", "machines.reconnect", f"{_MACHINES}/reconnect/action", machines.reconnect),
    Route("GET", _M + "/extensions", "extensions.list", f"{_EXTENSIONS}/read", extensions.list_all),
    Route("GET", _E, "extensions.get", f"{_EXTENSIONS}/read", extensions.get),
    Route("PUT", _E, "extensions.put", f"{_EXTENSIONS}/write", extensions.put),
    Route("PATCH", _E, "extensions.patch", f"{_EXTENSIONS}/write", extensions.put),
    Route("DELETE", _E, "extensions.delete", f"{_EXTENSIONS}/delete", extensions.delete),
    Route("POST", _M + "/upgradeExtensions", "machines.upgradeExtensions", f"{_MACHINES}/upgradeExtensions/action",
          extensions.upgrade),
    Route("POST", _M + "/addExtensions", "machines.addExtensions", f"{_MACHINES}/addExtensions/action",
          extensions.add),
    Route("POST", _M + "/assessPatches", "machines.assessPatches", f"{_MACHINES}/assessPatches/action", patches.assess),
    Route("POST", _M + "/installPatches", "machines.installPatches", f"{_MACHINES}/installPatches/action",
          patches.install),
    Route("GET", _L + "/updateCenterOperationResults/{operation}", "patches.result", SIGNED_IN, patches.result),
    Route("GET", _M + "/runcommands", "runCommands.list", f"{_RUN_COMMANDS}/read", run_commands.list_all),
    Route("GET", _R, "runCommands.get", f"{_RUN_COMMANDS}/read", run_commands.get),
    Route("PUT", _R, "runCommands.put", f"{_RUN_COMMANDS}/write", run_commands.put),
    Route("PATCH", _R, "runCommands.patch", f"{_RUN_COMMANDS}/write", run_commands.patch),
    Route("DELETE", _R, "runCommands.delete", f"{_RUN_COMMANDS}/delete", run_commands.delete),
    *(Route("GET", path, f"catalogue.{handler.__name__}", SIGNED_IN, handler) for path, handler in _CATALOGUE),
    *(Route("GET", _S + path, f"catalogue.{handler.__name__}", f"{NAMESPACE}/locations/publishers/read", handler,
            is_filtered=True) for path, handler in _CATALOGUE[2:]),
    Route("GET", _STATUS, "operations.status", SIGNED_IN, operations.status),
    Route("GET", _RESULTS, "operations.results", SIGNED_IN, operations.result),
    Route("GET", _S + "/providers/microsoft.azurestackhci/locations/{location}/operationresults/{operation}",
          "operations.results", SIGNED_IN, operations.result),
    *access_routes.ROUTES,
    *connectivity.ROUTES,
    *insight_routes.ROUTES,
    Route("POST", _S + _P + "/validateLicense", "licenses.validate", f"{NAMESPACE}/validateLicense/action",
          licenses.validate),
    Route("GET", _LINKS + "/privateLinkResources", "privateLinkResources.list", f"{_SCOPES}/privateLinkResources/read",
          private_link.list_all),
    Route("GET", _LINKS + "/privateLinkResources/{link}", "privateLinkResources.get",
          f"{_SCOPES}/privateLinkResources/read", private_link.get),
    Route("GET", _LINKS + "/networkSecurityPerimeterConfigurations", "networkSecurityPerimeterConfigurations.list",
          f"{_CONFIGURATIONS}/read", perimeter_configurations.list_all),
    Route("GET", _CONFIGURATION, "networkSecurityPerimeterConfigurations.get", f"{_CONFIGURATIONS}/read",
          perimeter_configurations.get),
    Route("POST", _CONFIGURATION + "/reconcile", "networkSecurityPerimeterConfigurations.reconcile",
          f"{_CONFIGURATIONS}/reconcile/action", perimeter_configurations.reconcile),
    Route("GET", _L + "/privateLinkScopes/{number}", "privateLinkScopes.validate",
          f"{NAMESPACE}/locations/privateLinkScopes/read", private_link.validate),
    Route("GET", _M + "/privateLinkScopes/current", "privateLinkScopes.validateForMachine",
          f"{_MACHINES}/privateLinkScopes/read", private_link.validate_for_machine),
    Route("GET", _M + "/networkProfile", "networkProfile.get", f"{_MACHINES}/networkProfile/read",
          machine_views.network_profile),
    Route("GET", _M + "/hybridIdentityMetadata", "hybridIdentityMetadata.list",
          f"{_MACHINES}/hybridIdentityMetadata/read", machine_views.list_identities),
    Route("GET", _M + "/hybridIdentityMetadata/{name}", "hybridIdentityMetadata.get",
          f"{_MACHINES}/hybridIdentityMetadata/read", machine_views.identity),
    Route("GET", _P + "/osType/{system}/agentVersions", "agentVersions.list", SIGNED_IN, agent_versions.list_all),
    Route("GET", _P + "/osType/{system}/agentVersions/{version}", "agentVersions.get", SIGNED_IN, agent_versions.get),
    *(route for row in TYPES for route in routes_of(row)),
)  # fmt: skip
_READ_LOG = "Microsoft.Insights/eventtypes/values/Read"
_ACTIONS = (*(route.action for route in _ROUTES), _READ_LOG)
_PROVIDER_OPERATIONS = provider_operations.ProviderOperations(_ACTIONS)
#: Every route: those above, the list of the actions that they need, and the log of what was done by them.
ROUTES = (
    *_ROUTES,
    Route("GET", "/providers/Microsoft.Authorization/providerOperations", "providerOperations.list", SIGNED_IN,
          _PROVIDER_OPERATIONS.list_all),
    Route("GET", "/providers/Microsoft.Authorization/providerOperations/{namespace}", "providerOperations.get",
          SIGNED_IN, _PROVIDER_OPERATIONS.get),
    Route("GET", "/providers/Microsoft.Insights/eventcategories", "eventCategories.list", SIGNED_IN,
          activity_log.list_categories),
    Route("GET", "/providers/{provider}/operations", "operations.list", SIGNED_IN, _PROVIDER_OPERATIONS.list_own),
    Route("GET", _S + "/providers/Microsoft.Insights/eventtypes/management/values", "activityLog.list",
          _READ_LOG, activity_log.lister(RouteTree(_ROUTES))),
)  # fmt: skip
ROUTE_TREE = RouteTree(ROUTES)
