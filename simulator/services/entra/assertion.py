"""Check the assertion by which a connected machine signs in: a JWT signed by its own key.

Source: Entra's certificate credentials, and the refusals' numbers. Assumed: the order of the checks, the tolerance, and
that `iss`, `sub` and `jti` are not looked at.
"""

from __future__ import annotations

from simulator.identity.certificates import load_public_key
from simulator.identity.tokens import TokenError, split_token, verify_signature
from simulator.resources.entities import Machine
from simulator.services.entra.refusals import invalid_client

_TOLERANCE_S = 300


def check_assertion(assertion: str, machine: Machine, base: str, now: float) -> None:
    """Believe an assertion or refuse it: signature, certificate, times, audience. `base` is this host's address.

    Raises: ApiError 401 with the number of what is wrong.
    """
    try:
        header, claims = split_token(assertion)
        verify_signature(assertion, load_public_key(machine.public_key))
        begins, ends = float(claims.get("nbf", 0)), float(claims.get("exp", 0))
    except (TokenError, TypeError, ValueError) as error:
        raise invalid_client(700027, f"Client assertion failed signature validation: {error}.") from error
    if str(header.get("x5t", "")).rstrip("=") != machine.certificate_thumbprint:
        message = "The certificate with identifier used to sign the client assertion is not registered."
        raise invalid_client(700027, message)
    if now >= machine.certificate_end:
        raise invalid_client(700027, "The certificate that signed the client assertion has expired.")
    if not begins - _TOLERANCE_S <= now <= ends + _TOLERANCE_S:
        raise invalid_client(700024, "Client assertion is not within its valid time range.")
    if not str(claims.get("aud", "")).startswith(base):
        raise invalid_client(700023, "Client assertion audience claim does not match this endpoint.")
