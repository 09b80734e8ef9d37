"""management.azure.com: subscriptions, resource groups, connected machines and what belongs to them, operations.

`routes` is the table of operations. Each special resource has a file of functions `(store, call, parts) -> Response`;
the others are rows of `plain_types`.

Source: the OpenAPI of Microsoft.HybridCompute 2026-07-15 and recorded exchanges. See docs/wire/arm.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from simulator.authorization import Authorization
from simulator.call import Call
from simulator.contract import ARM_AUDIENCES
from simulator.errors import ApiError
from simulator.resources.entities import Subscription
from simulator.resources.providers import type_of
from simulator.resources.request_body import location_of
from simulator.services.arm.answers import refused, without_body
from simulator.services.arm.groups import refuse_in_deletion
from simulator.services.arm.limits import count
from simulator.services.arm.locks import refuse_locked
from simulator.services.arm.machines import find_machine
from simulator.services.arm.media_type import check_media_type
from simulator.services.arm.names import Parts
from simulator.services.arm.registration import need_registered
from simulator.services.arm.route_tree import ANYBODY, SIGNED_IN, Route
from simulator.services.arm.routes import ROUTE_TREE
from simulator.services.arm.versions import check_form, check_supported
from simulator.store import Store
from simulator.tenancy import need_subscription, subscription_in
from simulator.throttle import Throttle

_METHODS = ("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE")
_WRITES = ("PUT", "PATCH", "POST")


class ArmService:
    """Azure Resource Manager over the store."""

    def __init__(self, store: Store, authorization: Authorization, throttle: Throttle) -> None:
        self._store = store
        self._authorization = authorization
        self._throttle = throttle

    def name(self, call: Call) -> str:
        """Give the operation's name; a PUT of a machine that exists is an update."""
        found = _find(call.method, call.path)
        if found is None:
            return "arm.unknown"
        route, parts = found
        if route.operation == "machines.create" and find_machine(self._store, parts) is not None:
            return "machines.update"
        return route.operation

    async def answer(self, call: Call) -> Response:
        """Check version, token, rate, type, subscription, role, locks and registration, in this order, then do it.

        Raises: ApiError.
        """
        method, path = call.method, call.path
        found = _find(method, path)
        if found is not None and found[0].action == ANYBODY:
            answered = found[0].handler(self._store, call, found[1])
            return answered if isinstance(answered, Response) else await answered
        version = check_form(call)
        route, parts = found or (None, {})
        subscription = self._store.get(Subscription, subscription_in(path))
        claims = self._authorization.claims(call, ARM_AUDIENCES, subscription.tenant_id if subscription else "")
        call.tenant = str(claims["tid"])
        count(self._throttle, call, subscription.key if subscription else "")
        if call.body and method in _WRITES:
            check_media_type(call)
        check_supported(version, method, path, lambda: self._location(call, parts))
        if route is None:
            others = [each for each in _METHODS if _find(each, path) is not None]
            if others:
                message = f"The HTTP method '{method}' is not supported on the resource '{path}'."
                raise ApiError(405, "MethodNotAllowed", message, headers={"Allow": ", ".join(others)})
            message = f"The resource type at '{path}' could not be found for api version '{version}'."
            raise ApiError(404, "InvalidResourceType", message)
        if subscription is None and "subscription" in parts:
            need_subscription(self._store, parts["subscription"])
        self._check_scope(call, route, parts, claims)
        answered = route.handler(self._store, call, parts)
        response = answered if isinstance(answered, Response) else await answered
        return without_body(call, 204) if method != route.method else response

    def render(self, error: ApiError, call: Call) -> Response:
        """Give the error in ARM's form."""
        return refused(call, error)

    def _check_scope(self, call: Call, route: Route, parts: Parts, claims: Mapping[str, Any]) -> None:
        """Check role, locks, registration and group, and note for the journal which machine it is."""
        path, method = call.path, call.method
        if route.action != SIGNED_IN:
            self._authorization.require(claims, route.action, path, is_filtered=route.is_filtered)
            refuse_locked(self._store, route.action, path)
        if "machine" in parts:
            machine = find_machine(self._store, parts)
            call.machine = machine.key if machine else ""
        asked = type_of(path, method) if method in _WRITES and "subscription" in parts else None
        if asked is not None:
            need_registered(self._store, parts["subscription"], asked[0])
        if method in _WRITES and "group" in parts:
            refuse_in_deletion(self._store, parts)

    def _location(self, call: Call, parts: Parts) -> str:
        """Give where the resource of a request is or shall be; an empty text when that is not known."""
        if call.method in _WRITES and call.body:
            return location_of(call.json())
        machine = find_machine(self._store, parts) if "machine" in parts else None
        return machine.location if machine else ""


def _find(method: str, path: str) -> tuple[Route, Parts] | None:
    """Give a request's route. Source: HEAD of any resource says by 204 or 404 whether it is there; a GET finds out."""
    found = ROUTE_TREE.find(method, path)
    return ROUTE_TREE.find("GET", path) if found is None and method == "HEAD" else found
