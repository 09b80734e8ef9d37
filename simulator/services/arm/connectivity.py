"""`{machine}/providers/Microsoft.HybridConnectivity/endpoints`: how SSH and Windows Admin Center come to a machine.

Source: OpenAPI 2023-03-15 with its examples; the CLI's `az ssh arc`, which makes what is missing: the endpoint where it
is answered 404, the service configuration where it is answered 412. Assumed: nothing listens behind the relay, keys and
tokens open nothing. See docs/wire/arm.md.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from msgspec import UNSET, Meta, UnsetType
from starlette.responses import Response

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources.entities import Resource
from simulator.resources.request_body import text_of
from simulator.services.arm.answers import with_body
from simulator.services.arm.names import Parts
from simulator.services.arm.plain import need
from simulator.services.arm.plain_type import PlainType, Statuses
from simulator.services.arm.route_tree import Route
from simulator.store import Store
from simulator.tenancy import subscription_in, tenant_of

_NAME = "Microsoft.HybridConnectivity/endpoints"
_ENDPOINT = "{scope}/providers/microsoft.hybridconnectivity/endpoints/{name}"
_SERVICES = ("SSH", "WAC")
_PORTS = {"SSH": 22, "WAC": 6516}  # Source: the documented ports of both
_SHORTEST_S, _LONGEST_S = 600, 10800
_SUFFIX = "servicebus.windows.net"
_INGRESS_APP = "6256c85f-0aad-4d50-b960-e6e9b21efe35"  # Source: the published id of Arc's servers for clients


class Endpoint(msgspec.Struct, rename="camel"):
    """What a client may write of an endpoint."""

    type: Literal["default", "custom"]
    resource_id: str | UnsetType = UNSET


class ChangedEndpoint(msgspec.Struct, rename="camel"):
    """What PATCH may change of an endpoint."""

    type: Literal["default", "custom"] | UnsetType = UNSET
    resource_id: str | UnsetType = UNSET


class ChangedService(msgspec.Struct):
    """What PATCH may change of a service configuration."""

    port: Annotated[int, Meta(ge=1, le=65535)] | UnsetType = UNSET


class Service(ChangedService, rename="camel", kw_only=True):
    """What a client may write of a service configuration."""

    service_name: Literal["SSH", "WAC"]
    resource_id: str | UnsetType = UNSET


def _complete_endpoint(_store: Store, resource: Resource, _before: Resource | None) -> Resource:
    """Refuse an endpoint of no resource. Raises: ApiError 404."""
    if resource.key.lower().count("/providers/") < 2:
        raise ApiError(404, "InvalidResourceType", "Endpoints belong to a resource.")
    return resource


def _complete_service(_store: Store, resource: Resource, _before: Resource | None) -> Resource:
    """Add the port. Assumed: it is the service's usual one where nobody has said which."""
    port = _PORTS[resource.properties["serviceName"]]
    return msgspec.structs.replace(resource, properties={"port": port, **resource.properties})


ENDPOINTS = PlainType(
    name=_NAME, within="scope", is_tracked=False, shape=Endpoint, patch=ChangedEndpoint,
    statuses=Statuses(created=200), complete=_complete_endpoint,
)  # fmt: skip
SERVICE_CONFIGURATIONS = PlainType(
    name=f"{_NAME}/serviceConfigurations", within="scope", is_tracked=False, shape=Service, patch=ChangedService,
    complete=_complete_service,
)  # fmt: skip


def list_credentials(store: Store, call: Call, parts: Parts) -> Response:
    """Give what opens the relay to a machine. Raises: ApiError 400, 404 without endpoint, 412 without service."""
    return with_body(call, {"relay": _relay(store, call, need(ENDPOINTS, store, parts))})


def list_ingress_credentials(store: Store, call: Call, parts: Parts) -> Response:
    """Give what opens the relay, and the gateway before it. Raises: ApiError 400, 404, 412."""
    endpoint = need(ENDPOINTS, store, parts)
    profile = {"serverId": _INGRESS_APP, "tenantId": tenant_of(store, subscription_in(endpoint.key))}
    host = f"{_number(endpoint)[:32]}.{endpoint.location}.arcgateway.azure.com"
    relay = _relay(store, call, endpoint)
    return with_body(call, {"relay": relay, "ingress": {"hostname": host, "aadProfile": profile}})


