"""Who Entra is in a case: its tenant, its key, and the tokens that it signs."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from simulator.identity.tokens import TokenKey
from simulator.resources.entities import Machine, Principal
from simulator.signing_keys import SigningKeys
from simulator.store import Store
from simulator.tenancy import home_tenant, tenant_of

TOKEN_LIFETIME_S = 3599  # Source: captured answers
MACHINE_TOKEN_LIFETIME_S = 86400  # Source: tokens of Arc machines live 24 hours


class Issuer:
    """Issues tokens for principals and machines. Times are lab time, in seconds. Lives as long as its cloud."""

    def __init__(self, store: Store, key: TokenKey) -> None:
        self._store = store
        self.keys = SigningKeys(store, key)

    @property
    def tenant_id(self) -> str:
        """Give the tenant of the case."""
        return home_tenant(self._store)

    def public_keys(self) -> list[dict[str, Any]]:
        """Give the entries of the key document. Source: OpenID Connect."""
        return self.keys.public()

    def claims(self, tenant: str, audience: str, object_id: str, now: float, lifetime_s: int) -> dict[str, Any]:
        """Give the claims that every access token has. Source: claims that clients and services read."""
        moment = int(now)
        return {"aud": audience, "iss": f"https://sts.windows.net/{tenant}/", "iat": moment, "nbf": moment - 5,
                "exp": moment + lifetime_s, "oid": object_id, "sub": object_id, "tid": tenant,
                "uti": secrets.token_urlsafe(16), "ver": "1.0"}  # fmt: skip

    def principal_token(
        self, principal: Principal, audience: str, now: float, *, client_id: str = "", proof: str = "1"
    ) -> str:
        """Give an access token for an application or a person, who uses the application `client_id`.

        `proof` is how the application has proved itself: 0 not at all, 1 by secret, 2 by certificate.
        """
        claims = self.claims(principal.tenant_id, audience, principal.key, now, TOKEN_LIFETIME_S)
        kind = "user" if principal.upn else "app"
        application = principal.client_id or client_id or str(uuid.UUID(int=0))
        claims |= {"appid": application, "appidacr": proof, "idtyp": kind}
        if principal.upn:
            claims |= {"upn": principal.upn, "scp": "user_impersonation", "name": principal.name}
        return self.keys.sign(claims)

    def machine_token(self, machine: Machine, audience: str, now: float) -> str:
        """Give an access token for a machine; `xms_mirid` is its ARM id."""
        tenant = tenant_of(self._store, machine.subscription_id)
        claims = self.claims(tenant, audience, machine.principal_id, now, MACHINE_TOKEN_LIFETIME_S)
        claims |= {"appid": machine.client_id, "appidacr": "2", "idtyp": "app", "xms_mirid": machine.key}
        return self.keys.sign(claims)

    def id_token(self, user: Principal, client_id: str, now: float, base: str, nonce: str = "") -> str:
        """Give the token that tells an application who has signed in; `base` is the host that was asked.

        `nonce` is what the client wants to read there, if anything.

        Source: what MSAL checks; the issuer is that of the configuration.
        """
        tenant = user.tenant_id
        moment = int(now)
        return self.keys.sign({
            "aud": client_id, "iss": f"{base}/{tenant}/v2.0", "iat": moment, "nbf": moment,
            "exp": moment + TOKEN_LIFETIME_S, "name": user.name, "oid": user.key, "preferred_username": user.upn,
            "sub": user.key, "tid": tenant, "ver": "2.0", **({"nonce": nonce} if nonce else {}),
        })  # fmt: skip
