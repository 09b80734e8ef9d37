"""Check tokens: whose they are, whether they are for this service, and what their bearer may do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.call import Call, sign_in_place
from simulator.clock import iso
from simulator.errors import ApiError
from simulator.identity.tokens import TokenError, TokenKey
from simulator.resources.entities import Machine, RoleAssignment, RoleDefinition, SigningKey, Subscription, Tenant
from simulator.resources.role_assignments import is_in
from simulator.resources.roles import ROLES_BY_ID, Role, allows
from simulator.signing_keys import SigningKeys
from simulator.store import Store, follows_from
from simulator.tenancy import home_tenant, tenant_ids, tenant_of


def permits(store: Store, principal_id: str, action: str, scope: str) -> bool:
    """Say whether somebody, named by object id, may do something to what an ARM id or a path names.

    Source: roles add up, and hold on the scope that they are assigned at and below.
    """
    return f"{scope}/".lower().startswith(_permitted_below(store, principal_id, action))


@follows_from(RoleAssignment, RoleDefinition)
def _permitted_below(store: Store, principal_id: str, action: str) -> tuple[str, ...]:
    """Give where somebody may do something: ARM ids in lower case, each with a slash at its end."""
    mine = store.find(RoleAssignment, "principal_id", principal_id.lower())
    roles = [(assignment.scope, find_role(store, assignment.role)) for assignment in mine]
    return tuple(f"{scope}/".lower() for scope, role in roles if role is not None and allows(role, action))


def need_right(store: Store, principal_id: str, action: str, scope: str, *, name: str = "") -> None:
    """Refuse what somebody, named by object id, may not do; `name` is what refusals call them beside it.

    Raises: ApiError 403 with ARM's text.
    """
    if not permits(store, principal_id, action, scope):
        raise _forbidden(principal_id, action, scope, name)


def can_see(store: Store, principal_id: str, scope: str) -> bool:
    """Say whether somebody has any role at a scope, above it or below it.

    Source: a subscription is listed for everybody who has a role somewhere in it.
    """
    mine = store.find(RoleAssignment, "principal_id", principal_id.lower())
    return any(is_in(assignment.scope, scope) or is_in(scope, assignment.scope) for assignment in mine)


def find_role(store: Store, name: str) -> Role | None:
    """Give a role by the GUID of its definition, built in or not; None when there is none."""
    made = store.get(RoleDefinition, name)
    return made.role if made else ROLES_BY_ID.get(name.lower())


class Authorization:
    """Judges bearer tokens by lab time."""

    def __init__(self, store: Store, key: TokenKey) -> None:
        self._store = store
        self._keys = SigningKeys(store, key)

    def claims(self, call: Call, audiences: tuple[str, ...], tenant: str = "") -> Mapping[str, Any]:
        """Give a good token's claims. `tenant` is the only one whose tokens are good; all of the cloud's when empty.

        Raises: ApiError 401 with ARM's codes.

        Source: ARM's error codes for tokens that are missing, wrong, expired or of another tenant.
        """
        wanted = tenant or home_tenant(self._store)
        login, bearer = sign_in_place(call), call.bearer
        if not bearer:
            message = "Authentication failed. The 'Authorization' header is missing."
            raise _refused(login, wanted, "AuthenticationFailed", message)
        claims = _believed(self._store, self._keys, bearer, tenant, login)
        if call.now >= float(claims.get("exp", 0)):
            expiry = iso(float(claims.get("exp", 0)))
            message = f"The access token expiry UTC time '{expiry}' is earlier than current UTC time '{iso(call.now)}'."
            raise _refused(login, wanted, "ExpiredAuthenticationToken", message)
        if claims.get("aud") not in audiences:
            message = f"The access token has been obtained for wrong audience or resource '{claims.get('aud')}'."
            raise _refused(login, wanted, "InvalidAuthenticationTokenAudience", message)
        call.caller = str(claims["oid"])
        return claims

    def require(self, claims: Mapping[str, Any], action: str, scope: str, *, is_filtered: bool = False) -> None:
        """Let a bearer act on a scope; with `is_filtered` any role there or below will do.

        Raises: ApiError 403 with ARM's text.
        """
        who, name = str(claims["oid"]), str(claims.get("upn") or claims.get("appid", ""))
        if not is_filtered:
            need_right(self._store, who, action, scope, name=name)
        elif not can_see(self._store, who, scope):
            raise _forbidden(who, action, scope, name)

    def machine(self, call: Call, vm_id: str, audiences: tuple[str, ...]) -> Machine:
        """Give the machine that a machine token belongs to, if it is the one with this vmId.

        Raises: ApiError 401 `InvalidToken`, 403, 404.
        """
        machine = next((m for m in self._store.find(Machine, "vm_id", vm_id) if not m.deleting), None)
        if machine is None:
            raise ApiError(404, "MachineNotFound", f"There is no machine with the vmId '{vm_id}'.")
        call.machine = machine.key
        try:
            claims = self.claims(call, audiences, tenant_of(self._store, machine.subscription_id))
        except ApiError as error:
            raise ApiError(401, "InvalidToken", error.message) from error
        if claims.get("oid") != machine.principal_id:
            raise ApiError(403, "AuthorizationFailed", "The token belongs to another identity.")
        return machine


@follows_from(SigningKey, Subscription, Tenant)
def _believed(store: Store, keys: SigningKeys, token: str, tenant: str, login: str) -> Mapping[str, Any]:
    """Give the claims of a token that a key signed for a tenant, for any where it is empty. Raises: ApiError 401."""
    wanted = tenant or home_tenant(store)
    try:
        claims = keys.verify(token)
    except TokenError as error:
        message = "The access token is invalid."
        raise _refused(login, wanted, "InvalidAuthenticationToken", message, str(error)) from error
    issued_in = str(claims.get("tid"))
    known = (tenant,) if tenant else tenant_ids(store)
    if issued_in not in known or claims.get("iss") != f"https://sts.windows.net/{issued_in}/":
        message = (
            f"The access token is from the wrong issuer '{claims.get('iss')}'. It must match the tenant "
            f"'https://sts.windows.net/{wanted}/' associated with this subscription. Please use the authority "
            f"(URL) 'https://login.windows.net/{wanted}' to get the token."
        )
        raise _refused(login, wanted, "InvalidAuthenticationTokenTenant", message)
    return claims


def _forbidden(principal_id: str, action: str, scope: str, name: str) -> ApiError:
    return ApiError(
        403,
        "AuthorizationFailed",
        f"The client '{name or principal_id}' with object id '{principal_id}' does not have authorization to perform "
        f"action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please "
        "refresh your credentials.",
    )


def _refused(login: str, tenant: str, code: str, message: str, why: str = "") -> ApiError:
    """Give a 401 with the challenge that clients read; `why` goes to its description only."""
    challenge = (
        f'Bearer authorization_uri="{login}/{tenant}", error="invalid_token", error_description="{why or message}"'
    )
    return ApiError(401, code, message, headers={"WWW-Authenticate": challenge})
