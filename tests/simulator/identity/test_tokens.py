"""Tokens are what other people's libraries take for tokens, and no forged one is believed."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from simulator.identity import tokens
from simulator.identity.tokens import TokenError, TokenKey, split_token, verify_signature

CLAIMS: dict[str, Any] = {"aud": "https://management.azure.com", "oid": "5f0c", "exp": 4_000_000_000}


def new_pem() -> bytes:
    """Make a private key."""
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.fixture(scope="module")
def pem() -> bytes:
    """Give the signing key in PEM."""
    return new_pem()


@pytest.fixture(scope="module")
def key(pem: bytes) -> TokenKey:
    """Give the signing key."""
    return TokenKey(pem)


def part(value: object) -> str:
    """Encode a part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_pyjwt_believes_our_tokens(key: TokenKey) -> None:
    """PyJWT verifies a token with the published key and reads the same claims."""
    public = jwt.PyJWK(key.public_jwk())
    found = jwt.decode(key.sign(CLAIMS), public, algorithms=["RS256"], audience=CLAIMS["aud"])

    assert found == CLAIMS


def test_we_believe_pyjwts_tokens(key: TokenKey, pem: bytes) -> None:
    """A token that PyJWT signed with the same key is verified."""
    token = jwt.encode(CLAIMS, pem, algorithm="RS256", headers={"kid": key.kid})

    assert key.verify(token) == CLAIMS


def test_the_header_is_entras(key: TokenKey) -> None:
    """The header has the members of real access tokens, and kid and x5t are one."""
    header = jwt.get_unverified_header(key.sign(CLAIMS))

    assert header == {"typ": "JWT", "alg": "RS256", "x5t": key.kid, "kid": key.kid}


def forged_signature(key: TokenKey) -> str:
    """Change the last byte of the signature."""
    head, _, signature = key.sign(CLAIMS).rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(signature + "=="))
    raw[-1] ^= 1
    return f"{head}.{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}"


def forged_claims(key: TokenKey) -> str:
    """Change a claim and keep the signature."""
    header, _, signature = key.sign(CLAIMS).split(".")
    return f"{header}.{part({**CLAIMS, 'oid': 'another'})}.{signature}"


def unsigned(key: TokenKey) -> str:
    """Ask for no signature at all."""
    return f"{part({'typ': 'JWT', 'alg': 'none', 'kid': key.kid})}.{part(CLAIMS)}."


def symmetric(key: TokenKey) -> str:
    """Sign with the public key as if it were a shared secret."""
    return jwt.encode(CLAIMS, key.public_jwk()["n"], algorithm="HS256", headers={"kid": key.kid})


def foreign(_: TokenKey) -> str:
    """Sign with a key of somebody else."""
    return TokenKey(new_pem()).sign(CLAIMS)


def foreign_with_our_name(key: TokenKey) -> str:
    """Sign with a key of somebody else, but say that it is ours."""
    return jwt.encode(CLAIMS, new_pem(), algorithm="RS256", headers={"kid": key.kid})


@pytest.mark.parametrize(
    "forge",
    [forged_signature, forged_claims, unsigned, symmetric, foreign, foreign_with_our_name],
    ids=lambda forge: forge.__name__.replace("_", " "),
)
def test_forged_tokens_are_refused(key: TokenKey, forge: object) -> None:
    """No token is believed that this key did not sign."""
    assert callable(forge)
    token = forge(key)
    with pytest.raises(TokenError) as caught:
        key.verify(token)

    assert str(caught.value) in ("it is not signed by a known key", "its signature is wrong")


@pytest.mark.parametrize(
    "header", [{"kid": "another"}, {"alg": "PS256"}, {}], ids=["other key", "other way", "nothing"]
)
def test_a_right_signature_under_a_wrong_header_is_refused(key: TokenKey, pem: bytes, header: dict[str, str]) -> None:
    """A token says how and by which key it is signed, and must say so rightly."""
    signed = f"{part({'kid': key.kid, 'alg': 'RS256', **header} if header else {})}.{part(CLAIMS)}"
    private = serialization.load_pem_private_key(pem, None)
    assert isinstance(private, rsa.RSAPrivateKey)
    signature = private.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    with pytest.raises(TokenError, match="known key"):
        key.verify(f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}")


@pytest.mark.parametrize(
    "token",
    ["", "one", "one.two", "a.b.c.d", "!!.!!.!!", f"{part([])}.{part({})}.x", f"{part({})}.{part(1)}.x", "é.é.é"],
    ids=[
        "empty",
        "one part",
        "two parts",
        "four parts",
        "no base64",
        "header no object",
        "claims no object",
        "no ASCII",
    ],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    """Text that is no token is a TokenError, nothing else."""
    with pytest.raises(TokenError):
        split_token(token)


def test_a_signature_that_is_no_base64_is_refused(key: TokenKey) -> None:
    """A signature that cannot be decoded is wrong."""
    public = rsa.generate_private_key(65537, 2048).public_key()
    with pytest.raises(TokenError):
        verify_signature(f"{key.sign(CLAIMS)}!", public)


def test_another_kind_of_key_is_refused() -> None:
    """The signing key is an RSA key."""
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(TokenError):
        TokenKey(pem)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the tokens whose signatures are worked out from now on."""
    found: list[str] = []

    def look(token: str, public: rsa.RSAPublicKey) -> None:
        found.append(token)
        verify_signature(token, public)

    monkeypatch.setattr(tokens, "verify_signature", look)
    return found


def test_a_good_signature_is_worked_out_once(pem: bytes, looked_at: list[str]) -> None:
    """Later the token is known by its digest, and has the same claims."""
    key = TokenKey(pem)
    token, other = key.sign(CLAIMS), key.sign({**CLAIMS, "oid": "another"})
    found = [key.verify(one)["oid"] for one in (token, token, other, token)]

    assert (found, looked_at) == (["5f0c", "5f0c", "another", "5f0c"], [token, other])


def test_a_wrong_signature_is_worked_out_each_time(pem: bytes, looked_at: list[str]) -> None:
    """What was refused is not remembered, least of all as good."""
    key = TokenKey(pem)
    token = forged_signature(key)
    for _ in range(2):
        with pytest.raises(TokenError, match="signature is wrong"):
            key.verify(token)

    assert looked_at == [token, token]


def test_another_key_has_its_own_memory(key: TokenKey, looked_at: list[str]) -> None:
    """A cloud with a new key believes nothing that the old one had signed."""
    token = key.sign(CLAIMS)
    key.verify(token)
    with pytest.raises(TokenError, match="known key"):
        TokenKey(new_pem()).verify(token)

    assert looked_at == [token]


def test_the_oldest_signatures_are_forgotten(pem: bytes, looked_at: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory has a bound; what is forgotten is worked out again."""
    monkeypatch.setattr(tokens, "_REMEMBERED", 2)
    key = TokenKey(pem)
    first, second, third = (key.sign({**CLAIMS, "uti": number}) for number in range(3))
    for token in (first, second, third, third, second, first):
        key.verify(token)

    assert looked_at == [first, second, third, first]