def list_proxy(store: Store, call: Call, parts: Parts) -> Response:
    """Give the name by which a browser comes to a machine for a while. Raises: ApiError 400, 404, 412."""
    endpoint, body = need(ENDPOINTS, store, parts), call.json()
    if not text_of(body, "service"):
        raise ApiError(400, "InvalidRequestContent", "The property 'service' is required.")
    _check_service(store, endpoint, text_of(body, "serviceName"))
    proxy = f"{secrets.token_hex(8)}.{endpoint.location}.waconazure.com"
    return with_body(call, {"proxy": proxy, "expiresOn": int(call.now) + _LONGEST_S})


def _relay(store: Store, call: Call, endpoint: Resource) -> dict[str, Any]:
    """Give place and key of the relay; the token of the service, where one is named."""
    service = text_of(call.json(), "serviceName")
    _check_service(store, endpoint, service)
    ends = int(call.now) + _lifetime(call)
    namespace, connection = f"azgnrelay-{endpoint.location}-l1", _connection(endpoint)
    place = quote(f"http://{namespace}.{_SUFFIX}/{connection}/", safe="")
    signature = quote(base64.b64encode(secrets.token_bytes(32)).decode(), safe="")
    relay = {
        "namespaceName": namespace, "namespaceNameSuffix": _SUFFIX, "hybridConnectionName": connection,
        "accessKey": f"SharedAccessSignature sr={place}&sig={signature}&se={ends}&skn=sender", "expiresOn": ends,
    }  # fmt: skip
    return relay | ({"serviceConfigurationToken": secrets.token_urlsafe(48)} if service else {})


def _check_service(store: Store, endpoint: Resource, service: str) -> None:
    """Refuse a service that the endpoint does not let in. Source: the CLI, for 412. Assumed: code and text.

    Raises: ApiError 400 for another service than there is, 412.
    """
    if not service:
        return
    if service.upper() not in _SERVICES:
        raise ApiError(400, "InvalidRequestContent", f"The service '{service}' is not one of {', '.join(_SERVICES)}.")
    configured = store.below(Resource, endpoint.key)
    if not any(one.properties.get("serviceName") == service.upper() for one in configured):
        message = f"The endpoint '{endpoint.key}' has no service configuration for '{service}'."
        raise ApiError(412, "PreconditionFailed", message)


def _lifetime(call: Call) -> int:
    """Give how long a key is good, in seconds. Raises: ApiError 400 for what is out of the documented bounds."""
    asked = call.query("expiresin") or str(_LONGEST_S)
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= 5 and _SHORTEST_S <= int(asked) <= _LONGEST_S):
        message = f"The value '{asked}' of the query parameter 'expiresin' is not in {_SHORTEST_S} to {_LONGEST_S}."
        raise ApiError(400, "InvalidQueryParameterValue", message)
    return int(asked)


def _number(endpoint: Resource) -> str:
    return hashlib.sha256(endpoint.key.lower().encode()).hexdigest()


def _connection(endpoint: Resource) -> str:
    """Give the name of the relay's connection: the type of what the endpoint lies on, and a number that stays."""
    holder = endpoint.key.lower().rpartition("/providers/")[0]
    namespace, *segments = holder.rpartition("/providers/")[2].split("/")
    kind = "/".join((namespace, *segments[::2]))
    return f"{kind}/{_number(endpoint)[:63]}/{int(endpoint.system_data.created * 1e9)}"


_ACTIONS = (("listCredentials", list_credentials), ("listIngressGatewayCredentials", list_ingress_credentials),
            ("listManagedProxyDetails", list_proxy))  # fmt: skip
ROUTES: tuple[Route, ...] = tuple(
    Route("POST", f"{_ENDPOINT}/{word}", f"endpoints.{word}", f"{_NAME}/{word}/action", handler)
    for word, handler in _ACTIONS
)
