"""A repository with a fault: signed by another key, damaged, or caught in the middle of a change."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from simulator.contract import DEPENDENCY, PackageFile, PackageIndex, RepositoryFault
from simulator.repository.signing import Signer
from simulator.repository.tree import RepositorySpec, build_configuration, build_tree


def build_hostile_tree(
    signed: Path, index: PackageIndex, specification: list[RepositorySpec], own: Signer, out: Path, *,
    keys: Path, now: datetime, fault: RepositoryFault,
) -> None:  # fmt: skip
    """Write a tree with the packages of `index`, oldest first, and this fault.

    `own` is the repository's signer; other keys are made below the folder `keys`, once, and kept there.
    Raises: SimulatorError when signing fails; `out` may then be half written and must not be served.
    """
    signer = _signer(own, keys, fault)
    published = (own, signer) if fault.offers_key else (own,)
    newest = newest_of(index)
    index = PackageIndex(packages=sorted(index.packages, key=lambda entry: entry.release != DEPENDENCY))
    others = PackageIndex(packages=[entry for entry in index.packages if entry not in newest])
    listed, when = index if fault.listed else others, now - timedelta(seconds=fault.age_s)
    build_tree(signed, listed, specification, signer, out, now=when, fault=fault, keys=published)
    if fault.offers_key:
        build_configuration([one for one in specification if one.family == "apt"], published, out)
    if fault.earlier:
        before = out.with_name(f"earlier-{out.name}")
        try:
            build_tree(signed, others, specification, signer, before, now=when, fault=fault, keys=published)
            _take(fault.earlier, before, out)
        finally:
            shutil.rmtree(before, ignore_errors=True)
    for path in [path for pattern in fault.without for path in out.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)  # its folder may have gone before it
    if fault.package != "whole":
        for path in [path for entry in newest for path in out.rglob(entry.path)]:
            _damage(path, fault)


def newest_of(index: PackageIndex) -> list[PackageFile]:
    """Give the last package of each format that is no dependency."""
    return list({entry.format: entry for entry in index.packages if entry.release != DEPENDENCY}.values())


def _signer(own: Signer, keys: Path, fault: RepositoryFault) -> Signer:
    if fault.key == "own":
        return own.with_digest(fault.digest)
    signer = Signer(keys / fault.key, digest=fault.digest, expired=fault.key == "expired")
    signer.ensure_key()
    return signer


def _take(patterns: tuple[str, ...], source: Path, target: Path) -> None:
    """Put the files of another tree in place of those that match. A hard link is cut, so that its other name stays."""
    for path in [path for pattern in patterns for path in source.glob(pattern) if path.is_file()]:
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        shutil.copyfile(path, place)


def _damage(path: Path, fault: RepositoryFault) -> None:
    """Spoil a package's file, which is a hard link to the one that stays whole: one byte, half of it, or all."""
    content = path.read_bytes()
    path.unlink()
    if fault.package == "changed":
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :])
    elif fault.package == "cut":
        path.write_bytes(content[: len(content) // 2])
