"""Certificates of applications in bodies of Microsoft Graph. Source: the REST reference of `keyCredential`.

Assumed: what a body calls a certificate counts for nothing; its id, name and times follow from the certificate.
"""

from __future__ import annotations

import base64
import ssl
import uuid
from collections.abc import Iterable
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from simulator.clock import arm_time
from simulator.errors import ApiError
from simulator.identity.certificates import read_credential

_LONGEST_KEY = 8192  # Assumed: letters of a certificate in base64


def list_of(body: dict[str, Any], name: str) -> list[Any]:
    """Give a member that is a list; an empty one when it is absent. Raises: ApiError 400."""
    value = body.get(name) or []
    if not isinstance(value, list):
        raise ApiError(400, "Request_BadRequest", f"The property '{name}' must be a list.")
    return value


def key_credential(pem: str) -> dict[str, Any]:
    """Give what is told of a certificate: not the certificate. Source: `key` is null in answers."""
    read = read_credential(pem)
    return {"keyId": str(uuid.uuid5(uuid.NAMESPACE_OID, read.sha256)), "type": "AsymmetricX509Cert", "usage": "Verify",
            "displayName": x509.load_pem_x509_certificate(pem.encode()).subject.rfc4514_string(), "key": None,
            "startDateTime": arm_time(read.begins), "endDateTime": arm_time(read.ends)}  # fmt: skip


def certificates_of(body: dict[str, Any], held: Iterable[str] = ()) -> tuple[str, ...]:
    """Give the certificates of a body in PEM, each once; one that is held already may come by its id alone.

    Raises: ApiError 400 for what is none.
    """
    by_id = {key_credential(pem)["keyId"]: pem for pem in held}
    credentials = [one if isinstance(one, dict) else {} for one in list_of(body, "keyCredentials")]
    found = (
        _read_key(one.get("key")) if one.get("key") is not None else by_id.get(str(one.get("keyId")).lower())
        for one in credentials
    )
    return tuple(dict.fromkeys(pem or _read_key(None) for pem in found))


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
