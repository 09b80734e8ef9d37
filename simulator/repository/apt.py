"""apt repositories: Packages, Release with by-hash and Valid-Until, signed as InRelease and Release.gpg."""

from __future__ import annotations

import gzip
import hashlib
import lzma
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from debian.deb822 import Deb822
from debian.debfile import DebFile

from simulator.contract import PackageFile, RepositoryFault
from simulator.repository.signing import Signer

_ARCHITECTURE = "amd64"
_COMPONENT = "main"
VALID_FOR = timedelta(days=7)
POOL = "pool/main/a/azcmagent"
SOUND = RepositoryFault()


def write_apt_repository(
    root: Path,
    suite: str,
    packages: list[tuple[PackageFile, Path]],
    signer: Signer,
    now: datetime,
    *,
    fault: RepositoryFault = SOUND,
) -> None:
    """Write pool and dists below `root`. `packages` are index entries with the files they describe, oldest first.

    Source: the layout of packages.microsoft.com/debian/12/prod; Assumed: a validity of 7 days.
    """
    pool = root / POOL
    pool.mkdir(parents=True, exist_ok=True)
    for _, path in packages:
        link = pool / path.name
        if not link.exists():
            link.hardlink_to(path)
    stanzas = [_stanza(entry, path) for entry, path in packages]
    if stanzas:
        stanzas[-1].update(fault.newest)
    write_apt_metadata(root, suite, "\n".join(map(str, stanzas)).encode(), signer, now, other=fault.release)


def write_apt_metadata(
    root: Path, suite: str, index: bytes, signer: Signer, now: datetime, *, other: Mapping[str, str]
) -> None:
    """Write the indices in three forms, by hash too, and sign a Release over them; `other` are fields of its own."""
    dists = root / "dists" / suite
    folder = f"{_COMPONENT}/binary-{_ARCHITECTURE}"
    files = {
        f"{folder}/Packages": index,
        f"{folder}/Packages.gz": gzip.compress(index, mtime=0),
        f"{folder}/Packages.xz": lzma.compress(index),
        f"{folder}/Release": f"Archive: {suite}\nComponent: {_COMPONENT}\nArchitecture: {_ARCHITECTURE}\n".encode(),
    }
    for name, content in files.items():
        path = dists / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        by_hash = path.parent / "by-hash" / "SHA256" / hashlib.sha256(content).hexdigest()
        by_hash.parent.mkdir(parents=True, exist_ok=True)
        by_hash.write_bytes(content)
    release = _release(suite, files, now, other)
    (dists / "Release").write_bytes(release)
    (dists / "InRelease").write_bytes(signer.clear_sign(release))
    (dists / "Release.gpg").write_bytes(signer.detach_sign(release))


def _release(suite: str, files: dict[str, bytes], now: datetime, other: Mapping[str, str]) -> bytes:
    def stamp(moment: datetime) -> str:
        return format_datetime(moment, usegmt=True).replace("GMT", "UTC")

    files_by_name = sorted(files.items())
    sums = (f" {hashlib.sha256(content).hexdigest()} {len(content)} {name}" for name, content in files_by_name)
    fields = Deb822({
        "Origin": f"microsoft-{suite}-prod {suite}",
        "Label": f"microsoft-{suite}-prod {suite}",
        "Suite": suite,
        "Codename": suite,
        "Date": stamp(now),
        "Valid-Until": stamp(now + VALID_FOR),
        "Acquire-By-Hash": "yes",
        "Architectures": _ARCHITECTURE,
        "Components": _COMPONENT,
        "Description": "Stand-in repository of arclab",
        "SHA256": "\n" + "\n".join(sums),
    })  # fmt: skip
    fields.update(other)
    return str(fields).encode()


def _stanza(entry: PackageFile, path: Path) -> Deb822:
    """Give a package's paragraph: its own control fields, then where it lies and what it hashes to."""
    content = path.read_bytes()
    with DebFile(str(path)) as deb:
        fields = deb.debcontrol()
    fields.update({
        "Filename": f"{POOL}/{path.name}",
        "Size": str(len(content)),
        "MD5sum": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "SHA256": entry.sha256,
    })  # fmt: skip
    return fields
