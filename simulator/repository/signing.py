"""The signing key of a run, and signatures by gpg and rpmsign. Needs both programs: the cloud's image has them."""

from __future__ import annotations

import shutil
from pathlib import Path

from simulator.repository.tools import run_tool

_USER = "arclab stand-in repository signing <arclab@example.invalid>"
_PARAMETERS = f"""%no-protection
Key-Type: RSA
Key-Length: 3072
Key-Usage: sign
Name-Real: {_USER.split(" <", maxsplit=1)[0]}
Name-Email: arclab@example.invalid
Creation-Date: 20200101T000000
Expire-Date: 0
%commit
"""


class Signer:
    """Signs with the key in a folder, which is a gpg home. Source: RSA 3072 is what rpm 4.14 and later can check."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def ensure_key(self) -> None:
        """Make the key if the folder has none."""
        self._home.mkdir(parents=True, exist_ok=True)
        self._home.chmod(0o700)
        if not (self._home / "pubring.kbx").exists():
            self._gpg(["--generate-key"], _PARAMETERS.encode())

    def public_key(self, *, armored: bool) -> bytes:
        """Give the public key."""
        return self._gpg(["--armor", "--export"] if armored else ["--export"])

    def clear_sign(self, text: bytes) -> bytes:
        """Give the text with its signature around it, as in InRelease."""
        return self._gpg(["--digest-algo", "SHA256", "--clear-sign"], text)

    def detach_sign(self, data: bytes) -> bytes:
        """Give an armored signature of data."""
        return self._gpg(["--digest-algo", "SHA256", "--armor", "--detach-sign"], data)

    def sign_rpms(self, files: list[Path]) -> None:
        """Sign rpm files in place, replacing signatures they have."""
        command = ["rpmsign", "--define", f"_gpg_name {_USER}", "--define", "_gpg_digest_algo sha256",
                   "--define", f"__gpg {shutil.which('gpg') or '/usr/bin/gpg'}", "--resign"]  # fmt: skip
        run_tool([*command, *map(str, files)], home=self._home)

    def _gpg(self, arguments: list[str], data: bytes = b"") -> bytes:
        return run_tool(["gpg", "--batch", "--yes", "--quiet", "--no-tty", *arguments], data, home=self._home)
