"""What clients ask before they sign in: where things are, and which names mean the same."""

from __future__ import annotations

from typing import Any

_NAMES = ("login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net")


def configuration(base: str) -> dict[str, Any]:
    """Give the OpenID configuration; `base` is the address of the tenant as it was asked. Source: what MSAL reads."""
    return {
        "issuer": f"{base}/v2.0", "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "jwks_uri": f"{base}/discovery/v2.0/keys", "response_types_supported": ["code", "id_token"],
        "subject_types_supported": ["pairwise"], "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"], "tenant_region_scope": None,
    }  # fmt: skip


def instances(base: str) -> dict[str, Any]:
    """Give the hosts that are one service. `base` is the tenant's address. Source: MSAL's instance discovery."""
    entry = {"preferred_network": _NAMES[0], "preferred_cache": _NAMES[1], "aliases": list(_NAMES)}
    url = f"{base}/v2.0/.well-known/openid-configuration"
    return {"tenant_discovery_endpoint": url, "api-version": "1.1", "metadata": [entry]}
