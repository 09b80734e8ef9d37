"""Who Entra is in a case: its tenant, its key, and the tokens that it signs."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from simulator.contract import AGENT_SERVICE_APP_ID, ARM_AUDIENCES
from simulator.identity.tokens import TokenKey
from simulator.resources.entities import Machine, Principal
from simulator.services.entra.refusals import refusal
from simulator.store import Store
from simulator.tenancy import home_tenant, tenant_of

TOKEN_LIFETIME_S = 3599  # Source: captured answers
MACHINE_TOKEN_LIFETIME_S = 86400  # Source: tokens of Arc machines live 24 hours


class Issuer:
    """Issues tokens for principals and machines. Times are lab time, in seconds. Lives as long as its cloud."""

    def __init__(self, store: Store, key: TokenKey) -> None:
        self._store = store
        self._key = key

    @property
    def tenant_id(self) -> str:
        """Give the tenant of the case."""
        return home_tenant(self._store)

    def public_keys(self) -> dict[str, Any]:
        """Give the key document. Source: OpenID Connect."""
        return {"keys": [self._key.public_jwk()]}

    def claims(self, tenant: str, audience: str, object_id: str, now: float, lifetime_s: int) -> dict[str, Any]:
        """Give the claims that every access token has. Source: claims that clients and services read."""
        moment = int(now)
        return {"aud": audience, "iss": f"https://sts.windows.net/{tenant}/", "iat": moment, "nbf": moment - 5,
                "exp": moment + lifetime_s, "oid": object_id, "sub": object_id, "tid": tenant,
                "uti": secrets.token_urlsafe(16), "ver": "1.0"}  # fmt: skip

    def principal_token(self, principal: Principal, audience: str, now: float) -> str:
        """Give an access token for an application or a person."""
        claims = self.claims(principal.tenant_id, audience, principal.key, now, TOKEN_LIFETIME_S)
        kind = "user" if principal.upn else "app"
        claims |= {"appid": principal.client_id or str(uuid.UUID(int=0)), "appidacr": "1", "idtyp": kind}
        if principal.upn:
            claims |= {"upn": principal.upn, "scp": "user_impersonation", "name": principal.name}
        return self._key.sign(claims)

    def machine_token(self, machine: Machine, audience: str, now: float) -> str:
        """Give an access token for a machine; `xms_mirid` is its ARM id."""
        tenant = tenant_of(self._store, machine.subscription_id)
        claims = self.claims(tenant, audience, machine.principal_id, now, MACHINE_TOKEN_LIFETIME_S)
        claims |= {"appid": machine.client_id, "appidacr": "2", "idtyp": "app", "xms_mirid": machine.key}
        return self._key.sign(claims)

    def id_token(self, user: Principal, client_id: str, now: float) -> str:
        """Give the token that tells an application who has signed in. Source: what MSAL checks."""
        tenant = user.tenant_id
        moment = int(now)
        return self._key.sign({
            "aud": client_id, "iss": f"https://login.microsoftonline.com/{tenant}/v2.0", "iat": moment, "nbf": moment,
            "exp": moment + TOKEN_LIFETIME_S, "name": user.name, "oid": user.key, "preferred_username": user.upn,
            "sub": user.key, "tid": tenant, "ver": "2.0",
        })  # fmt: skip


def audience_of(form: dict[str, str]) -> str:
    """Give the audience that a scope asks for; a doubled slash stands for a resource that ends in one.

    Source: the CLI's scope; `resource` is what older agents send. Assumed: any `https://` address is good.
    Raises: ApiError for a scope that names no known resource.
    """
    words = form.get("scope", "").split()
    scope = next((word for word in words if word.endswith("/.default") or "://" in word), "")
    resource = form.get("resource") or (scope.removesuffix("/.default") if scope else next(iter(words), ""))
    if not resource:
        raise refusal(400, "invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid.")
    known = (*ARM_AUDIENCES, AGENT_SERVICE_APP_ID)
    plain = resource.removesuffix("/user_impersonation")
    if plain in known or plain.rstrip("/") in known or plain.startswith("https://"):
        return plain
    message = f"The resource principal named {plain} was not found in the tenant."
    raise refusal(400, "invalid_resource", 500011, message)
