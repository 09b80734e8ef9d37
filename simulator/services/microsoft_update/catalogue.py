"""The updates of the agent that there are: one for each published .msi."""

from __future__ import annotations

import base64
import hashlib
import uuid
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from simulator.contract import DEPENDENCY, PackageFile, UpdateClass
from simulator.packaging import read_index
from simulator.releases import number

_IDS = uuid.UUID("c3a1c0de-5f0e-4a56-8d4d-6d8f0f2b7e11")  # ours; what follows from it never changes
#: Source: GUIDs of these classifications in every WSUS. Assumed: that of the product, which is not published.
PRODUCT = uuid.uuid5(_IDS, "Azure Connected Machine Agent")
CLASSES: dict[UpdateClass, uuid.UUID] = {
    "Critical Updates": uuid.UUID("e6cf1350-c01b-414d-a61f-263d14d133b4"),
    "Updates": uuid.UUID("cd5ffd1e-e932-4e3a-bf74-18bf0b1bbd83"),
}


@dataclass(frozen=True)
class Category:
    """The product, or a classification."""

    revision: int
    identity: uuid.UUID
    title: str
    kind: str


CATEGORIES = (
    Category(1, PRODUCT, "Azure Connected Machine Agent", "Product"),
    *(Category(2 + place, guid, title, "UpdateClassification") for place, (title, guid) in enumerate(CLASSES.items())),
)


@dataclass(frozen=True)
class Update:
    """An update that brings one release. Digests are base64, as the protocol writes them."""

    entry: PackageFile
    file: Path
    sha1: str
    sha256: str
    supersedes: tuple[uuid.UUID, ...]
    classification: UpdateClass = "Updates"  # Assumed: of all releases; which were critical is not published

    @property
    def identity(self) -> uuid.UUID:
        """Give its GUID, the same on each call."""
        return _identity(self.entry)

    @property
    def revision(self) -> int:
        """Give the number that a server knows it by."""
        return 1000 + zlib.crc32(self.identity.bytes) % 2_000_000_000

    @property
    def title(self) -> str:
        """Give what people read. Assumed: the words."""
        return f"Azure Connected Machine Agent {self.entry.release} ({self.version})"

    @property
    def version(self) -> str:
        """Give the version as Windows shows it, without zeros in front."""
        return ".".join(map(str, number(self.entry.version)))

    @property
    def content(self) -> str:
        """Give the SHA-1 in hex, by which content is found."""
        return base64.b64decode(self.sha1).hex()


def read_updates(folder: Path | None, published: frozenset[str] | None) -> list[Update]:
    """Give the updates of the releases that are published (all for None), oldest first. Raises: BadInput."""
    if folder is None or not (folder / "index.json").exists():
        return []
    entries = [
        entry
        for entry in read_index(folder).packages
        if entry.format == "msi" and entry.release != DEPENDENCY and (published is None or entry.release in published)
    ]
    entries.sort(key=lambda entry: number(entry.version))
    return [
        Update(entry, folder / entry.path, *_digests(folder / entry.path), tuple(map(_identity, entries[:place])))
        for place, entry in enumerate(entries)
    ]


def _identity(entry: PackageFile) -> uuid.UUID:
    return uuid.uuid5(_IDS, f"update {entry.version} {entry.sha256}")


@lru_cache(64)
def _digests(file: Path) -> tuple[str, str]:
    content = file.read_bytes()
    sha1, sha256 = hashlib.sha1(content, usedforsecurity=False), hashlib.sha256(content)
    return base64.b64encode(sha1.digest()).decode(), base64.b64encode(sha256.digest()).decode()
