"""A package of Debian's archive as two releases have it, with what it needs: fetched by apt under a root of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from harness.errors import EnvironmentProblem, UsageError

OLD_SUITE, NEW_SUITE = "bookworm", "trixie"
_INSTALLS = re.compile(r"^Inst (?P<name>\S+) (?:\[[^\]]*\] )?\((?P<version>\S+) ", re.MULTILINE)
_OFFERS = re.compile(r"^\s*\S+ \| +(?P<version>\S+) \| \S+ (?P<suite>[a-z]+)/", re.MULTILINE)
_CONFIGURATION = """
Dir::State "{root}/state";
Dir::State::status "{root}/status";
Dir::Cache "{root}/cache";
Dir::Etc::sourcelist "{root}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages "none";
"""


@dataclass(frozen=True)
class Pair:
    """A package of both suites, and what these need that a machine of the newer suite has not. Files on the host."""

    package: str
    new: Path
    old: Path
    dependencies: tuple[Path, ...]

    @property
    def versions(self) -> tuple[str, str]:
        """The newer version and the older one, with their epochs."""
        return version_of(self.new), version_of(self.old)


class Archive:
    """Debian's archive as apt knows it; the host's own apt is not touched. What was fetched stays in its folder."""

    def __init__(self, folder: Path, mirror: str, status: bytes) -> None:
        """`mirror` is the archive's URL, `status` dpkg's database of a machine of the newer suite.

        Raises: EnvironmentProblem when the mirror cannot be read.
        """
        self._pairs = folder / "pairs"
        root = (folder / "root").resolve()
        for name in ("state/lists/partial", "cache/archives/partial"):
            (root / name).mkdir(parents=True, exist_ok=True)
        (root / "status").write_bytes(status)
        sources = [f"deb {mirror} {suite} main" for suite in (OLD_SUITE, NEW_SUITE)]
        (root / "sources.list").write_text("\n".join([*sources, ""]))
        (root / "apt.conf").write_text(_CONFIGURATION.format(root=root))
        self._environment = {**os.environ, "APT_CONFIG": str(root / "apt.conf"), "LC_ALL": "C.UTF-8"}
        self._run("apt-get", "--quiet", "update")

    def fetch(self, package: str) -> Pair:
        """Fetch a pair, unless the same versions are there already.

        Raises: UsageError for a package that only one suite has; EnvironmentProblem when it cannot be fetched.
        """
        offers = {
            found["suite"]: found["version"] for found in _OFFERS.finditer(self._run("apt-cache", "madison", package))
        }
        if not {OLD_SUITE, NEW_SUITE} <= {*offers}:
            raise UsageError("archive-package", f"'{package}' is not in both {OLD_SUITE} and {NEW_SUITE}.")
        folder = self._pairs / package
        if folder.is_dir() and (pair := read_pair(folder)).versions == (offers[NEW_SUITE], offers[OLD_SUITE]):
            return pair
        new, old = (f"{package}={offers[suite]}" for suite in (NEW_SUITE, OLD_SUITE))
        needed = self._needed(new, package)
        needed += [name for name in self._needed(old, package, *needed) if name not in needed]
        shutil.rmtree(folder, ignore_errors=True)
        part = folder.with_name(f"{package}.part")
        shutil.rmtree(part, ignore_errors=True)
        for name, wanted in (("new", [new]), ("old", [old]), ("dependencies", needed)):
            (part / name).mkdir(parents=True)
            if wanted:
                self._run("apt-get", "--quiet", "download", *wanted, folder=part / name)
        part.rename(folder)
        return read_pair(folder)

    def _needed(self, wanted: str, package: str, *beside: str) -> list[str]:
        """Give NAME=VERSION of what apt would install for a package, on a machine with `beside`."""
        said = self._run("apt-get", "--simulate", "--yes", "install", wanted, *beside)
        return [f"{found['name']}={found['version']}" for found in _INSTALLS.finditer(said) if found["name"] != package]

    def _run(self, *command: str, folder: Path | None = None) -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=self._environment, cwd=folder)
        if done.returncode != 0:
            raise EnvironmentProblem("archive", f"'{' '.join(command)}' ended with {done.returncode}.",
                                     hint=(done.stderr or done.stdout).strip()[-1500:])  # fmt: skip
        return done.stdout


def read_pair(folder: Path) -> Pair:
    """Read what `fetch` has left in a folder that is named for the package."""
    files = {name: sorted((folder / name).glob("*.deb")) for name in ("new", "old", "dependencies")}
    return Pair(folder.name, files["new"][0], files["old"][0], tuple(files["dependencies"]))


def version_of(path: Path) -> str:
    """Give the version that the name of a .deb has, as apt writes such names."""
    return unquote(path.name).split("_")[1]
