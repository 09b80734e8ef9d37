"""Pack a user's own packages again: with each defect, and once without as the clean twin."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from harness.errors import UsageError
from harness.model.product import Product
from harness.mutants.catalogue import Mutant
from harness.repository import read_contents, repack
from simulator.contract import PackageContents, PackageFormat

CLEAN = "clean"


@dataclass(frozen=True)
class Built:
    """One format of one defect. `path` is None where these packages cannot have it, which `problem` explains."""

    mutant: str
    format: PackageFormat
    path: Path | None
    problem: str = ""


def build_mutants(packages: Iterable[Path], product: Product, mutants: dict[str, Mutant], out: Path) -> list[Built]:
    """Write `out/clean/<file>`, and `out/<mutant>/<file>` for each format that has the defect; the clean twins first.

    Raises: UsageError when a package cannot be read or packed again as it is.
    """
    given = [(format_of(path), path) for path in packages]
    built = [Built(CLEAN, kind, _repack(path, {}, out / CLEAN, product)) for kind, path in given]
    for name, mutant in mutants.items():
        seeds = [(path, kind, seed) for kind, path in given if (seed := mutant.seed(kind)) is not None]
        built += [_mutate(path, Built(name, kind, None), seed.changes, out, product) for path, kind, seed in seeds]
    return built


def build_previous(previous: Iterable[Path], product: Product, mutant: Mutant, out: Path) -> tuple[Path, ...]:
    """Give the previous releases as a defect has them: packed again into `out` where it changes them.

    Raises: UsageError when one cannot be read or has nothing of what would change.
    """
    given = [(path, mutant.seed(format_of(path))) for path in previous]
    return tuple(
        _repack(path, seed.previous, out, product) if seed is not None and seed.previous else path
        for path, seed in given
    )


def format_of(path: Path) -> PackageFormat:
    """Give a package's format by its name."""
    suffixes: dict[str, PackageFormat] = {".deb": "deb", ".msi": "msi"}
    return suffixes.get(path.suffix, "rpm")


def inserted_lines(clean: PackageContents, mutant: PackageContents) -> dict[str, frozenset[int]]:
    """Give the lines of each maintainer script that the clean twin does not have; scripts without such are left out."""
    found = {name: frozenset(_new_lines(clean.scripts.get(name, ""), text)) for name, text in mutant.scripts.items()}
    return {name: lines for name, lines in found.items() if lines}


def _new_lines(old: str, new: str) -> Iterator[int]:
    known = set(old.splitlines())
    return (number for number, line in enumerate(new.splitlines(), start=1) if line.strip() and line not in known)


def _mutate(path: Path, built: Built, changes: dict[str, object], out: Path, product: Product) -> Built:
    try:
        return Built(built.mutant, built.format, _repack(path, changes, out / built.mutant, product))
    except UsageError as error:
        return Built(built.mutant, built.format, None, str(error))


def _repack(path: Path, changes: dict[str, object], out: Path, product: Product) -> Path:
    with tempfile.NamedTemporaryFile(prefix="arclab-changes-", suffix=".json") as file:
        file.write(msgspec.json.encode(changes))
        file.flush()
        return repack(path, Path(file.name), out, product)


def contents_of(
    built: Iterable[Built], product: Product, mutants: dict[str, Mutant]
) -> dict[tuple[str, PackageFormat], PackageContents]:
    """Read all packages that were built, by mutant and format. Raises: UsageError for one that cannot be read."""
    found: dict[tuple[str, PackageFormat], PackageContents] = {}
    rows = [(row, row.path, _named(row, product, mutants)) for row in built if row.path is not None]
    for named in {row[2].package: row[2] for row in rows}.values():
        own = [(row, path) for row, path, its in rows if its.package == named.package]
        read = read_contents([path for _, path in own], named)
        found |= {(row.mutant, row.format): contents for (row, _), contents in zip(own, read, strict=True)}
    return found


def _named(row: Built, product: Product, mutants: dict[str, Mutant]) -> Product:
    return mutants[row.mutant].declared(product) if row.mutant in mutants else product
