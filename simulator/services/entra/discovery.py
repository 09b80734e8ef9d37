"""What clients ask before they sign in: where things are, and which names mean the same."""

from __future__ import annotations

from typing import Any

from simulator.resources.entities import Principal
from simulator.store import Store

_NAMES = ("login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net")


def configuration(base: str, name: str, tenant: str, *, is_v1: bool) -> dict[str, Any]:
    """Give the OpenID configuration below the host and the tenant's name that were asked.

    The issuer has the tenant's id; for everybody's tenants a place for it. Source: what MSAL reads, and that issuers
    are so written.
    """
    place, issued_by = f"{base}/{name}", tenant or "{tenantid}"
    oauth, keys = ("oauth2", "discovery/keys") if is_v1 else ("oauth2/v2.0", "discovery/v2.0/keys")
    return {
        "issuer": f"https://sts.windows.net/{issued_by}/" if is_v1 else f"{base}/{issued_by}/v2.0",
        "authorization_endpoint": f"{place}/{oauth}/authorize", "token_endpoint": f"{place}/{oauth}/token",
        "device_authorization_endpoint": f"{place}/{oauth}/devicecode", "jwks_uri": f"{place}/{keys}",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code", "id_token"], "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "name", "preferred_username", "oid", "tid", "ver"],
        "cloud_instance_name": "microsoftonline.com", "tenant_region_scope": None,
    }  # fmt: skip


def realm(store: Store, user: str) -> dict[str, str]:
    """Give where a person signs in, by the domain of the name: here, or nobody knows. Source: MSAL's user realms."""
    domain = user.rpartition("@")[2].lower()
    common = {"ver": "1.0", "cloud_instance_name": "microsoftonline.com",
              "cloud_audience_urn": "urn:federation:MicrosoftOnline"}  # fmt: skip
    if any(each.upn.lower().endswith(f"@{domain}") for each in store.all(Principal)):
        return {**common, "account_type": "Managed", "domain_name": domain}
    return {**common, "account_type": "Unknown"}


def instances(base: str) -> dict[str, Any]:
    """Give the hosts that are one service. `base` is the tenant's address. Source: MSAL's instance discovery."""
    entry = {"preferred_network": _NAMES[0], "preferred_cache": _NAMES[1], "aliases": list(_NAMES)}
    url = f"{base}/v2.0/.well-known/openid-configuration"
    return {"tenant_discovery_endpoint": url, "api-version": "1.1", "metadata": [entry]}
