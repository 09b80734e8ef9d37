"""The grants of the token endpoint: one function each, chosen by `grant_type`."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from starlette.responses import Response

from simulator.call import Call, json_response
from simulator.resources.entities import DeviceCode, Machine, Principal, RefreshToken
from simulator.resources.transition import Transition
from simulator.services.entra.assertion import check_assertion
from simulator.services.entra.device_code import poll
from simulator.services.entra.issuer import MACHINE_TOKEN_LIFETIME_S, TOKEN_LIFETIME_S, Issuer, audience_of
from simulator.services.entra.refusals import invalid_client, refusal, unknown_client
from simulator.store import Store

_NO_STORE = {"Cache-Control": "no-store"}  # Source: OAuth 2.0


@dataclass(frozen=True)
class TokenRequest:
    """One request for a token: the call, its form, and the address of this host."""

    call: Call
    form: dict[str, str]
    base: str


def answer_grant(store: Store, issuer: Issuer, asked: TokenRequest) -> Response:
    """Give a token. Raises: ApiError with Entra's refusal."""
    grant = asked.form.get("grant_type", "")
    if grant not in _GRANTS:
        message = f"The app requested an unsupported grant type '{grant}'."
        raise refusal(400, "unsupported_grant_type", 70003, message)
    return _GRANTS[grant](store, issuer, asked)


def _for_client(store: Store, issuer: Issuer, asked: TokenRequest) -> Response:
    """Serve an application with a secret, or a connected machine with an assertion."""
    if "client_assertion" in asked.form:
        return _for_machine(store, issuer, asked)
    client_id = asked.form.get("client_id", "")
    found = store.first(Principal, "client_id", client_id)
    if found is None:
        raise unknown_client(client_id)
    if not secrets.compare_digest(found.secret.encode(), asked.form.get("client_secret", "").encode()):
        raise invalid_client(7000215, f"Invalid client secret provided for app '{client_id}'.")
    asked.call.caller = found.key
    token = issuer.principal_token(found, audience_of(asked.form), asked.call.now)
    return _issued(token, TOKEN_LIFETIME_S)


def _for_machine(store: Store, issuer: Issuer, asked: TokenRequest) -> Response:
    call, client_id = asked.call, asked.form.get("client_id", "")
    machine = store.first(Machine, "client_id", client_id)
    if machine is None:
        raise unknown_client(client_id)
    call.machine, call.caller = machine.key, machine.principal_id
    check_assertion(asked.form["client_assertion"], machine, asked.base, call.now)
    return _issued(issuer.machine_token(machine, audience_of(asked.form), call.now), MACHINE_TOKEN_LIFETIME_S)


def _for_device(store: Store, issuer: Issuer, asked: TokenRequest) -> Response:
    code, user = poll(store, asked.call, asked.form)
    refresh = RefreshToken(key=secrets.token_urlsafe(64), object_id=user.key, client_id=code.client_id)
    store.apply(Transition("entra.devicecode.redeem", (refresh,), delete=((DeviceCode, code.key),)))
    return _issued_to_person(issuer, asked.call, user, refresh, code.scope)


def _for_refresh(store: Store, issuer: Issuer, asked: TokenRequest) -> Response:
    """Assumed: a refresh token never ends and is not replaced."""
    token = store.get(RefreshToken, asked.form.get("refresh_token", ""))
    user = store.get(Principal, token.object_id) if token else None
    if token is None or user is None:
        raise refusal(400, "invalid_grant", 70008, "The provided refresh token is expired or revoked.")
    return _issued_to_person(issuer, asked.call, user, token, asked.form.get("scope", ""))


def _issued(token: str, lifetime_s: int) -> Response:
    body = {"token_type": "Bearer", "expires_in": lifetime_s, "ext_expires_in": lifetime_s, "access_token": token}
    return json_response(body, headers=_NO_STORE)


def _issued_to_person(issuer: Issuer, call: Call, user: Principal, refresh: RefreshToken, scope: str) -> Response:
    """Give a person's tokens. Source: the members that MSAL checks."""
    call.caller = user.key
    client_info = msgspec.json.encode({"uid": user.key, "utid": user.tenant_id})
    return json_response({
        "token_type": "Bearer", "scope": scope, "expires_in": TOKEN_LIFETIME_S, "ext_expires_in": TOKEN_LIFETIME_S,
        "access_token": issuer.principal_token(user, audience_of({"scope": scope}), call.now),
        "refresh_token": refresh.key, "id_token": issuer.id_token(user, refresh.client_id, call.now),
        "client_info": base64.urlsafe_b64encode(client_info).rstrip(b"=").decode(),
    }, headers=_NO_STORE)  # fmt: skip


_GRANTS: dict[str, Callable[[Store, Issuer, TokenRequest], Response]] = {
    "client_credentials": _for_client,
    "urn:ietf:params:oauth:grant-type:device_code": _for_device,
    "refresh_token": _for_refresh,
}
