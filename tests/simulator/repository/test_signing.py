"""Signatures are good for gpgv and rpm, which have nothing but the public key. Skipped where gpg is missing."""

from __future__ import annotations

import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.errors import SimulatorError
from simulator.repository.signing import Signer
from simulator.repository.tools import run_tool

pytestmark = pytest.mark.process


def verified(gpgv: str, keyring: Path, *files: Path) -> int:
    """Let gpgv judge; give its exit status."""
    return subprocess.run(
        [gpgv, "--keyring", str(keyring), *map(str, files)], capture_output=True, check=False
    ).returncode


def test_clear_signed_text_is_verified(
    signer: Signer, keyring: Path, tmp_path: Path, need_program: Callable[[str], str]
) -> None:
    """Gpgv accepts the text as it was signed, and not when a letter changed."""
    gpgv = need_program("gpgv")
    good, bad = tmp_path / "InRelease", tmp_path / "Changed"
    good.write_bytes(signer.clear_sign(b"Suite: bookworm\n"))
    bad.write_bytes(good.read_bytes().replace(b"bookworm", b"bullseye"))

    assert (verified(gpgv, keyring, good), verified(gpgv, keyring, bad)) == (0, 1)


def test_detached_signatures_are_verified(
    signer: Signer, keyring: Path, tmp_path: Path, need_program: Callable[[str], str]
) -> None:
    """Gpgv accepts data with its signature."""
    data, signature = tmp_path / "Release", tmp_path / "Release.gpg"
    data.write_bytes(b"Suite: bookworm\n")
    signature.write_bytes(signer.detach_sign(data.read_bytes()))

    assert verified(need_program("gpgv"), keyring, signature, data) == 0


def test_the_key_is_made_once(signer: Signer) -> None:
    """A second call leaves the key as it is."""
    before = signer.public_key(armored=False)
    signer.ensure_key()

    assert signer.public_key(armored=False) == before


@pytest.mark.parametrize("stopped_at", ["--export", "--quick-set-expire"])
def test_an_expired_key_is_finished(
    stopped_at: str,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    need_program: Callable[[str], str],
) -> None:
    """Where making it was broken off, it goes on: people are told of the end, and yet the key signs."""
    need_program("gpg")
    home = tmp_path_factory.mktemp("e")  # a short path: gpg's agent has a socket there
    signer, gpg = Signer(home, expired=True), Signer._gpg

    def stop(self: Signer, arguments: list[str], data: bytes = b"") -> bytes:
        if stopped_at in arguments:
            raise SimulatorError("repository-tool-failed", "stopped")
        return gpg(self, arguments, data)

    with monkeypatch.context() as patch:
        patch.setattr(Signer, "_gpg", stop)
        with pytest.raises(SimulatorError, match="stopped"):
            signer.ensure_key()
    signer.ensure_key()
    signed, told = signer.clear_sign(b"Suite: bookworm\n"), signer.public_key(armored=True)
    shown = run_tool(["gpg", "--with-colons", "--show-keys"], told, home=home).decode()
    run_tool(["gpgconf", "--kill", "all"], home=home)

    assert b"Suite: bookworm" in signed
    assert [line.split(":")[1] for line in shown.splitlines() if line.startswith("pub:")] == ["e"]  # expired


def test_the_keys_folder_is_the_owners_alone(signer: Signer) -> None:
    """Nobody else can read the private key."""
    assert stat.S_IMODE(signer._home.stat().st_mode) == 0o700


def test_rpm_verifies_a_signed_package(
    signer: Signer, packages: Path, tmp_path: Path, need_program: Callable[[str], str]
) -> None:
    """Rpm, with the public key imported, finds signature and digests good."""
    rpm = need_program("rpm")
    need_program("rpmsign")
    path = tmp_path / "azcmagent.rpm"
    shutil.copyfile(packages / "azcmagent-1.28.02260-755.x86_64.rpm", path)
    signer.sign_rpms([path])
    key, database = tmp_path / "key.asc", ["--dbpath", str(tmp_path / "rpmdb")]
    key.write_bytes(signer.public_key(armored=True))
    subprocess.run([rpm, *database, "--import", str(key)], check=True, capture_output=True)
    told = subprocess.run([rpm, *database, "--checksig", str(path)], capture_output=True, text=True, check=True).stdout

    assert told.strip() == f"{path}: digests signatures OK"


def test_a_missing_program_is_an_error_for_a_person(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The error names the program and the package that brings it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SimulatorError) as caught:
        run_tool(["rpmsign"])

    assert (caught.value.reference, caught.value.hint) == ("repository-tool", "apt-get install rpm")
