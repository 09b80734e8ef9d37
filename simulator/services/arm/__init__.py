"""management.azure.com: subscriptions, resource groups, connected machines and extensions, operations, health.

`routes` is the table of operations; each resource has a file of functions `(store, call, parts) -> Response`.

Source: the OpenAPI of Microsoft.HybridCompute 2026-07-15 and recorded exchanges. See docs/wire/arm.md.
"""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from simulator.authorization import Authorization
from simulator.call import Call, json_response
from simulator.contract import ARM_AUDIENCES
from simulator.errors import ApiError
from simulator.services.arm.answers import arm_headers
from simulator.services.arm.machines import find_machine
from simulator.services.arm.names import KNOWN_VERSIONS, Parts
from simulator.services.arm.routes import ANYBODY, SIGNED_IN, Route, find_route
from simulator.services.arm.subscriptions import need_subscription
from simulator.store import Store

_VERSION = re.compile(r"^\d{4}-\d{2}-\d{2}(-preview|-privatepreview)?$")


class ArmService:
    """Azure Resource Manager over the store."""

    def __init__(self, store: Store, authorization: Authorization) -> None:
        self._store = store
        self._authorization = authorization

    def name(self, call: Call) -> str:
        """Give the operation's name; a PUT of a machine that exists is an update."""
        found = find_route(call.request.method, call.request.url.path)
        if found is None:
            return "arm.unknown"
        route, parts = found
        if route.operation == "machines.create" and find_machine(self._store, parts) is not None:
            return "machines.update"
        return route.operation

    async def answer(self, call: Call) -> Response:
        """Check version, token, subscription and role, in this order, then do it. Raises: ApiError."""
        path = call.request.url.path
        found = find_route(call.request.method, path)
        if found is not None and found[0].action == ANYBODY:
            return found[0].handler(self._store, call, found[1])
        version = _checked_version(call)
        claims = self._authorization.claims(call, ARM_AUDIENCES)
        if found is None:
            message = f"The resource type at '{path}' could not be found for api version '{version}'."
            raise ApiError(404, "InvalidResourceType", message)
        route, parts = found
        self._check_scope(call, route, parts, claims)
        return route.handler(self._store, call, parts)

    def render(self, error: ApiError, call: Call) -> Response:
        """Give the error in ARM's form."""
        body: dict[str, Any] = {"code": error.code, "message": error.message, **error.extra}
        headers = {"x-ms-failure-cause": "gateway"} if error.status == 404 else {}
        return json_response({"error": body}, error.status, {**arm_headers(call), **headers, **error.headers})

    def _check_scope(self, call: Call, route: Route, parts: Parts, claims: dict[str, Any]) -> None:
        """Check subscription and role, and note for the journal which machine it is about."""
        if "subscription" in parts:
            need_subscription(self._store, parts["subscription"])
        if route.action != SIGNED_IN:
            self._authorization.require(claims, route.action, call.request.url.path)
        if "machine" in parts:
            machine = find_machine(self._store, parts)
            call.machine = machine.key if machine else ""


def _checked_version(call: Call) -> str:
    """Give the api-version. Raises: ApiError 400 when it is missing or of another form."""
    version = call.query("api-version")
    if not version:
        raise ApiError(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    if not _VERSION.match(version):
        known = ",".join(KNOWN_VERSIONS)
        message = f"The api-version '{version}' is invalid. The supported versions are '{known}'."
        raise ApiError(400, "InvalidApiVersionParameter", message)
    return version
