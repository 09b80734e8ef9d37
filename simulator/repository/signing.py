"""The signing key of a run, and signatures by gpg and rpmsign. Needs both programs: the cloud's image has them."""

from __future__ import annotations

import shutil
from pathlib import Path

from simulator.repository.tools import run_tool

_USER = "arclab stand-in repository signing <arclab@example.invalid>"
_TOLD = {True: "told.asc", False: "told.gpg"}  # by whether it is armored
_PARAMETERS = """%no-protection
Key-Type: RSA
Key-Length: 3072
Key-Usage: sign
Name-Real: {name}
Name-Email: arclab@example.invalid
Creation-Date: 20200101T000000
Expire-Date: {expires}
%commit
"""


class Signer:
    """Signs with the key in a folder, which is a gpg home. Source: RSA 3072 is what rpm 4.14 and later can check.

    The public key of an `expired` one says that it ended years ago; whoever signs has prolonged it, and told nobody.
    `digest` is that of clear and detached signatures.
    """

    def __init__(self, home: Path, *, digest: str = "SHA256", expired: bool = False) -> None:
        self._home = home
        self._digest = digest
        self._expired = expired

    def ensure_key(self) -> None:
        """Make the key if the folder has none, or go on where that was broken off."""
        finished = self._home / (_TOLD[True] if self._expired else "pubring.kbx")
        if finished.exists():
            return
        self._home.mkdir(parents=True, exist_ok=True)
        self._home.chmod(0o700)
        if not (self._home / "pubring.kbx").exists() or not self._fingerprints():
            name, expires = _USER.partition(" <")[0], "1y" if self._expired else "0"
            self._gpg(["--generate-key"], _PARAMETERS.format(name=name, expires=expires).encode())
        if self._expired:
            self._prolong(finished)

    def _prolong(self, finished: Path) -> None:
        """Write down what people are told, prolong the key, and give the armored file the name that says so."""
        whole = self._home / "told.whole"
        if not whole.exists():  # so the key has not been prolonged
            (self._home / _TOLD[False]).write_bytes(self._exported(armored=False))
            partial = self._home / "told.partial"
            partial.write_bytes(self._exported(armored=True))
            partial.rename(whole)
        self._gpg(["--quick-set-expire", self._fingerprints()[0], "0"])
        whole.rename(finished)

    def with_digest(self, digest: str) -> Signer:
        """Give a signer with the same key and another digest."""
        return Signer(self._home, digest=digest, expired=self._expired)

    def public_key(self, *, armored: bool) -> bytes:
        """Give the public key, as people were told it."""
        return (self._home / _TOLD[armored]).read_bytes() if self._expired else self._exported(armored=armored)

    def clear_sign(self, text: bytes) -> bytes:
        """Give the text with its signature around it, as in InRelease."""
        return self._gpg(["--digest-algo", self._digest, "--clear-sign"], text)

    def detach_sign(self, data: bytes) -> bytes:
        """Give an armored signature of data."""
        return self._gpg(["--digest-algo", self._digest, "--armor", "--detach-sign"], data)

    def sign_rpms(self, files: list[Path]) -> None:
        """Sign rpm files in place, replacing signatures they have."""
        command = ["rpmsign", "--define", f"_gpg_name {_USER}", "--define", "_gpg_digest_algo sha256",
                   "--define", f"__gpg {shutil.which('gpg') or '/usr/bin/gpg'}", "--resign"]  # fmt: skip
        run_tool([*command, *map(str, files)], home=self._home)

    def _fingerprints(self) -> list[str]:
        listed = self._gpg(["--with-colons", "--list-keys"]).decode()
        return [line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:")]

    def _exported(self, *, armored: bool) -> bytes:
        return self._gpg(["--armor", "--export"] if armored else ["--export"])

    def _gpg(self, arguments: list[str], data: bytes = b"") -> bytes:
        return run_tool(["gpg", "--batch", "--yes", "--quiet", "--no-tty", *arguments], data, home=self._home)
