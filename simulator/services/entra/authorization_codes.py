"""What a client gets for the code that its browser was sent back with. Source: RFC 7636; the AADSTS list."""

from __future__ import annotations

import base64
import hashlib
import secrets

from simulator.call import Call
from simulator.resources.entities import AuthorizationCode
from simulator.services.entra.refusals import missing, refusal
from simulator.store import Store


def open_code(store: Store, call: Call, form: dict[str, str]) -> AuthorizationCode:
    """Give a client's code, which is good once.

    Raises: ApiError 400 for one that is unknown, another client's, over or used, for another address than it was sent
    to, and for a client that does not know the secret of the challenge.
    """
    if not form.get("code"):
        raise missing("code")
    code = store.get(AuthorizationCode, form["code"])
    if code is None or code.key != form["code"] or code.client_id.lower() != form.get("client_id", "").lower():
        message = "The provided value for the input parameter 'code' is not valid."
        raise refusal(400, "invalid_grant", 70000, message)
    if code.redeemed:
        message = (
            "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing "
            "refresh token."
        )
        raise refusal(400, "invalid_grant", 54005, message)
    if call.now >= code.expires:
        message = "The provided authorization code or refresh token has expired due to inactivity."
        raise refusal(400, "invalid_grant", 70008, message)
    if form.get("redirect_uri") != code.redirect_uri:
        message = (
            f"The reply address '{form.get('redirect_uri', '')}' does not match the reply address "
            f"'{code.redirect_uri}' provided when requesting Authorization code."
        )
        raise refusal(400, "invalid_client", 500112, message)
    if not secrets.compare_digest(_challenge(code.method, form.get("code_verifier", "")), code.challenge.encode()):
        message = "The Code_Verifier does not match the code_challenge supplied in the authorization request."
        raise refusal(400, "invalid_grant", 501481, message)
    return code


def _challenge(method: str, verifier: str) -> bytes:
    """Give the challenge of a verifier; without a method it has to be empty, too."""
    if method != "S256":
        return verifier.encode()
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
