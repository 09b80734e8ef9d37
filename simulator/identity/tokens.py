"""JSON Web Tokens: the ones Entra issues, RS256, and the assertions that machines and applications sign."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
from typing import Any

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

_PADDINGS: dict[str, padding.AsymmetricPadding] = {
    "RS256": padding.PKCS1v15(),
    "PS256": padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH),
}
_BEGINNING, _END = dt.datetime(2024, 1, 1, tzinfo=dt.UTC), dt.datetime(2124, 1, 1, tzinfo=dt.UTC)


class TokenError(Exception):
    """A token that cannot be believed; the text says why."""


_REMEMBERED = 1 << 17  # signatures, of about 150 bytes each: more than one for each machine of a large fleet


class TokenKey:
    """Entra's signing key. It remembers which signatures it has found good, for that never changes."""

    def __init__(self, pem: bytes) -> None:
        # Skipped is a search for mistakes in the key's numbers, half of a cloud's start; the key is one that we made.
        key = serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TokenError("the signing key is no RSA key")
        self._key = key
        self._public = key.public_key()
        self._certificate = _self_signed(key)
        self.kid = _encoded(hashlib.sha1(self._certificate).digest())  # noqa: S324 - x5t is SHA-1
        self._good: dict[bytes, None] = {}  # digests of tokens, the oldest first

    def sign(self, claims: dict[str, Any]) -> str:
        """Give a signed token. Source: header of real access tokens: typ, alg, x5t, kid."""
        header = {"typ": "JWT", "alg": "RS256", "x5t": self.kid, "kid": self.kid}
        signed = f"{_encoded(msgspec.json.encode(header))}.{_encoded(msgspec.json.encode(claims))}"
        return f"{signed}.{_encoded(self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def verify(self, token: str) -> dict[str, Any]:
        """Give a token's claims when this key signed it. Raises: TokenError."""
        digest = hashlib.sha256(token.encode()).digest()
        if digest in self._good:
            return _object(token.split(".", 2)[1])
        header, claims = split_token(token)
        if header.get("alg") != "RS256" or header.get("kid") != self.kid:
            raise TokenError("it is not signed by a known key")
        verify_signature(token, self._public)
        if len(self._good) >= _REMEMBERED:
            del self._good[next(iter(self._good))]
        self._good[digest] = None
        return claims

    def public_jwk(self) -> dict[str, Any]:
        """Give the public key as an entry of the key document. Source: the members of Entra's own entries."""
        numbers = self._public.public_numbers()
        return {"kty": "RSA", "use": "sig", "kid": self.kid, "x5t": self.kid, "alg": "RS256",
                "n": _number(numbers.n), "e": _number(numbers.e),
                "x5c": [base64.b64encode(self._certificate).decode()]}  # fmt: skip


def split_token(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give header and claims without believing them. Raises: TokenError."""
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenError("it has not three parts")
    return _object(parts[0]), _object(parts[1])


def _object(part: str) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(_decoded(part))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise TokenError("it cannot be decoded") from error
    if not isinstance(value, dict):
        raise TokenError("its parts are no objects")
    return value


def verify_signature(token: str, key: rsa.RSAPublicKey, algorithm: str = "RS256") -> None:
    """Check an RS256 or PS256 signature. Raises: TokenError."""
    if algorithm not in _PADDINGS:
        raise TokenError(f"its algorithm is '{algorithm}', not one of {', '.join(_PADDINGS)}")
    signed, _, signature = token.rpartition(".")
    try:
        key.verify(_decoded(signature), signed.encode(), _PADDINGS[algorithm], hashes.SHA256())
    except (InvalidSignature, ValueError) as error:
        raise TokenError("its signature is wrong") from error


def new_token_key() -> tuple[str, TokenKey]:
    """Make a signing key; give it as PEM too."""
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode(), TokenKey(pem)


def _self_signed(key: rsa.RSAPrivateKey) -> bytes:
    """Give the certificate of a signing key, DER; always the same for a key, so that its thumbprint is too.

    Source: the subject of the certificates in Entra's key document.
    """
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "accounts.accesscontrol.windows.net")])
    public = key.public_key()
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(public)
    builder = builder.serial_number(public.public_numbers().n % 2**127 + 1)
    builder = builder.not_valid_before(_BEGINNING).not_valid_after(_END)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError(str(error)) from error


def _number(value: int) -> str:
    return _encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))
