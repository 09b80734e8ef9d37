"""Check the assertion by which a connected machine or an application signs in: a JWT signed by a certificate's key.

Source: Entra's certificate credentials, and the refusals' numbers. A repeated assertion is good until it ends: MSAL
keeps one for nine minutes and sends it again. Assumed: the order of the checks and the tolerance.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from simulator.contract import ENTRA_HOSTS, ENTRA_REGIONAL_SUFFIX
from simulator.errors import ApiError
from simulator.identity.certificates import Credential
from simulator.identity.tokens import TokenError, split_token, verify_signature
from simulator.services.entra.refusals import invalid_client

_TOLERANCE_S = 300


def check_assertion(assertion: str, client_id: str, credentials: Sequence[Credential], host: str, now: float) -> None:
    """Believe an assertion or refuse it: certificate, signature, who, times, audience.

    `credentials` are the client's, `host` is the one that was asked, with its port.
    Raises: ApiError 401 with the number of what is wrong.
    """
    try:
        header, claims = split_token(assertion)
        begins, ends = float(claims.get("nbf", 0)), float(claims.get("exp", 0))
    except (TokenError, TypeError, ValueError) as error:
        raise invalid_client(50027, f"JWT token is invalid or malformed: {error}.") from error
    credential = _registered(header, credentials)
    if not credential.begins - _TOLERANCE_S <= now < credential.ends:
        raise _bad_signature("The key used is expired", header)
    try:
        verify_signature(assertion, credential.key, str(header.get("alg")))
    except TokenError as error:
        raise _bad_signature(f"The signature was not accepted: {error}", header) from error
    if not claims.get("iss") == claims.get("sub") == client_id:
        message = "Client assertion application identifier doesn't match 'client_id' parameter."
        raise invalid_client(700021, message)
    if not begins - _TOLERANCE_S <= now <= ends + _TOLERANCE_S:
        raise invalid_client(700024, "Client assertion is not within its valid time range.")
    if not _is_here(claims.get("aud"), host):
        raise invalid_client(700023, "Client assertion audience claim does not match Realm issuer.")


def _registered(header: dict[str, Any], credentials: Sequence[Credential]) -> Credential:
    """Give the certificate that the header names by either thumbprint. Source: `x5t` with and without padding."""
    sha1, sha256 = (str(header.get(name, "")).rstrip("=") for name in ("x5t", "x5t#S256"))
    for known in credentials:
        if (sha256 and sha256 == known.sha256) or (sha1 and sha1 == known.sha1):
            return known
    raise _bad_signature("The key was not found", header)


def _bad_signature(reason: str, header: dict[str, Any]) -> ApiError:
    used = header.get("x5t#S256") or header.get("x5t") or ""
    why = f"[Reason - {reason}., Thumbprint of key used by client: '{used}']"
    return invalid_client(700027, f"Client assertion contains an invalid signature. {why}")


def _is_here(audience: Any, host: str) -> bool:
    """Say whether an audience is an address of this service. Source: the token endpoint as discovery names it."""
    try:
        parts = urlsplit(str(audience))
    except ValueError:
        return False
    name = parts.netloc.lower()
    is_ours = name in (host.lower(), *ENTRA_HOSTS) or name.endswith(ENTRA_REGIONAL_SUFFIX)
    return parts.scheme == "https" and is_ours
