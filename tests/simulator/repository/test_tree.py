"""What a tree offers: the releases that are asked for, and what they depend on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulator.contract import DEPENDENCY, PackageFile, PackageIndex
from simulator.packaging import Package, build_package
from simulator.repository.signing import Signer
from simulator.repository.tree import RepositorySpec, build_tree, offered

pytestmark = pytest.mark.process


def test_dependencies_are_always_published(tmp_path: Path, signer: Signer) -> None:
    """Whatever release is asked for, even none."""
    releases = {"agent": "candidate", "libx": DEPENDENCY}
    for name in releases:
        build_package(Package(name=name, version="1.0", format="deb", description="small"), tmp_path / f"{name}.deb")
    index = PackageIndex([PackageFile(n, "1.0", r, "deb", f"{n}.deb", "0" * 64, 1) for n, r in releases.items()])
    specification = [RepositorySpec("debian", "apt", "config", "trixie")]

    build_tree(tmp_path, offered(index, frozenset()), specification, signer, tmp_path / "tree",
               now=datetime(2026, 3, 2, tzinfo=UTC))  # fmt: skip

    listed = (tmp_path / "tree/debian/dists/trixie/main/binary-amd64/Packages").read_text()
    assert [line for line in listed.splitlines() if line.startswith("Package:")] == ["Package: libx"]
