"""Keys and signatures by the `openssl` command, which is a prerequisite of the agent."""

import base64
import functools
import hashlib
import json
import os
import subprocess
import tempfile
import time
import uuid


class CryptoError(Exception):
    """openssl failed; its message."""


def _openssl(arguments, data=b""):
    try:
        done = subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CryptoError("openssl could not be run: %s" % error) from error
    if done.returncode != 0:
        raise CryptoError(done.stderr.decode("utf-8", "replace").strip() or "openssl failed")
    return done.stdout


def new_private_key():
    """Make an RSA key of 2048 bits; PEM."""
    return _openssl(["genrsa", "-traditional", "2048"])


def new_local_certificate():
    """Make a key and a self-signed certificate for localhost, ten years; both in one PEM."""
    request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650",
               "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"]  # fmt: skip
    return _openssl([*request, "-keyout", "-", "-out", "-"])


def public_key(private_key):
    """Give the public half as base64 of a DER PKCS#1 RSAPublicKey. Source: the ARM property clientPublicKey."""
    return base64.b64encode(_openssl(["rsa", "-RSAPublicKey_out", "-outform", "DER"], private_key)).decode()


def _with_key_file(private_key, use):
    with tempfile.NamedTemporaryFile(prefix="azcm", suffix=".pem") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(private_key)
        file.flush()
        return use(file.name)


def sign_pss(private_key, message):
    """Sign with RSA-PSS, SHA-256, salt as long as the hash; base64."""
    options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1"]
    signature = _with_key_file(
        private_key, lambda path: _openssl(["dgst", "-sha256", *options, "-sign", path], message.encode())
    )
    return base64.b64encode(signature).decode()


def client_assertion(private_key_path, certificate, client_id, audience):
    """Give a signed JWT by which the machine proves who it is. Source: Entra's certificate credentials."""
    der = base64.b64decode("".join(line for line in certificate.splitlines() if line and not line.startswith("-")))
    header = {"alg": "RS256", "typ": "JWT", "x5t": _encoded(hashlib.sha1(der).digest())}
    now = int(time.time())
    claims = {
        "aud": audience,
        "iss": client_id,
        "sub": client_id,
        "jti": str(uuid.uuid4()),
        "nbf": now - 60,
        "iat": now,
        "exp": now + 600,
    }
    signed = ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
    return signed + "." + _encoded(_openssl(["dgst", "-sha256", "-sign", private_key_path], signed.encode()))


def _encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@functools.lru_cache(maxsize=1)  # asked before each heartbeat
def certificate_end(certificate):
    """Give the moment when a certificate ends, in seconds since 1970."""
    text = _openssl(["x509", "-noout", "-enddate"], certificate.encode()).decode().partition("=")[2].strip()
    return int(time.mktime(time.strptime(text, "%b %d %H:%M:%S %Y %Z")) - time.timezone)
