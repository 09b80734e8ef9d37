"""The releases of the agent that exist here, and what each can do: data from `releases.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from simulator.errors import BadInput

_FILE = Path(__file__).with_name("releases.toml")


class Feature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a feature came, when it went, and when it came again."""

    since: str
    until: str = ""
    again: str = ""

    def is_in(self, release: str) -> bool:
        """Say whether a release has the feature."""
        here = number(release)
        if self.again and here >= number(self.again):
            return True
        return number(self.since) <= here and (not self.until or here < number(self.until))


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One release: `1.28`, and its number as each format writes it."""

    name: str
    date: str
    deb: str
    rpm: str
    msi: str
    assumed: bool = False

    def version(self, package_format: str) -> str:
        """Give the version in a format."""
        return {"deb": self.deb, "rpm": self.rpm, "msi": self.msi}[package_format]


class Releases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file, oldest release first."""

    releases: list[Release]
    features: dict[str, Feature]

    def features_of(self, release: Release) -> list[str]:
        """List the features of a release, sorted."""
        return sorted(name for name, feature in self.features.items() if feature.is_in(release.name))

    def select(self, names: tuple[str, ...]) -> list[Release]:
        """Give the named releases (all for none), oldest first. Raises: BadInput for an unknown one."""
        known = {name: r for r in self.releases for name in (r.name, r.deb, r.rpm, r.msi)}
        for name in names:
            if name not in known:
                listed = ", ".join(release.name for release in self.releases)
                raise BadInput("release-unknown", f"there is no release '{name}'.", hint=f"Known: {listed}.")
        wanted = {known[name].name for name in names} or set(known)
        return [release for release in self.releases if release.name in wanted]


def number(name: str) -> tuple[int, ...]:
    """Give a release's name as numbers, so that 1.9 comes before 1.28."""
    return tuple(int(part) for part in name.split("."))


def load_releases(path: Path = _FILE) -> Releases:
    """Read the file. Raises: BadInput with its mistake."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Releases)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadInput("releases-file", f"{error}.", place=str(path)) from error
