"""login.microsoftonline.com: discovery, keys, tokens by secret, certificate assertion, device code and refresh.

Source: captured requests of MSAL 1.39; the AADSTS list. See docs/wire/entra.md.
"""

from __future__ import annotations

import re
import uuid
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import Response

from simulator.call import Call, json_response
from simulator.clock import iso
from simulator.errors import ApiError
from simulator.identity.tokens import TokenKey
from simulator.resources.entities import Principal
from simulator.services.entra import device_code, discovery
from simulator.services.entra.grants import TokenRequest, answer_grant
from simulator.services.entra.issuer import Issuer
from simulator.services.entra.refusals import refusal
from simulator.store import Store
from simulator.tenancy import tenant_ids

_SIGN_IN = "/devicelogin"
_PATH = re.compile(r"^/(?P<tenant>[^/]+)/(?P<rest>.+)$")
_COMMON = ("common", "organizations")
_OPERATIONS = {
    "oauth2/v2.0/token": "entra.token",
    "oauth2/token": "entra.token",
    "oauth2/v2.0/devicecode": "entra.devicecode",
    "v2.0/.well-known/openid-configuration": "entra.discovery",
    "discovery/v2.0/keys": "entra.keys",
    "discovery/instance": "entra.instances",
}


class EntraService:
    """Answers for the principals and machines of the store."""

    def __init__(self, store: Store, key: TokenKey) -> None:
        self._store = store
        self._issuer = Issuer(store, key)

    def name(self, call: Call) -> str:
        """Give the operation's name."""
        if call.path == _SIGN_IN:
            return "entra.sign-in"
        match = _PATH.match(call.path)
        return _OPERATIONS.get(match["rest"], "entra.unknown") if match else "entra.unknown"

    async def answer(self, call: Call) -> Response:
        """Answer a request. Raises: ApiError, rendered by `render`."""
        match = _PATH.match(call.path)
        tenant, base = match["tenant"] if match else "", _base(call)
        if call.operation == "entra.sign-in":
            return device_code.sign_in(self._store, call, _form(call))
        if call.operation == "entra.instances":
            return json_response(discovery.instances(f"{base}/{self._issuer.tenant_id}"))
        if call.operation == "entra.unknown":
            raise call.not_known()
        self._check_tenant(call, tenant)
        if call.operation == "entra.discovery":
            return json_response(discovery.configuration(f"{base}/{tenant}"))
        if call.operation == "entra.keys":
            return json_response(self._issuer.public_keys())
        if call.operation == "entra.devicecode":
            return device_code.start(self._store, call, _form(call))
        return answer_grant(self._store, self._issuer, TokenRequest(call, _form(call), base))

    def render(self, error: ApiError, call: Call) -> Response:
        """Give the error in Entra's form. Source: real refusals."""
        stamp = iso(call.now)[:19].replace("T", " ") + "Z"
        number = error.extra.get("number")
        trace, correlation = str(uuid.uuid4()), call.header("client-request-id") or str(uuid.uuid4())
        text = f"AADSTS{number}: {error.message}" if number else error.message
        body: dict[str, Any] = {
            "error": error.code,
            "error_description": f"{text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}",
            "error_codes": [number] if number else [], "timestamp": stamp, "trace_id": trace,
            "correlation_id": correlation,
        }  # fmt: skip
        if number:
            body["error_uri"] = f"{_base(call)}/error?code={number}"
        return json_response(body, error.status, {"Cache-Control": "no-store", **error.headers})

    def principal_token(self, principal: Principal, audience: str, now: float) -> str:
        """Give an access token for an application or a person; `now` is lab time in seconds."""
        return self._issuer.principal_token(principal, audience, now)

    def approve(self, user_code: str, upn: str) -> None:
        """Sign in for a device. Raises: ApiError 404 for an unknown code or user."""
        device_code.approve(self._store, user_code, upn)

    def _check_tenant(self, call: Call, tenant: str) -> None:
        if tenant.lower() not in (*_COMMON, *(known.lower() for known in tenant_ids(self._store))):
            code = "invalid_tenant" if call.operation == "entra.discovery" else "invalid_request"
            raise refusal(400, code, 90002, f"Tenant '{tenant}' not found.")


def _base(call: Call) -> str:
    """Give the address of this host as the client wrote it."""
    return f"https://{call.header('host')}"


def _form(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
