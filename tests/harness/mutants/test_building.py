"""Mutants are packed one by one: what cannot be packed into a package is told, and the others are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.model.product import load_product
from harness.mutants import building
from harness.mutants.building import CLEAN, build_mutants, build_previous, inserted_lines
from harness.mutants.catalogue import Mutant, Seed
from harness.products import DEFAULT_PRODUCT
from simulator.contract import PackageContents, PackageFile

PRODUCT = load_product(DEFAULT_PRODUCT)
FILE = PackageFile("p", "2", "2", "deb", "p.deb", "", 1, "amd64")


def test_a_defect_that_cannot_be_packed_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The clean twin comes first; a format without the defect is left out."""

    def repack(package: Path, _changes: Path, out: Path, _name: str) -> Path:
        if out.name == "a":
            raise UsageError("repack-nothing", "no line matches.")
        return out / package.name

    monkeypatch.setattr(building, "repack", repack)
    mutants = {name: Mutant("t", "o", "SVC", (), deb=Seed({})) for name in ("a", "b")}
    built = build_mutants([Path("p.deb"), Path("p.rpm")], PRODUCT, mutants, tmp_path)

    assert [(row.mutant, row.format, row.path is not None, "no line" in row.problem) for row in built] == [
        (CLEAN, "deb", True, False), (CLEAN, "rpm", True, False), ("a", "deb", False, True), ("b", "deb", True, False),
    ]  # fmt: skip


def test_lines_that_a_defect_puts_into_scripts() -> None:
    """By number, as a defect is blamed; scripts that only lost lines have none."""
    clean = PackageContents(FILE, (), {"preinst": "#!/bin/sh\nexit 0\n", "prerm": "#!/bin/sh\nrm x\n"}, {}, ())
    mutant = PackageContents(FILE, (), {"preinst": "#!/bin/sh\nbad\nexit 0\n", "prerm": "#!/bin/sh\n"}, {}, ())

    assert inserted_lines(clean, mutant) == {"preinst": frozenset({2})}


def test_a_previous_release_is_packed_again_where_an_entry_changes_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The other format's stays the file that was given."""
    packed: list[str] = []

    def repack(package: Path, changes: Path, out: Path, _name: str) -> Path:
        packed.append(changes.read_text())
        return out / package.name

    monkeypatch.setattr(building, "repack", repack)
    mutant = Mutant("t", "o", "CLEAN", deb=Seed(previous={"version": "1"}), rpm=Seed({"version": "2"}))
    given = build_previous([Path("old.deb"), Path("old.rpm")], PRODUCT, mutant, tmp_path)

    assert (given, packed) == ((tmp_path / "old.deb", Path("old.rpm")), ['{"version":"1"}'])
