"""The lab's CA for TLS, and the CA that issues machines' identity certificates."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from simulator.contract import CERTIFICATE_LIFETIME_S, CLOUD_NAMES

_YEARS_AHEAD = 30  # of true time; lab clocks run far ahead
_DAY = dt.timedelta(days=1)
#: Certificates of the server's key that no client should take, beside server.pem: by an unknown CA, and so on.
HOSTILE = ("unknown-ca", "expired", "other-name")


class Issued(NamedTuple):
    """An identity certificate: PEM, SHA-1 thumbprint in base64url (a token's x5t), its times in seconds."""

    pem: str
    thumbprint: str
    not_before: float
    not_after: float


class Credential(NamedTuple):
    """A registered certificate: its key, its thumbprints in base64url (`x5t`, `x5t#S256`), its times in seconds."""

    key: rsa.RSAPublicKey
    sha1: str
    sha256: str
    begins: float
    ends: float


def read_credential(pem: str) -> Credential:
    """Read an application's certificate. Raises: ValueError for one that is none, or whose key is not RSA."""
    certificate = x509.load_pem_x509_certificate(pem.encode())
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("its key is no RSA key")  # noqa: TRY004 - a wrong value, not a wrong type
    return Credential(
        key, _thumbprint(certificate, hashes.SHA1()), _thumbprint(certificate, hashes.SHA256()),  # noqa: S303 - x5t is SHA-1
        certificate.not_valid_before_utc.timestamp(), certificate.not_valid_after_utc.timestamp(),
    )  # fmt: skip


def _thumbprint(certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> str:
    return base64.urlsafe_b64encode(certificate.fingerprint(algorithm)).rstrip(b"=").decode()


def ensure_tls(folder: Path) -> None:
    """Make ca.pem, server.pem, server.key and entra.key in a folder, once, and the `HOSTILE` certificates beside them.

    Private keys are the owner's alone; that of the CA is not kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "ca.pem").exists() and (folder / "server.pem").exists() and (folder / "entra.key").exists():
        return
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "arclab lab CA")])
    authority = _builder(ca_name, ca_name, ca_key.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    ).add_extension(_ca_usage(), critical=True).add_extension(
        x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False
    ).sign(ca_key, hashes.SHA256())  # fmt: skip
    server_key = ec.generate_private_key(ec.SECP256R1())
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in (*CLOUD_NAMES, "localhost")]
    names.append(x509.IPAddress(ipaddress.IPv4Address("127.0.0.1")))
    pem = serialization.Encoding.PEM

    def issue(alternative: list[x509.GeneralName], key: ec.EllipticCurvePrivateKey, **ends: dt.datetime) -> bytes:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "management.azure.com")])
        issued = _builder(subject, ca_name, server_key.public_key(), **ends).add_extension(
            x509.SubjectAlternativeName(alternative), critical=False
        ).add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True).add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        ).add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        ).sign(key, hashes.SHA256())  # fmt: skip
        return issued.public_bytes(pem)

    own = authority.public_bytes(pem)
    _write_secret(folder / "server.key", _private_pem(server_key))
    _write_secret(folder / "entra.key", _private_pem(rsa.generate_private_key(65537, 2048)))
    (folder / "server.pem").write_bytes(issue(names, ca_key) + own)
    (folder / "other-name.pem").write_bytes(issue([x509.DNSName("elsewhere.arclab.example")], ca_key) + own)
    (folder / "expired.pem").write_bytes(issue(names, ca_key, end=dt.datetime.now(dt.UTC) - _DAY / 2) + own)
    (folder / "unknown-ca.pem").write_bytes(issue(names, ec.generate_private_key(ec.SECP256R1())))
    (folder / "ca.pem").write_bytes(own)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, end: dt.datetime | None = None
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    return (
        builder.serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(end or now + _YEARS_AHEAD * 365 * _DAY)
    )


def _ca_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _private_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_secret(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def new_issuer_key() -> str:
    """Make the key that issues identity certificates; PEM."""
    return _private_pem(ec.generate_private_key(ec.SECP256R1())).decode()


def issue_identity(issuer_pem: str, public_key: str, client_id: str, now: float) -> Issued:
    """Issue an identity certificate for a machine's key, valid 90 days from lab time.

    Source: a machine's certificate is valid for 90 days. Assumed: its subject is the client id.
    Raises: ValueError when the key is no PKCS#1 RSA key.
    """
    key = load_public_key(public_key)
    issuer = serialization.load_pem_private_key(issuer_pem.encode(), None)
    if not isinstance(issuer, ec.EllipticCurvePrivateKey):
        raise ValueError("the issuer's key is no EC key")  # noqa: TRY004 - a wrong value, not a wrong type
    start = dt.datetime.fromtimestamp(int(now) - 60, dt.UTC)
    end = dt.datetime.fromtimestamp(int(now) + CERTIFICATE_LIFETIME_S, dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, client_id)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "arclab identity service")]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .sign(issuer, hashes.SHA256())
    )
    thumbprint = _thumbprint(certificate, hashes.SHA1())  # noqa: S303 - x5t is SHA-1
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return Issued(pem, thumbprint, start.timestamp(), end.timestamp())


def load_public_key(text: str) -> rsa.RSAPublicKey:
    """Read a base64 DER PKCS#1 RSAPublicKey. Raises: ValueError."""
    key = serialization.load_der_public_key(base64.b64decode(text, validate=True))
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("it is no RSA key")  # noqa: TRY004 - a wrong value, not a wrong type
    return key


def is_signed(public_key: str, message: str, signature: str) -> bool:
    """Say whether RSA-PSS (SHA-256, salt as long as the hash) of a message is right."""
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    try:
        load_public_key(public_key).verify(base64.b64decode(signature), message.encode(), pss, hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True
