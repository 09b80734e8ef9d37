"""The extensions that can be installed, by publisher, type and version: data from `extensions.toml`."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable
from pathlib import Path

import msgspec

_FILE = Path(__file__).with_name("extensions.toml")


class KnownExtension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One type of extension; `handler` is the folder that is packed, empty where there is no package."""

    publisher: str
    type: str
    operating_system: str
    versions: tuple[str, ...]
    handler: str = ""


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file. Case does not matter in questions."""

    extensions: tuple[KnownExtension, ...]

    def of_publisher(self, publisher: str) -> list[KnownExtension]:
        """Give a publisher's extensions."""
        return [known for known in self.extensions if known.publisher.lower() == publisher.lower()]

    def find(self, publisher: str, kind: str) -> KnownExtension | None:
        """Give an extension, or None."""
        return next((known for known in self.of_publisher(publisher) if known.type.lower() == kind.lower()), None)

    def version_for(self, publisher: str, kind: str, asked: str, *, takes_minor: bool = False) -> str:
        """Give the newest version that begins with the numbers of `asked`; an empty text when there is none.

        With `takes_minor` it is the newest of the same major number, if `asked` itself is there. Assumed: both rules,
        as for virtual machines.
        """
        known = self.find(publisher, kind)
        fits = [version for version in known.versions if _begins_with(version, asked)] if known else []
        if known and fits and takes_minor and asked:
            fits = [version for version in known.versions if _begins_with(version, asked.partition(".")[0])]
        return newest(fits)


def newest(versions: Iterable[str]) -> str:
    """Give the newest version, by its numbers: 2.1.10 comes after 2.1.9. An empty text when there is none."""
    return max(versions, key=lambda version: [int(part) for part in version.split(".")], default="")


@functools.cache
def load_catalogue() -> Catalogue:
    """Read the file that comes with the program."""
    return msgspec.convert(tomllib.loads(_FILE.read_text(encoding="utf-8")), Catalogue)


def _begins_with(version: str, asked: str) -> bool:
    return not asked or f"{version}.".startswith(f"{asked}.")
