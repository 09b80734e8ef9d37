"""A repository's tests need gpg, and some rpmsign and createrepo_c; where they are missing, tests skip."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.repository.signing import Signer
from simulator.repository.tools import run_tool


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signer]:
    """Give a signer with a fresh key, or skip; the agent that gpg starts for it is ended."""
    if shutil.which("gpg") is None:
        pytest.skip("'gpg' is not installed")
    home = tmp_path_factory.mktemp("g")  # a short path: gpg's agent has a socket there
    signer = Signer(home)
    signer.ensure_key()
    yield signer
    run_tool(["gpgconf", "--kill", "all"], home=home)


@pytest.fixture
def keyring(signer: Signer, tmp_path: Path) -> Path:
    """Give a file with the public key, as a client has it."""
    path = tmp_path / "keyring.gpg"
    path.write_bytes(signer.public_key(armored=False))
    return path
