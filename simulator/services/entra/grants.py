"""The grants of the token endpoint: one function each, chosen by `grant_type`."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
from starlette.responses import Response

from simulator.call import Call, json_response
from simulator.clock import iso
from simulator.resources.entities import DeviceCode, Machine, Principal, RefreshToken
from simulator.resources.transition import Transition
from simulator.services.entra.authorization_codes import open_code
from simulator.services.entra.clients import check_public_client, prove_client
from simulator.services.entra.device_code import poll
from simulator.services.entra.issuer import MACHINE_TOKEN_LIFETIME_S, TOKEN_LIFETIME_S, Issuer
from simulator.services.entra.page import signed_in
from simulator.services.entra.refusals import missing, refusal
from simulator.services.entra.scopes import Wanted, wanted
from simulator.store import Store

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # Source: OAuth 2.0
#: Source: refresh tokens end after 90 days without use; each use gives another one, and the old one stays good.
REFRESH_LIFETIME_S = 90 * 86400


@dataclass(frozen=True)
class TokenRequest:
    """One request for a token. `tenant` is a tenant's id, or empty for `common` (`is_common`) and `organizations`."""

    call: Call
    form: dict[str, str]
    base: str  # the address of this host
    tenant: str
    is_v1: bool
    is_common: bool


class _Grant(NamedTuple):
    """The application through which a person has signed in, the refresh token that it gets, and what it has proved.

    `nonce` is what the identity token repeats.
    """

    client_id: str
    refresh: RefreshToken | None
    proof: str = "0"
    nonce: str = ""


def answer_grant(store: Store, issuer: Issuer, asked: TokenRequest) -> Response:
    """Give a token. Raises: ApiError with Entra's refusal."""
    grant = asked.form.get("grant_type", "")
    if not grant:
        raise missing("grant_type")
    if grant not in _GRANTS:
        message = f"The app requested an unsupported grant type '{grant}'."
        raise refusal(400, "unsupported_grant_type", 70003, message)
    return _GRANTS[grant](store, issuer, asked)


def _for_client(store: Store, issuer: Issuer, asked: TokenRequest) -> Response:
    """Serve an application with a secret or a certificate, or a connected machine."""
    call = asked.call
    if not asked.tenant:
        message = (
            "No tenant-identifying information found in either the request or implied by any provided credentials."
        )
        raise refusal(400, "invalid_request", 50059, message)
    client, proof = prove_client(store, call, asked.form, asked.tenant)
    what = wanted(asked.form, is_v1=asked.is_v1, by_application=True)
    if isinstance(client, Machine):
        call.machine, call.caller = client.key, client.principal_id
        return _issued(asked, what, issuer.machine_token(client, what.audience, call.now), MACHINE_TOKEN_LIFETIME_S)
    call.caller = client.key
    return _issued(asked, what, issuer.principal_token(client, what.audience, call.now, proof=proof), TOKEN_LIFETIME_S)


def _for_device(store: Store, issuer: Issuer, asked: TokenRequest) -> Response:
    code, user = poll(store, asked.call, asked.form)
    scope = {"resource" if asked.is_v1 else "scope": code.scope}
    what = wanted(scope, is_v1=asked.is_v1, by_application=False)
    _check_user(store, user, asked, code.client_id)
    _check_not_revoked(user, code.approved)
    refresh = _refresh_token(user, code.client_id, code.scope, asked.call.now) if what.wants_refresh else None
    put = (refresh,) if refresh else ()
    store.apply(Transition("entra.devicecode.redeem", put, ((DeviceCode, code.key),)))
    return _issued_to_person(issuer, asked, what, user, _Grant(code.client_id, refresh))


