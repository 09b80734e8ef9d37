"""Applications and people, between the case's file or `/_sim` and what the cloud remembers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from simulator import contract
from simulator.identity.certificates import read_credential
from simulator.resources.entities import Principal, RoleAssignment, Subscription
from simulator.resources.role_assignments import granted
from simulator.resources.roles import ROLES, ROLES_BY_ID

_SAME = ("name", "client_id", "secret", "upn", "tenant_id", "secrets", "certificates", "disabled")


class Held(NamedTuple):
    """A built-in role that somebody has at a subscription: its name, and the assignment."""

    name: str
    assignment: RoleAssignment


def principal_of(given: contract.Principal, tenant: str) -> Principal:
    """Give what is remembered of a principal; `tenant` is its own when it names none."""
    fields = {name: getattr(given, name) for name in _SAME}
    return Principal(key=given.object_id, **{**fields, "tenant_id": given.tenant_id or tenant})


def given_of(principal: Principal, roles: Iterable[str]) -> contract.Principal:
    """Give a principal as it would be given, with the names of its roles, each once."""
    fields = {name: getattr(principal, name) for name in _SAME}
    return contract.Principal(object_id=principal.key, roles=tuple(dict.fromkeys(roles)), **fields)


def changed(before: Principal, given: contract.Principal, now: float) -> Principal:
    """Give a principal after a change. A user's new password revokes what was issued before.

    Source: TokensValidFrom in refusals 50173.
    """
    after = principal_of(given, before.tenant_id)
    is_revoked = after.upn != "" and after.secret != before.secret
    return msgspec.structs.replace(after, valid_from=now if is_revoked else before.valid_from)


def grants(
    principal: Principal, roles: Iterable[str], subscriptions: Sequence[Subscription], now: float
) -> Iterator[RoleAssignment]:
    """Give the assignments of roles by their names, at each subscription of the principal's tenant."""
    for subscription in subscriptions:
        if subscription.tenant_id == principal.tenant_id:
            for role in roles:
                yield granted(f"/subscriptions/{subscription.key}", ROLES[role].id, principal, now)


def held_roles(principal: Principal, assignments: Iterable[RoleAssignment]) -> list[Held]:
    """Give the built-in roles that a principal has at subscriptions; what it has elsewhere is not among them."""
    return [
        Held(ROLES_BY_ID[each.role].name, each)
        for each in assignments
        if each.principal_id == principal.key and each.role in ROLES_BY_ID and _is_subscription(each.scope)
    ]


def _is_subscription(scope: str) -> bool:
    return scope.lower().startswith("/subscriptions/") and scope.count("/") == 2


def problem_of(given: contract.Principal) -> str:
    """Say what can be read of a principal and not be used, in a sentence without its end; an empty text for nothing."""
    for certificate in given.certificates:
        try:
            read_credential(certificate)
        except ValueError as error:
            return f"a certificate of '{given.name}' cannot be used: {error}"
    for secret in given.secrets:
        try:
            ends_at(secret)
        except ValueError:
            return f"a secret of '{given.name}' expires at '{secret.expires}', which is no time with a zone"
    return ""


def ends_at(secret: contract.ClientSecret) -> float:
    """Give when a secret ends, in seconds of lab time. Raises: ValueError for a text that is no time with a zone."""
    if not secret.expires:
        return float("inf")
    moment = datetime.fromisoformat(secret.expires)
    if moment.tzinfo is None:
        raise ValueError("it has no zone")
    return moment.timestamp()
