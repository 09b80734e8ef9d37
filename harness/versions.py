"""Resolve the version names of scenarios against what is published in one format."""

from __future__ import annotations

import difflib

from harness.errors import UsageError
from harness.model.plan import PackageVersion
from simulator.contract import DEPENDENCY, PackageIndex

NAMES = ("latest", "previous", "oldest", "candidate")


class Versions:
    """The versions of one format, oldest first; a candidate is last. Immutable."""

    def __init__(self, published: tuple[PackageVersion, ...]) -> None:
        self.published = published

    @classmethod
    def from_index(cls, index: PackageIndex, package_format: str) -> Versions:
        """Take the product's packages of one format from an index, in its order."""
        own = (p for p in index.packages if p.format == package_format and p.release != DEPENDENCY)
        return cls(tuple(PackageVersion(p.release, p.version, p.name) for p in own))

    def only(self, names: tuple[str, ...]) -> Versions:
        """Keep the named ones (all when `names` is empty), in order."""
        kept = {self.resolve(name).version for name in names}
        return Versions(tuple(v for v in self.published if v.version in kept)) if names else self

    def with_release(self, found: PackageVersion, every: Versions) -> Versions:
        """Add one version, keeping the order of `every`."""
        kept = {v.version for v in self.published} | {found.version}
        return Versions(tuple(v for v in every.published if v.version in kept))

    def without(self, found: PackageVersion) -> Versions:
        """Take one version away."""
        return Versions(tuple(v for v in self.published if v.version != found.version))

    def resolve(self, name: str, *, place: str = "") -> PackageVersion:
        """Give the version that a name, a release or a full version means.

        Raises: UsageError when nothing published is called so.
        """
        by_name = {"latest": -1, "previous": -2, "oldest": 0}
        if name in by_name and len(self.published) >= max(1, abs(by_name[name])):
            return self.published[by_name[name]]
        for version in self.published:
            if name in (version.release, version.version, version.agent):
                return version
        known = [*NAMES, *(v.release for v in self.published)]
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean '{close[0]}'? " if close else ""
        listed = ", ".join(v.release for v in self.published) or "none"
        raise UsageError(
            "version-unknown",
            f"no repository has the version '{name}'.",
            place=place,
            hint=f"{hint}Published: {listed}.",
        )


def dependencies_of(index: PackageIndex, package_format: str) -> tuple[str, ...]:
    """Give the names of the packages of one format that others depend on, each once."""
    found = (p.name for p in index.packages if p.format == package_format and p.release == DEPENDENCY)
    return tuple(dict.fromkeys(found))
