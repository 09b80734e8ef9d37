"""Credentials of applications in bodies of Microsoft Graph. Source: the REST reference of `keyCredential`."""

from __future__ import annotations

import base64
import ssl
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm

from simulator.errors import ApiError
from simulator.identity.certificates import read_credential

_LONGEST_KEY = 8192  # Assumed: letters of a certificate in base64


def list_of(body: dict[str, Any], name: str) -> list[Any]:
    """Give a member that is a list; an empty one when it is absent. Raises: ApiError 400."""
    value = body.get(name) or []
    if not isinstance(value, list):
        raise ApiError(400, "Request_BadRequest", f"The property '{name}' must be a list.")
    return value


def certificates_of(body: dict[str, Any]) -> tuple[str, ...]:
    """Give the certificates of a body in PEM. Raises: ApiError 400 for what is none."""
    return tuple(
        _read_key(one.get("key") if isinstance(one, dict) else None) for one in list_of(body, "keyCredentials")
    )


def _read_key(key: object) -> str:
    """Give the PEM of a certificate in base64. Raises: ApiError 400."""
    if isinstance(key, str) and len(key) > _LONGEST_KEY:
        message = f"The key of a key credential has {len(key)} letters; it has {_LONGEST_KEY} at most."
        raise ApiError(400, "Request_BadRequest", message)
    try:
        pem = ssl.DER_cert_to_PEM_cert(base64.b64decode(key if isinstance(key, str) else ""))
        read_credential(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ApiError(400, "Request_BadRequest", "A key credential holds no certificate.") from error
    return pem
