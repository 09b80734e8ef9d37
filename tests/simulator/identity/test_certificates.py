"""The lab's certificates are good for OpenSSL; identity certificates carry the machine's own key for 90 days."""

from __future__ import annotations

import base64
import hashlib
import ssl
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from simulator.contract import CERTIFICATE_LIFETIME_S
from simulator.identity.certificates import ensure_tls, is_signed, issue_identity, new_issuer_key

NOW = 1_767_225_600.0


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the lab's CA and server certificate."""
    folder = tmp_path_factory.mktemp("tls")
    ensure_tls(folder)
    return folder


@pytest.fixture(scope="module")
def machine_key() -> rsa.RSAPrivateKey:
    """Give a machine's key."""
    return rsa.generate_private_key(65537, 2048)


def encoded(key: rsa.RSAPrivateKey, form: serialization.PublicFormat = serialization.PublicFormat.PKCS1) -> str:
    """Give a public key as ARM keeps it."""
    return base64.b64encode(key.public_key().public_bytes(serialization.Encoding.DER, form)).decode()


def shake_hands(folder: Path, name: str) -> str | None:
    """Let a client that trusts the CA and the server meet in memory; give the TLS version."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(folder / "server.pem", folder / "server.key")
    client_context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(back, there, server_hostname=name)
    server = server_context.wrap_bio(there, back, server_side=True)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return client.version()


@pytest.mark.parametrize(
    "name",
    [
        "management.azure.com", "login.microsoftonline.com", "login.windows.net", "pas.windows.net",
        "eastus.login.microsoft.com", "gbl.his.arc.azure.com", "weu.his.arc.azure.com",
        "eastus-gas.guestconfiguration.azure.com", "agentserviceapi.guestconfiguration.azure.com",
        "guestnotificationservice.azure.com", "packages.microsoft.com", "download.microsoft.com", "localhost",
        "127.0.0.1",
    ],
)  # fmt: skip
def test_openssl_verifies_the_server_for(tls: Path, name: str) -> None:
    """The standard library's client, trusting only the CA, accepts the server under each of Azure's names."""
    assert shake_hands(tls, name) == "TLSv1.3"


@pytest.mark.parametrize("name", ["example.com", "a.b.his.arc.azure.com", "his.arc.azure.com"])
def test_openssl_refuses_other_names(tls: Path, name: str) -> None:
    """The certificate is good for no other name."""
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(tls, name)


def test_the_server_outlives_long_advances(tls: Path) -> None:
    """Lab clocks run decades ahead, and the certificates are still valid there."""
    years = [
        certificate.not_valid_after_utc.year - datetime.now(UTC).year
        for certificate in x509.load_pem_x509_certificates((tls / "server.pem").read_bytes())
    ]

    assert min(years) >= 29


@pytest.mark.parametrize("name", ["server.key", "entra.key"])
def test_private_keys_are_the_owners_alone(tls: Path, name: str) -> None:
    """Nobody else can read a private key."""
    assert stat.S_IMODE((tls / name).stat().st_mode) == 0o600


def test_certificates_are_made_once(tls: Path) -> None:
    """A second call leaves what is there."""
    before = (tls / "ca.pem").read_bytes()
    ensure_tls(tls)

    assert (tls / "ca.pem").read_bytes() == before


def test_an_identity_certificate(machine_key: rsa.RSAPrivateKey) -> None:
    """It holds the machine's key, is named by the client id, and ends 90 days from lab time."""
    issued = issue_identity(new_issuer_key(), encoded(machine_key), "client-1", NOW)
    certificate = x509.load_pem_x509_certificate(issued.pem.encode())

    assert certificate.public_key() == machine_key.public_key()
    assert certificate.subject.rfc4514_string() == "CN=client-1"
    assert certificate.not_valid_after_utc.timestamp() == NOW + CERTIFICATE_LIFETIME_S == issued.not_after
    assert certificate.not_valid_before_utc.timestamp() == NOW - 60 == issued.not_before


def test_the_thumbprint_is_a_tokens_x5t(machine_key: rsa.RSAPrivateKey) -> None:
    """The thumbprint is SHA-1 of the certificate in base64url without padding."""
    issued = issue_identity(new_issuer_key(), encoded(machine_key), "client-1", NOW)
    digest = hashlib.sha1(ssl.PEM_cert_to_DER_cert(issued.pem)).digest()

    assert issued.thumbprint == base64.urlsafe_b64encode(digest).decode().rstrip("=")


def test_the_issuers_key_signs_identities(machine_key: rsa.RSAPrivateKey) -> None:
    """Two certificates of one issuer differ by serial number only in what names them."""
    issuer = new_issuer_key()
    numbers = {
        x509.load_pem_x509_certificate(
            issue_identity(issuer, encoded(machine_key), "c", NOW).pem.encode()
        ).serial_number
        for _ in range(3)
    }

    assert len(numbers) == 3


@pytest.mark.parametrize("key", ["", "!", "AAAA"], ids=["empty", "no base64", "no key"])
def test_what_is_no_key_gets_no_certificate(key: str) -> None:
    """Text that is no RSA key is refused."""
    with pytest.raises(ValueError, match=r".*"):
        issue_identity(new_issuer_key(), key, "client-1", NOW)


def signature(key: rsa.RSAPrivateKey, message: str, salt: int = 32) -> str:
    """Sign as the agent does."""
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), salt)
    return base64.b64encode(key.sign(message.encode(), pss, hashes.SHA256())).decode()


def test_a_signed_message_is_believed(machine_key: rsa.RSAPrivateKey) -> None:
    """RSA-PSS with SHA-256 and a salt as long as the hash is right."""
    assert is_signed(encoded(machine_key), "/subscriptions/s", signature(machine_key, "/subscriptions/s"))


def test_other_signatures_are_not_believed(machine_key: rsa.RSAPrivateKey) -> None:
    """Another message, another key, another salt length, or no signature at all is wrong."""
    other = rsa.generate_private_key(65537, 2048)
    wrong = [
        signature(machine_key, "/subscriptions/t"),
        signature(other, "/subscriptions/s"),
        signature(machine_key, "/subscriptions/s", salt=0),
        base64.b64encode(machine_key.sign(b"/subscriptions/s", padding.PKCS1v15(), hashes.SHA256())).decode(),
        "",
        "!",
    ]

    assert [is_signed(encoded(machine_key), "/subscriptions/s", text) for text in wrong] == [False] * 6


def test_a_key_in_another_form_verifies_too(machine_key: rsa.RSAPrivateKey) -> None:
    """The same key as SubjectPublicKeyInfo is the same key."""
    key = encoded(machine_key, serialization.PublicFormat.SubjectPublicKeyInfo)

    assert is_signed(key, "m", signature(machine_key, "m"))
