"""login.microsoftonline.com: discovery, keys, tokens by secret, certificate, browser, device code, refresh; v1 and v2.

Source: captured requests of MSAL 1.39; the AADSTS list. See docs/wire/entra.md.
"""

from __future__ import annotations

import re
import uuid
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from starlette.responses import Response

from simulator.call import Call, json_response
from simulator.clock import iso
from simulator.errors import ApiError
from simulator.identity.tokens import TokenKey
from simulator.resources.entities import Principal
from simulator.services.entra import device_code, discovery, sign_in_page
from simulator.services.entra.authorize import authorize
from simulator.services.entra.clients import check_public_client, with_basic_credentials
from simulator.services.entra.grants import TokenRequest, answer_grant
from simulator.services.entra.issuer import Issuer
from simulator.services.entra.page import problem_page
from simulator.services.entra.refusals import missing, refusal, text_of
from simulator.services.entra.scopes import wanted
from simulator.store import Store
from simulator.tenancy import find_tenant

_REALM = re.compile(r"userrealm/[^/]+")
_PATH = re.compile(r"/(?P<tenant>[^/]+)/(?P<rest>.+)")
_FOR_PEOPLE = ("entra.authorize", "entra.sign-in")
_EVERYBODY = ("common", "organizations")
_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ID_OR_DOMAIN = re.compile(rf"{_ID}|[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)


class _Address(NamedTuple):
    operation: str
    is_v1: bool
    methods: tuple[str, ...]


_ADDRESSES = {
    "oauth2/v2.0/token": _Address("entra.token", False, ("POST",)),
    "oauth2/token": _Address("entra.token", True, ("POST",)),
    "oauth2/v2.0/authorize": _Address("entra.authorize", False, ("GET", "POST")),
    "oauth2/authorize": _Address("entra.authorize", True, ("GET", "POST")),
    "oauth2/v2.0/devicecode": _Address("entra.devicecode", False, ("POST",)),
    "oauth2/devicecode": _Address("entra.devicecode", True, ("POST", "GET")),
    "v2.0/.well-known/openid-configuration": _Address("entra.discovery", False, ("GET",)),
    ".well-known/openid-configuration": _Address("entra.discovery", True, ("GET",)),
    "discovery/v2.0/keys": _Address("entra.keys", False, ("GET",)),
    "discovery/keys": _Address("entra.keys", True, ("GET",)),
    "discovery/instance": _Address("entra.instances", False, ("GET",)),
    "userrealm": _Address("entra.userrealm", False, ("GET",)),
}


class EntraService:
    """Answers for the principals and machines of the store."""

    def __init__(self, store: Store, key: TokenKey) -> None:
        self._store = store
        self._issuer = Issuer(store, key)

    def name(self, call: Call) -> str:
        """Give the operation's name."""
        if call.path == device_code.SIGN_IN_PATH:
            return "entra.sign-in"
        _, address = _read_path(call.path)
        return address.operation if address else "entra.unknown"

    async def answer(self, call: Call) -> Response:
        """Answer a request. Raises: ApiError, rendered by `render`.

        Source: each answer has its own id, and gives back the client's.
        """
        response = self._answered(call)
        response.headers["x-ms-request-id"] = str(uuid.uuid4())
        if call.header("client-request-id"):
            response.headers["client-request-id"] = call.header("client-request-id")
        return response

    def _answered(self, call: Call) -> Response:
        if call.operation == "entra.sign-in":
            show = call.method in ("GET", "HEAD")
            return sign_in_page.show(self._store, call) if show else sign_in_page.take(self._store, call, _form(call))
        name, address = _read_path(call.path)
        if address is None or call.method not in (*address.methods, *(("HEAD",) if "GET" in address.methods else ())):
            raise call.not_known()
        if address.operation == "entra.instances":
            return json_response(discovery.instances(f"{_base(call)}/{self._issuer.tenant_id}"))
        if address.operation == "entra.userrealm":
            return json_response(discovery.realm(self._store, call.path.rpartition("/")[2]))
        return self._answered_by(address, call, name)

    def _answered_by(self, address: _Address, call: Call, name: str) -> Response:
        """Answer at an address of the tenant that is named."""
        base, tenant = _base(call), self._tenant(call, name)
        if address.operation == "entra.discovery":
            return json_response(discovery.configuration(base, name, tenant, is_v1=address.is_v1))
        if address.operation == "entra.keys":
            issuer = f"{base}/{tenant or '{tenantid}'}/v2.0"
            return json_response({"keys": [{**key, "issuer": issuer} for key in self._issuer.public_keys()]})
        if address.operation == "entra.authorize":
            return authorize(self._store, call, _form(call), tenant, is_v1=address.is_v1)
        form = with_basic_credentials(call, _form(call))
        if address.operation == "entra.devicecode":
            return self._start_device(call, form, tenant, is_v1=address.is_v1)
        is_common = name.lower() == "common"
        asked = TokenRequest(call, form, base, tenant, address.is_v1, is_common)
        return answer_grant(self._store, self._issuer, asked)

    def render(self, error: ApiError, call: Call) -> Response:
        """Give the error in Entra's form: a page where a person looks at it. Source: recorded refusals."""
        if call.operation in _FOR_PEOPLE:
            return problem_page(text_of(error), error.status, error.headers)
        stamp = iso(call.now)[:19].replace("T", " ") + "Z"
        number, text = error.extra.get("number"), text_of(error)
        trace, correlation = str(uuid.uuid4()), call.header("client-request-id") or str(uuid.uuid4())
        body: dict[str, Any] = {
            "error": error.code,
            "error_description": f"{text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}",
            "error_codes": [number] if number else [], "timestamp": stamp, "trace_id": trace,
            "correlation_id": correlation,
        }  # fmt: skip
        if number:
            body["error_uri"] = f"{_base(call)}/error?code={number}"
        if error.extra.get("suberror"):
            body["suberror"] = error.extra["suberror"]
        headers = {"Cache-Control": "no-store", "x-ms-request-id": trace, "client-request-id": correlation}
        return json_response(body, error.status, {**headers, **error.headers})

    def principal_token(self, principal: Principal, audience: str, now: float) -> str:
        """Give an access token for an application or a person; `now` is lab time in seconds."""
        return self._issuer.principal_token(principal, audience, now)

    def approve(self, user_code: str, upn: str) -> None:
        """Sign in for a device. Raises: ApiError 404 for an unknown code or user."""
        device_code.approve(self._store, user_code, upn)

    def decline(self, user_code: str) -> None:
        """Refuse a device. Raises: ApiError 404 for an unknown code."""
        device_code.decline(self._store, user_code)

    def rotate_key(self, withdraw: bool) -> str:
        """Sign with a new key, and give its kid; with `withdraw` tokens of the older ones are good no more."""
        return self._issuer.keys.rotate(withdraw=withdraw)

    def _tenant(self, call: Call, name: str) -> str:
        """Give the id of the tenant in a path; an empty text for everybody's. Raises: ApiError 400."""
        if name.lower() in _EVERYBODY:
            return ""
        found = find_tenant(self._store, name)
        if found:
            return found
        code = "invalid_tenant" if call.operation == "entra.discovery" else "invalid_request"
        if not _ID_OR_DOMAIN.fullmatch(name):
            message = f"Specified tenant identifier '{name}' is neither a valid DNS name, nor a valid external domain."
            raise refusal(400, code, 900023, message)
        raise refusal(
            400, code, 90002, f"Tenant '{name}' not found. Check to make sure you have the correct tenant ID."
        )

    def _start_device(self, call: Call, form: dict[str, str], tenant: str, *, is_v1: bool) -> Response:
        if call.method == "GET":  # Source: v1 takes them as a query too
            form = dict(call.request.query_params)
        client_id = form.get("client_id", "")
        check_public_client(self._store, client_id, tenant)
        wanted(form, is_v1=is_v1, by_application=False)
        scope = form.get("resource" if is_v1 else "scope") or ""
        if not scope:
            raise missing("scope")
        return device_code.start(self._store, call, client_id, scope, tenant, is_v1=is_v1)


def _read_path(path: str) -> tuple[str, _Address | None]:
    """Give the tenant of a path as it is written, and what is asked for, in any case. Assumed: the latter."""
    match = _PATH.fullmatch(path)
    if match is None:
        return "", None
    rest = match["rest"].lower()
    return match["tenant"], _ADDRESSES.get("userrealm" if _REALM.fullmatch(rest) else rest)


def _base(call: Call) -> str:
    """Give the address of this host as the client wrote it."""
    return f"https://{call.header('host')}"


def _form(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
