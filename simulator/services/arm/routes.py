"""Every request that Resource Manager answers, in one table: a new operation is a line, a new resource a file too.

Paths are patterns without regard to case; their named parts come to the handler unquoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote

from starlette.responses import Response

from simulator.call import Call
from simulator.services.arm import (
    catalogue,
    extensions,
    groups,
    health,
    machines,
    metadata,
    operations,
    providers,
    subscriptions,
)
from simulator.services.arm.names import Parts
from simulator.store import Store

Handler = Callable[[Store, Call, Parts], Response]

ANYBODY = ""  # no token, no version
SIGNED_IN = "-"  # any good token


class Route(NamedTuple):
    """One operation: its method and path, its name in the journal, the action its caller needs, what does it."""

    method: str
    path: str
    operation: str
    action: str
    handler: Handler


_S = r"/subscriptions/(?P<subscription>[^/]+)"
_G = _S + r"/resourcegroups/(?P<group>[^/]+)"
_P = r"/providers/microsoft\.hybridcompute"
_M = _G + _P + r"/machines/(?P<machine>[^/]+)"
_E = _M + r"/extensions/(?P<extension>[^/]+)"
_L = _S + _P + r"/locations/(?P<location>[^/]+)"
_H = r"/providers/microsoft\.resourcehealth/availabilitystatuses"
_PUBLISHERS = _P + r"/locations/(?P<location>[^/]+)/publishers"
_TYPES = r"/(?P<publisher>[^/]+)/extensiontypes"
_TYPE = r"/(?P<type>[^/]+)"
_PROVIDER = _S + r"/providers/(?P<provider>[^/]+)"
_CATALOGUE: tuple[tuple[str, Handler], ...] = (
    (_PUBLISHERS, catalogue.publishers),
    (_PUBLISHERS + _TYPES, catalogue.types),
    (_PUBLISHERS + _TYPES + _TYPE + "/versions", catalogue.versions),
    (_PUBLISHERS + _TYPES + _TYPE + r"/versions/(?P<version>[^/]+)", catalogue.version),
)
_STATUS = _L + r"/operationstatus/(?P<operation>[^/]+)"
_RESULTS = _L + r"/operationresults/(?P<operation>[^/]+)"

_READ_SUBSCRIPTION = "Microsoft.Resources/subscriptions/read"
_READ_PROVIDERS = "Microsoft.Resources/subscriptions/providers/read"
_READ_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups/read"
_WRITE_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups/write"
_DELETE_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups/delete"
_READ_HEALTH = "Microsoft.ResourceHealth/availabilityStatuses/read"
_MACHINES = "Microsoft.HybridCompute/machines"
_EXTENSIONS = f"{_MACHINES}/extensions"

ROUTES: tuple[Route, ...] = (
    Route("GET", r"/metadata/endpoints", "arm.endpoints", ANYBODY, metadata.endpoints),
    Route("GET", r"/tenants", "tenants.list", SIGNED_IN, subscriptions.tenants),
    Route("GET", r"/subscriptions", "subscriptions.list", SIGNED_IN, subscriptions.list_all),
    Route("GET", _S, "subscriptions.get", _READ_SUBSCRIPTION, subscriptions.get),
    Route("GET", _S + "/locations", "subscriptions.locations", _READ_SUBSCRIPTION, subscriptions.locations),
    Route("GET", r"/providers", "providers.list", SIGNED_IN, providers.list_all),
    Route("GET", r"/providers/(?P<provider>[^/]+)", "providers.get", SIGNED_IN, providers.get),
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
)  # fmt: skip
_COMPILED = tuple((re.compile(route.path + "/?", re.IGNORECASE), route) for route in ROUTES)


def find_route(method: str, path: str) -> tuple[Route, Parts] | None:
    """Give the route of a request and the parts of its path; None for what is not imitated."""
    for pattern, route in _COMPILED:
        match = pattern.fullmatch(path) if method == route.method else None
        if match:
            return route, {name: unquote(value) for name, value in match.groupdict().items()}
    return None