def _for_code(store: Store, issuer: Issuer, asked: TokenRequest) -> Response:
    """Serve the code that a browser was sent back with. An application that proves itself has to do it well."""
    form = asked.form
    check_public_client(store, form.get("client_id", ""), asked.tenant)
    code = open_code(store, asked.call, form)
    user = store.get(Principal, code.object_id)
    if user is None:
        raise refusal(400, "invalid_grant", 50034, "The user account does not exist in the directory.")
    _check_user(store, user, asked, code.client_id)
    _check_not_revoked(user, code.issued)
    has_proof = form.get("client_secret") or form.get("client_assertion")
    proof = prove_client(store, asked.call, form, user.tenant_id).proof if has_proof else "0"
    what = _wanted_by_person(asked, code.scope)
    refresh = _refresh_token(user, code.client_id, code.scope, asked.call.now) if what.wants_refresh else None
    used = msgspec.structs.replace(code, redeemed=True)
    store.apply(Transition("entra.authorize.redeem", (used, refresh) if refresh else (used,)))
    return _issued_to_person(issuer, asked, what, user, _Grant(code.client_id, refresh, proof, code.nonce))


def _for_password(store: Store, issuer: Issuer, asked: TokenRequest) -> Response:
    """Serve a person's name and password. An application that proves itself has to do it well.

    Source: at v2 the documented tenants are one tenant's and `organizations`; the AADSTS list names the rest.
    """
    if asked.is_common and not asked.is_v1:
        message = (
            "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations "
            "or tenant-specific endpoint."
        )
        raise refusal(400, "invalid_request", 9001023, message)
    call, form = asked.call, asked.form
    client_id = form.get("client_id", "")
    check_public_client(store, client_id, asked.tenant)
    for name in ("username", "password"):
        if not form.get(name):
            raise missing(name)
    user = signed_in(store, asked.tenant, form["username"], form["password"])
    check_public_client(store, client_id, user.tenant_id)
    has_proof = form.get("client_secret") or form.get("client_assertion")
    proof = prove_client(store, call, form, user.tenant_id).proof if has_proof else "0"
    what = wanted(form, is_v1=asked.is_v1, by_application=False)
    scope = form.get("resource" if asked.is_v1 else "scope", "")
    refresh = _refresh_token(user, client_id, scope, call.now) if what.wants_refresh else None
    if refresh is not None:
        store.apply(Transition("entra.password.redeem", (refresh,)))
    return _issued_to_person(issuer, asked, what, user, _Grant(client_id, refresh, proof))


def _for_refresh(store: Store, issuer: Issuer, asked: TokenRequest) -> Response:
    """Serve a refresh token, for the resource it was given for or for another one; the answer has a new one."""
    now, form = asked.call.now, asked.form
    if not form.get("refresh_token"):
        raise missing("refresh_token")
    check_public_client(store, form.get("client_id", ""), asked.tenant)
    token = store.get(RefreshToken, form["refresh_token"])
    if token is None or token.client_id.lower() != form["client_id"].lower():
        message = "The provided value for the input parameter 'refresh_token' is not valid."
        raise refusal(400, "invalid_grant", 70000, message, "bad_token")
    user = _owner(store, token, asked)
    what = _wanted_by_person(asked, token.scope)
    refresh = _refresh_token(user, token.client_id, token.scope, now)
    over = tuple(
        (RefreshToken, old.key) for old in store.all(RefreshToken) if now - old.issued >= 2 * REFRESH_LIFETIME_S
    )
    store.apply(Transition("entra.refresh", (refresh,), over))
    return _issued_to_person(issuer, asked, what, user, _Grant(token.client_id, refresh))


def _wanted_by_person(asked: TokenRequest, granted: str) -> Wanted:
    """Give what a client asks for, or else what it was granted before."""
    form = asked.form
    scope = form if form.get("scope") or form.get("resource") else {"resource" if asked.is_v1 else "scope": granted}
    return wanted(scope, is_v1=asked.is_v1, by_application=False)


