"""graph.microsoft.com: the directory, as far as roles need it: who somebody is, and new applications with secrets.

An application and its service principal are one thing here, so the one is never without the other. Source: the REST
reference of v1.0; what the CLI asks for `az role assignment` and `az ad sp create-for-rbac`. See docs/wire/graph.md.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable, Iterable
from urllib.parse import quote, urlencode

import msgspec
from starlette.responses import Response

from simulator.authorization import Authorization
from simulator.call import Call, json_response
from simulator.clock import arm_time, iso
from simulator.contract import GRAPH_HOST, ClientSecret
from simulator.directory import ends_at, held_roles
from simulator.errors import ApiError
from simulator.resources.entities import Machine, Principal, RoleAssignment
from simulator.resources.request_body import object_of, text_of
from simulator.resources.transition import Transition
from simulator.services import graph_objects
from simulator.services.graph_credentials import certificates_of, list_of
from simulator.services.graph_filter import read_filter
from simulator.services.graph_objects import Object
from simulator.store import Store
from simulator.tenancy import tenant_of

_APP_ID = "00000003-0000-0000-c000-000000000000"  # Source: its published application id
_PATH = re.compile(
    r"/(?:v1\.0|beta)/(?P<kind>\w+)(?:\(appid='(?P<app>[^']+)'\)|/(?!getbyids/?\Z)(?P<id>[^/]+))?"
    r"(?:/(?P<action>\w+))?/?",
    re.IGNORECASE,
)
#: Graph's codes for what is refused before a service is asked. Source: the REST reference's error codes.
_CODES = {
    **dict.fromkeys(("AuthenticationFailed", "ExpiredAuthenticationToken", "InvalidAuthenticationTokenAudience",
                     "InvalidAuthenticationTokenTenant"), "InvalidAuthenticationToken"),
    "InvalidRequestContent": "BadRequest",
}  # fmt: skip
_PAGE, _LARGEST_PAGE = 100, 999  # Source: of users and applications
_LIFETIME_S = 2 * 365 * 86400  # Source: of a secret for which no end is named


class GraphService:
    """Answers for the principals and machines of the store."""

    def __init__(self, store: Store, authorization: Authorization) -> None:
        self._store = store
        self._authorization = authorization
        self._kinds: dict[str, Callable[[str], list[Object]]] = {
            "users": self._users, "serviceprincipals": self._service_principals, "applications": self._applications,
            "groups": lambda _tenant: [],
        }  # fmt: skip

    def name(self, call: Call) -> str:
        """Give the operation's name: the collection, and what is done."""
        match = _PATH.fullmatch(call.path)
        if match is None or _handler(call, match) is None:
            return "graph.unknown"
        kind = match["kind"].lower()
        read = "get" if match["id"] or match["app"] or kind == "me" else "list"
        verb = match["action"] or {"GET": read, "HEAD": read}.get(call.method, call.method)
        return f"graph.{kind}.{verb.lower()}"

    async def answer(self, call: Call) -> Response:
        """Answer. Raises: ApiError 400, 401, 403, 404, and 501 for what is not known."""
        base = f"https://{call.header('host')}"
        hosts = (f"https://{GRAPH_HOST}", base)
        claims = self._authorization.claims(call, (_APP_ID, *hosts, *(f"{host}/" for host in hosts)))
        match = _PATH.fullmatch(call.path)
        handler = match and _handler(call, match)
        if match is None or handler is None:
            raise call.not_known()
        self._need_right(call.caller)
        return handler(self, call, str(claims["tid"]), match)

    def render(self, error: ApiError, call: Call) -> Response:
        """Give the error in Graph's form."""
        request = str(uuid.uuid4())
        inner = {"date": iso(call.now)[:19], "request-id": request,
                 "client-request-id": call.header("client-request-id") or request}  # fmt: skip
        code = _CODES.get(error.code, error.code)
        body = {"error": {"code": code, "message": error.message, "innerError": inner}}
        return json_response(body, error.status, {"request-id": request, **error.headers})

    def list_all(self, call: Call, tenant: str, match: re.Match[str]) -> Response:
        """List what `$filter` chooses, in pages. Raises: ApiError 400."""
        kind = match["kind"].lower()
        is_chosen = read_filter(call.query("$filter"), graph_objects.LIKE[kind])
        size, start = _page_size(call.query("$top")), call.query("$skiptoken")
        found = [one for one in self._kinds[kind](tenant) if is_chosen(one)]
        begin = int(start) if start.isascii() and start.isdecimal() and len(start) < 9 else 0
        host = f"https://{call.header('host')}"
        context = f"{host}/v1.0/$metadata#{match['kind']}"
        page = [graph_objects.untyped(one) for one in found[begin : begin + size]]
        body: Object = {"@odata.context": context, "value": page}
        if begin + size < len(found):
            asked = call.request.query_params.multi_items()
            kept = [(name, text) for name, text in asked if name.lower() != "$skiptoken"]
            query = urlencode([*kept, ("$skiptoken", begin + size)])
            body["@odata.nextLink"] = f"{host}{quote(call.path)}?{query}"
        return json_response(body)

    def get(self, call: Call, tenant: str, match: re.Match[str]) -> Response:  # noqa: ARG002 - as all handlers
        """Give one by its id, or by its application's. Raises: ApiError 404."""
        found = self._need(match["kind"].lower(), tenant, match["id"] or "", match["app"] or "")
        return json_response(graph_objects.untyped(found))

    def get_object(self, call: Call, tenant: str, match: re.Match[str]) -> Response:  # noqa: ARG002 - as all handlers
        """Give one of any kind by its id, with its type. Raises: ApiError 404."""
        all_kinds = (one for kind in self._kinds.values() for one in kind(tenant))
        return json_response(_named(all_kinds, match["id"] or "", match["app"] or ""))

    def get_me(self, call: Call, tenant: str, match: re.Match[str]) -> Response:  # noqa: ARG002 - as all handlers
        """Give the person who asks. Source: an application is refused so. Raises: ApiError 400."""
        found = next((one for one in self._users(tenant) if one["id"] == call.caller), None)
        if found is None:
            raise ApiError(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
        return json_response(graph_objects.untyped(found))

    def get_by_ids(self, call: Call, tenant: str, match: re.Match[str]) -> Response:  # noqa: ARG002 - as all handlers
        """Give those objects that there are. Source: unknown ids are left out."""
        body = call.json()
        wanted, types = ({str(one).lower() for one in list_of(body, name)} for name in ("ids", "types"))
        if not wanted:
            raise ApiError(400, "Request_BadRequest", "The property 'ids' is required.")
        kinds = {"user": "users", "serviceprincipal": "serviceprincipals", "application": "applications"}
        chosen = [each for word, each in kinds.items() if not types or word in types or "directoryobject" in types]
        found = [one for each in chosen for one in self._kinds[each](tenant) if one["id"].lower() in wanted]
        return json_response({"@odata.context": f"https://{call.header('host')}/v1.0/$metadata#directoryObjects",
                              "value": found})  # fmt: skip

    def make_application(self, call: Call, tenant: str, match: re.Match[str]) -> Response:  # noqa: ARG002
        """Make an application, with the certificates that its body has."""
        body = call.json()
        name = text_of(body, "displayName")
        if not name:
            raise ApiError(400, "Request_BadRequest", "The property 'displayName' is required.")
        made = Principal(key=str(uuid.uuid4()), name=name, tenant_id=tenant, client_id=str(uuid.uuid4()),
                         certificates=certificates_of(body))  # fmt: skip
        self._store.apply(Transition(call.operation, (made,)))
        return json_response(graph_objects.application(made), 201)

    def make_service_principal(self, call: Call, tenant: str, match: re.Match[str]) -> Response:  # noqa: ARG002
        """Give an application's service principal, which is there already. Raises: ApiError 400."""
        app_id = text_of(call.json(), "appId")
        found = next((one for one in self._people(tenant) if one.client_id.lower() == app_id.lower() != ""), None)
        if found is None:
            message = f"The appId '{app_id}' of the service principal does not reference a valid application object."
            raise ApiError(400, "Request_BadRequest", message)
        return json_response(graph_objects.service_principal(found), 201)

    def change_application(self, call: Call, tenant: str, match: re.Match[str]) -> Response:
        """Give an application another name or other certificates. Raises: ApiError 400, 404."""
        before, body = self._application(tenant, match), call.json()
        certificates = certificates_of(body, before.certificates) if "keyCredentials" in body else before.certificates
        name = text_of(body, "displayName") or before.name
        after = msgspec.structs.replace(before, name=name, certificates=certificates)
        self._store.apply(Transition(call.operation, (after,)))
        return Response(status_code=204)

    def add_password(self, call: Call, tenant: str, match: re.Match[str]) -> Response:
        """Make a secret and show it, this once. Raises: ApiError 400, 404."""
        before = self._application(tenant, match)
        asked = object_of(call.json(), "passwordCredential")
        end = text_of(asked, "endDateTime") or iso(call.now + _LIFETIME_S)
        made = ClientSecret(secrets.token_urlsafe(30), end)
        try:
            ends_at(made)
        except ValueError as error:
            raise ApiError(400, "Request_BadRequest", f"'{end}' is no moment with a zone.") from error
        after = msgspec.structs.replace(before, secrets=(*before.secrets, made))
        self._store.apply(Transition(call.operation, (after,)))
        begin = text_of(asked, "startDateTime") or arm_time(call.now)
        told = {**graph_objects.password(made), "startDateTime": begin, "displayName": asked.get("displayName")}
        return json_response({**told, "secretText": made.value})

    def remove_password(self, call: Call, tenant: str, match: re.Match[str]) -> Response:
        """Take a secret away. Raises: ApiError 400, 404."""
        before, key = self._application(tenant, match), text_of(call.json(), "keyId")
        kept = tuple(one for one in before.secrets if graph_objects.password(one)["keyId"] != key)
        if len(kept) == len(before.secrets):
            raise ApiError(400, "Request_BadRequest", f"There is no password credential '{key}'.")
        self._store.apply(Transition(call.operation, (msgspec.structs.replace(before, secrets=kept),)))
        return Response(status_code=204)

    def delete(self, call: Call, tenant: str, match: re.Match[str]) -> Response:
        """Let an application go. Source: its role assignments stay, and name nobody. Raises: ApiError 404."""
        self._store.apply(Transition(call.operation, (), ((Principal, self._application(tenant, match).key),)))
        return Response(status_code=204)

    def _people(self, tenant: str) -> list[Principal]:
        return [one for one in self._store.all(Principal) if one.tenant_id == tenant]

    def _users(self, tenant: str) -> list[Object]:
        return [graph_objects.user(one) for one in self._people(tenant) if one.upn]

    def _applications(self, tenant: str) -> list[Object]:
        return [graph_objects.application(one) for one in self._people(tenant) if one.client_id]

    def _service_principals(self, tenant: str) -> list[Object]:
        """Give the applications' and the machines' own."""
        return [*self._own_principals(tenant), *self._machines(tenant, self._store.all(Machine))]

    def _own_principals(self, tenant: str) -> list[Object]:
        return [graph_objects.service_principal(one) for one in self._people(tenant) if one.client_id]

    def _machines(self, tenant: str, machines: Iterable[Machine]) -> list[Object]:
        mine = (one for one in machines if tenant_of(self._store, one.subscription_id) == tenant)
        return [graph_objects.managed_identity(one) for one in mine]

    def _need(self, kind: str, tenant: str, name: str, app_id: str = "") -> Object:
        """Give one by its id, a person by the upn too. Raises: ApiError 404."""
        if kind != "serviceprincipals":
            return _named(self._kinds[kind](tenant), name, app_id)
        machines = (*self._store.find(Machine, "principal_id", name.lower()),
                    *self._store.find(Machine, "client_id", app_id.lower()))  # fmt: skip
        return _named([*self._own_principals(tenant), *self._machines(tenant, machines)], name, app_id)

    def _need_right(self, caller: str) -> None:
        """Let people and applications with the role Owner at a subscription in. Raises: ApiError 403.

        Assumed: nobody grants permissions here, so the Owner's stand for them.
        """
        person = self._store.get(Principal, caller)
        mine = self._store.find(RoleAssignment, "principal_id", caller.lower())
        if person is None or not (person.upn or any(held.name == "Owner" for held in held_roles(person, mine))):
            raise _denied()

    def _application(self, tenant: str, match: re.Match[str]) -> Principal:
        """Give the application, or the service principal, of a path. Raises: ApiError 404."""
        found = self._need(match["kind"].lower(), tenant, match["id"] or "", match["app"] or "")
        people = (one for one in self._people(tenant) if one.client_id and one.client_id == found.get("appId"))
        person = next(people, None)
        if person is None:
            raise _denied()
        return person


_Do = Callable[[GraphService, Call, str, re.Match[str]], Response]
_COLLECTIONS = ("users", "serviceprincipals", "applications", "groups")
#: What is done, by collection, method, whether one is named, and action.
_HANDLERS: dict[tuple[str, str, bool, str], _Do] = {
    **{(kind, "GET", False, ""): GraphService.list_all for kind in _COLLECTIONS},
    **{(kind, "GET", True, ""): GraphService.get for kind in _COLLECTIONS},
    ("me", "GET", False, ""): GraphService.get_me,
    ("directoryobjects", "GET", True, ""): GraphService.get_object,
    ("directoryobjects", "POST", False, "getbyids"): GraphService.get_by_ids,
    ("applications", "POST", False, ""): GraphService.make_application,
    ("applications", "PATCH", True, ""): GraphService.change_application,
    ("applications", "POST", True, "addpassword"): GraphService.add_password,
    ("applications", "POST", True, "removepassword"): GraphService.remove_password,
    ("applications", "DELETE", True, ""): GraphService.delete,
    ("serviceprincipals", "DELETE", True, ""): GraphService.delete,
    ("serviceprincipals", "POST", False, ""): GraphService.make_service_principal,
}  # fmt: skip


def _handler(call: Call, match: re.Match[str]) -> _Do | None:
    method = "GET" if call.method == "HEAD" else call.method
    has_id = bool(match["id"] or match["app"])
    return _HANDLERS.get((match["kind"].lower(), method, has_id, (match["action"] or "").lower()))


def _named(objects: Iterable[Object], name: str, app_id: str) -> Object:
    """Give the one with an id or a upn, or of an application. Raises: ApiError 404."""
    for one in objects:
        names = (one["id"], one.get("userPrincipalName", "")) if name else (one.get("appId", ""),)
        if (name or app_id).lower() in (each.lower() for each in names):
            return one
    message = (
        f"Resource '{name or app_id}' does not exist or one of its queried reference-property objects are not present."
    )
    raise ApiError(404, "Request_ResourceNotFound", message)


def _denied() -> ApiError:
    return ApiError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def _page_size(asked: str) -> int:
    """Give how many are in a page. Raises: ApiError 400 for what is no number of 1 to 999."""
    if not asked:
        return _PAGE
    if re.fullmatch("[0-9]{1,3}", asked) and int(asked):
        return int(asked)
    message = f"Invalid page size specified: '{asked}'. Must be between 1 and {_LARGEST_PAGE} inclusive."
    raise ApiError(400, "Request_UnsupportedQuery", message)
