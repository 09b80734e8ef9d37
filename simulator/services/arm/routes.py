"""Every request that Resource Manager answers, in one table: a new operation is a line, a new resource a file too.

Resources that behave like most have one line for all their operations: their row in the table of types.
"""

from __future__ import annotations

from simulator.services.arm import (
    catalogue,
    extensions,
    groups,
    health,
    machines,
    metadata,
    operations,
    providers,
    resource_graph,
    subscriptions,
)
from simulator.services.arm.plain import routes_of
from simulator.services.arm.plain_types import TYPES
from simulator.services.arm.route_tree import ANYBODY, SIGNED_IN, Handler, Route, RouteTree

_S = "/subscriptions/{subscription}"
_G = _S + "/resourcegroups/{group}"
_P = "/providers/microsoft.hybridcompute"
_M = _G + _P + "/machines/{machine}"
_E = _M + "/extensions/{extension}"
_L = _S + _P + "/locations/{location}"
_H = "/providers/microsoft.resourcehealth/availabilitystatuses"
_PUBLISHERS = _P + "/locations/{location}/publishers"
_TYPES = "/{publisher}/extensiontypes"
_TYPE = "/{type}"
_PROVIDER = _S + "/providers/{provider}"
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
_DELETE_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups/delete"
_READ_HEALTH = "Microsoft.ResourceHealth/availabilityStatuses/read"
_MACHINES = "Microsoft.HybridCompute/machines"
_EXTENSIONS = f"{_MACHINES}/extensions"

ROUTES: tuple[Route, ...] = (
    Route("GET", "/metadata/endpoints", "arm.endpoints", ANYBODY, metadata.endpoints),
    Route("GET", "/tenants", "tenants.list", SIGNED_IN, subscriptions.tenants),
    Route("GET", "/subscriptions", "subscriptions.list", SIGNED_IN, subscriptions.list_all),
    Route("GET", _S, "subscriptions.get", _READ_SUBSCRIPTION, subscriptions.get),
    Route("GET", _S + "/locations", "subscriptions.locations", _READ_SUBSCRIPTION, subscriptions.locations),
    Route("GET", "/providers", "providers.list", SIGNED_IN, providers.list_all),
    Route("GET", "/providers/{provider}", "providers.get", SIGNED_IN, providers.get),
    Route("GET", _S + "/providers", "providers.list", _READ_PROVIDERS, providers.list_all),
    Route("GET", _PROVIDER, "providers.get", SIGNED_IN, providers.get),
    Route("POST", _PROVIDER + "/register", "providers.register", "{provider}/register/action", providers.register),
    Route("POST", _PROVIDER + "/unregister", "providers.unregister", "{provider}/unregister/action",
          providers.unregister),
    Route("GET", _S + "/resourcegroups", "groups.list", _READ_GROUPS, groups.list_all),
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
    Route("GET", _M + "/extensions", "extensions.list", f"{_EXTENSIONS}/read", extensions.list_all),
    Route("GET", _E, "extensions.get", f"{_EXTENSIONS}/read", extensions.get),
    Route("PUT", _E, "extensions.put", f"{_EXTENSIONS}/write", extensions.put),
    Route("PATCH", _E, "extensions.patch", f"{_EXTENSIONS}/write", extensions.put),
    Route("DELETE", _E, "extensions.delete", f"{_EXTENSIONS}/delete", extensions.delete),
    Route("POST", _M + "/upgradeExtensions", "machines.upgradeExtensions", f"{_MACHINES}/upgradeExtensions/action",
          extensions.upgrade),
    Route("POST", _M + "/addExtensions", "machines.addExtensions", f"{_MACHINES}/addExtensions/action",
          extensions.add),
    *(Route("GET", scope + path, f"catalogue.{handler.__name__}", SIGNED_IN, handler)
      for scope in ("", _S) for path, handler in _CATALOGUE),
    Route("GET", _STATUS, "operations.status", SIGNED_IN, operations.status),
    Route("GET", _RESULTS, "operations.results", SIGNED_IN, operations.result),
    Route("GET", _M + _H, "health.list", _READ_HEALTH, health.list_all),
    Route("GET", _M + _H + "/current", "health.current", _READ_HEALTH, health.current),
    Route("GET", _G + _H, "health.list", _READ_HEALTH, health.list_all),
    Route("GET", _S + _H, "health.list", _READ_HEALTH, health.list_all),
    Route("POST", "/providers/microsoft.resourcegraph/resources", "graph.query", SIGNED_IN, resource_graph.resources),
    *(route for row in TYPES for route in routes_of(row)),
)  # fmt: skip
ROUTE_TREE = RouteTree(ROUTES)