def _owner(store: Store, token: RefreshToken, asked: TokenRequest) -> Principal:
    """Give whose refresh token it is, if it is still good. Source: recorded refusals of grants that are not.

    Raises: ApiError 400 `invalid_grant`.
    """
    user = store.get(Principal, token.object_id)
    issued = iso(token.issued)
    if asked.call.now - token.issued >= REFRESH_LIFETIME_S:
        message = (
            f"The refresh token has expired due to inactivity. The token was issued on {issued} and was inactive for "
            "90.00:00:00."
        )
        raise refusal(400, "invalid_grant", 700082, message)
    if user is None:
        raise refusal(400, "invalid_grant", 50034, "The user account does not exist in the directory.", "bad_token")
    _check_user(store, user, asked, token.client_id)
    _check_not_revoked(user, token.issued)
    return user


def _check_not_revoked(user: Principal, issued: float) -> None:
    """Refuse what a person was given before the password was changed."""
    if issued < user.valid_from:
        message = (
            "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have "
            f"changed or reset their password. The grant was issued on '{iso(issued)}' and the TokensValidFrom date "
            f"(before which tokens are not valid) for this user is '{iso(user.valid_from)}'."
        )
        raise refusal(400, "invalid_grant", 50173, message, "bad_token")


def _check_user(store: Store, user: Principal, asked: TokenRequest, client_id: str) -> None:
    """Refuse a person who is disabled, or whom the tenant that is asked does not know, and a client that is disabled.

    Assumed: nobody is a guest.
    """
    check_public_client(store, client_id, user.tenant_id)
    if user.disabled:
        raise refusal(400, "invalid_grant", 50057, "The user account is disabled.")
    if asked.tenant and asked.tenant.lower() != user.tenant_id.lower():
        message = (
            f"User account '{user.upn}' from identity provider 'https://sts.windows.net/{user.tenant_id}/' does not "
            f"exist in tenant '{asked.tenant}' and cannot access the application '{client_id}' in that tenant. The "
            "account needs to be added as an external user in the tenant first."
        )
        raise refusal(400, "invalid_grant", 50020, message)


def _refresh_token(user: Principal, client_id: str, scope: str, now: float) -> RefreshToken:
    return RefreshToken(key=secrets.token_urlsafe(64), object_id=user.key, client_id=client_id, issued=now, scope=scope)


def _issued(asked: TokenRequest, what: Wanted, token: str, lifetime_s: int, **more: str) -> Response:
    """Give the answer with a token. Source: v1 writes numbers as texts, and has three members more."""
    body: dict[str, object] = {"token_type": "Bearer", "expires_in": lifetime_s, "ext_expires_in": lifetime_s}
    if asked.is_v1:
        now = int(asked.call.now)
        body |= {"expires_in": str(lifetime_s), "ext_expires_in": str(lifetime_s), "expires_on": str(now + lifetime_s),
                 "not_before": str(now - 300), "resource": what.audience}  # fmt: skip
    return json_response({**body, "access_token": token, **more}, headers=_NO_STORE)


def _issued_to_person(issuer: Issuer, asked: TokenRequest, what: Wanted, user: Principal, grant: _Grant) -> Response:
    """Give a person's tokens, as far as they were asked for. Source: the members that MSAL checks."""
    call, (client_id, refresh, proof, nonce) = asked.call, grant
    call.caller = user.key
    more = {"scope": what.scope}
    if refresh is not None:
        more["refresh_token"] = refresh.key
    if what.wants_identity:
        more["id_token"] = issuer.id_token(user, client_id, call.now, asked.base, nonce)
    if asked.form.get("client_info") == "1":
        info = msgspec.json.encode({"uid": user.key, "utid": user.tenant_id})
        more["client_info"] = base64.urlsafe_b64encode(info).rstrip(b"=").decode()
    token = issuer.principal_token(user, what.audience, call.now, client_id=client_id, proof=proof)
    return _issued(asked, what, token, TOKEN_LIFETIME_S, **more)


_GRANTS: dict[str, Callable[[Store, Issuer, TokenRequest], Response]] = {
    "authorization_code": _for_code,
    "client_credentials": _for_client,
    "urn:ietf:params:oauth:grant-type:device_code": _for_device,
    "device_code": _for_device,  # Source: v1
    "password": _for_password,
    "refresh_token": _for_refresh,
}
