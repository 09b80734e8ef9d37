"""Pack a user's own packages again: with each defect, and once without as the clean twin."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec

from harness.model.product import Product
from harness.mutants.catalogue import Mutant
from harness.repository import read_contents, repack

CLEAN = "clean"


def build_mutants(
    packages: Iterable[Path], product: Product, mutants: dict[str, Mutant], out: Path
) -> dict[str, tuple[Path, ...]]:
    """Write `out/<mutant>/<file>` for each format that has the defect, and `out/clean/<file>`; gives the files.

    Raises: UsageError when a package cannot be read, or has not what a defect would change.
    """
    given = [
        (contents.package.format, path) for path in packages for contents in read_contents([path], product.package)
    ]
    built = {CLEAN: tuple(_repack(path, {}, out / CLEAN, product) for _, path in given)}
    for name, mutant in mutants.items():
        seeds = [(path, seed) for kind, path in given if (seed := mutant.seed(kind)) is not None]
        built[name] = tuple(_repack(path, seed.changes, out / name, product) for path, seed in seeds)
    return {name: files for name, files in built.items() if files}


def _repack(path: Path, changes: dict[str, object], out: Path, product: Product) -> Path:
    with tempfile.NamedTemporaryFile(prefix="arclab-changes-", suffix=".json") as file:
        file.write(msgspec.json.encode(changes))
        file.flush()
        return repack(path, Path(file.name), out, product.package)
