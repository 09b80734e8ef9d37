"""The sub-commands of `arclab-sim` that make packages and repositories."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from simulator.candidate import CANDIDATE, PRODUCT_NAME, inspect_package
from simulator.contract import DEPENDENCY, PackageFile, PackageIndex
from simulator.errors import BadInput
from simulator.extension_packages import build_extensions
from simulator.msi import build_msis, published_name
from simulator.ordering import is_newer
from simulator.ownership import give_to_owner
from simulator.package_changes import Changes
from simulator.package_contents import read_contents
from simulator.packaging import (
    base_system,
    build_package,
    build_packages,
    file_name,
    place_whole,
    read_index,
    write_index,
)
from simulator.repackaging import repack
from simulator.repository.tree import build_repository, read_specification

Names = Annotated[tuple[str, ...], Parameter(negative=())]

packages_app = App(name="packages", help="The agent's packages.")
repository_app = App(name="repository", help="Signed repositories.")


@packages_app.command
def build(
    *, out: Path, version: Names = (), cache: Path | None = None,
    windows: Annotated[bool, Parameter(negative=())] = False,
) -> None:  # fmt: skip
    """Build the stand-in agent's packages and an index.json.

    Parameters
    ----------
    out
        The folder for them.
    version
        Only these releases; may be given several times.
    cache
        Keep what was built in this folder, and take it from there next time.
    windows
        Build the .msi of each release too; needs wixl and mingw's compiler.
    """
    index = build_packages(out, version, cache=cache)
    if windows:
        index = PackageIndex(packages=[*index.packages, *build_msis(out, version, cache=cache)])
        write_index(out, index)
    for entry in index.packages:
        print(f"{entry.format}  {entry.version:18}  {out / entry.path}", file=sys.stderr)  # noqa: T201


@packages_app.command
def inspect(*files: Path, name: str = "azcmagent", product_name: str = PRODUCT_NAME) -> None:
    """Say as JSON what packages are; refuse what is not what it says.

    Parameters
    ----------
    files
        .deb and .rpm files.
    name
        The package that is expected.
    product_name
        The product that is expected of an .msi.
    """
    facts = [inspect_package(path, name=name, product_name=product_name) for path in files]
    print(msgspec.json.format(msgspec.json.encode(facts), indent=2).decode())  # noqa: T201


@packages_app.command
def contents(*files: Path, name: str = "azcmagent", product_name: str = PRODUCT_NAME, formerly: Names = ()) -> None:
    """Say as JSON what is in packages: files, scripts, dependencies, digests.

    Parameters
    ----------
    files
        .deb and .rpm files.
    name
        The package that is expected.
    product_name
        The product that is expected of an .msi.
    formerly
        Another name that is right; may be given several times.
    """
    found = [read_contents(path, name=name, product_name=product_name, formerly=formerly) for path in files]
    print(msgspec.json.encode(found).decode())  # noqa: T201


@packages_app.command(name="repack")
def repack_command(
    file: Path, *, changes: Path, out: Path, name: str = "azcmagent", product_name: str = PRODUCT_NAME
) -> None:
    """Pack a package again, with changes.

    Parameters
    ----------
    file
        The .deb, .rpm or .msi.
    changes
        A JSON file: scripts, files, relations and version that are to be different.
    out
        The folder for the new package, which keeps the file's name.
    name
        The package that is expected.
    product_name
        The product that is expected of an .msi.
    """
    try:
        wanted = msgspec.json.decode(changes.read_bytes(), type=Changes)
    except (OSError, msgspec.DecodeError) as error:
        raise BadInput("repack-changes", f"these are no changes: {error}.", place=str(changes)) from error
    out.mkdir(parents=True, exist_ok=True)
    repack(file, wanted, out / file.name, name=name, product_name=product_name)


@packages_app.command
def add(
    *files: Path, out: Path, name: str = "azcmagent", product_name: str = PRODUCT_NAME, formerly: Names = (),
    release: str = CANDIDATE, alone: Annotated[bool, Parameter(negative=())] = False,
) -> None:  # fmt: skip
    """Add candidates to built packages as the newest version of their format.

    Parameters
    ----------
    files
        .deb, .rpm and .msi files, at most one of each.
    out
        The folder of built packages.
    name
        The package that is expected.
    product_name
        The product that is expected of an .msi.
    formerly
        Another name that is right; may be given several times.
    release
        What the version is called in the index.
    alone
        Take all other packages of the format away.
    """
    index = read_index(out)
    found = [inspect_package(path, name=name, product_name=product_name, formerly=formerly) for path in files]
    entries = [msgspec.structs.replace(entry, release=release, path=published_name(entry)) for entry in found]
    taken = {entry.format for entry in entries} if alone else set()
    kept = [known for known in index.packages if known.format not in taken or known.release == DEPENDENCY]
    added = []
    for path, entry in zip(files, entries, strict=True):
        _check_candidate(entry, kept, path)
        added.append(_under_free_name(entry, kept))
        kept.append(added[-1])
    for path, entry in zip(files, added, strict=True):
        _publish(path, out / entry.path)
    write_index(out, PackageIndex(packages=kept))
    _remove(out, index, kept, files)


def _check_candidate(entry: PackageFile, known: Iterable[PackageFile], path: Path) -> None:
    """Refuse what is no newest version of its format."""
    others = [other for other in known if other.format == entry.format and other.release != DEPENDENCY]
    for other in others:
        if other.release == entry.release:
            raise BadInput("candidate-twice", f"there is a candidate for {entry.format} already.", place=str(path))
        if not is_newer(entry.version, other.version, entry.format):
            raise BadInput(
                "candidate-old",
                f"its version {entry.version} is not newer than {other.version}, which is published.",
                place=str(path),
                hint="A candidate is published as the newest version; give it a higher one.",
            )  # fmt: skip
    if entry.format == "msi":
        _check_link(entry, others, path)


def _under_free_name(entry: PackageFile, known: Iterable[PackageFile]) -> PackageFile:
    """Give the entry with a file name that no other package has: two releases may be called alike."""
    taken = {other.path for other in known}
    while entry.path in taken:
        entry = msgspec.structs.replace(entry, path=f"{entry.release}-{entry.path}")
    return entry


def _publish(path: Path, target: Path) -> None:
    """Copy a file, which may lie where it is to be; a file that shares its content with others is replaced alone."""
    if path.resolve() != target.resolve():
        place_whole(path, target)


def _remove(out: Path, before: PackageIndex, after: Iterable[PackageFile], files: tuple[Path, ...]) -> None:
    """Take away what is published no longer, but for the files that were given."""
    published = {entry.path for entry in after}
    for known in before.packages:
        target = out / known.path
        is_given = target.exists() and any(target.samefile(path) for path in files)
        if known.path not in published and not is_given:
            target.unlink(missing_ok=True)


def _check_link(entry: PackageFile, others: Iterable[PackageFile], path: Path) -> None:
    """Refuse an .msi that hides another: the documented links name a release by its first two numbers."""
    for other in others:
        if entry.version.split(".")[:2] == other.version.split(".")[:2]:
            raise BadInput(
                "candidate-link", f"its link is that of {other.version}, which is published too.", place=str(path),
                hint="The documented links name releases by two numbers, so these two cannot be told apart.",
            )  # fmt: skip


@packages_app.command
def depend(*files: Path, out: Path) -> None:
    """Add packages that candidates depend on; they are published whatever else is.

    Parameters
    ----------
    files
        .deb and .rpm files, several versions of a package too.
    out
        The folder of built packages, the candidates among them.
    """
    index = read_index(out)
    for path in files:
        entry = msgspec.structs.replace(inspect_package(path, name="", product_name=""), release=DEPENDENCY)
        _check_dependency(entry, index, path)
        _publish(path, out / path.name)
        index = PackageIndex(packages=[*index.packages, entry])
    write_index(out, index)


def _check_dependency(entry: PackageFile, index: PackageIndex, path: Path) -> None:
    for known in index.packages:
        if known.release != DEPENDENCY and (known.name, known.format) == (entry.name, entry.format):
            raise BadInput("dependency-itself", f"'{entry.name}' is the package that is to be judged.", place=str(path),
                           hint="A dependency is another package.")  # fmt: skip
        if known.path == entry.path:
            raise BadInput("dependency-twice", f"there is a file '{entry.path}' already.", place=str(path),
                           hint="Give each dependency once, under a name of its own.")  # fmt: skip


@packages_app.command(name="base-system")
def base_system_command(*, out: Path, provides_file: Path) -> None:
    """Build the empty rpm that tells an rpm database what a userland has.

    Parameters
    ----------
    out
        The folder for it; it is called arclab-base-system.rpm.
    provides_file
        What it provides, one a line.
    """
    provides = [line.strip() for line in provides_file.read_text(encoding="utf-8").splitlines() if line.strip()]
    package = base_system(provides)
    build_package(package, out / f"{package.name}.rpm")
    print(file_name(package), file=sys.stderr)  # noqa: T201


@packages_app.command
def extensions(*, out: Path) -> None:
    """Build the stand-in extension packages.

    Parameters
    ----------
    out
        The folder for them, laid out as the extension service serves them.
    """
    build_extensions(out)


@repository_app.command(name="build")
def repository_build(*, packages: Path, repositories: Path, keys: Path, out: Path) -> None:
    """Sign packages and lay out the repositories. Needs gpg and rpmsign.

    Parameters
    ----------
    packages
        The folder of built packages.
    repositories
        A JSON list of repositories: path, family, config, suite.
    keys
        The folder of the signing key; one is made when there is none.
    out
        The folder for the result.
    """
    build_repository(packages, read_index(packages), read_specification(repositories), keys, out, now=datetime.now(UTC))
    for path in (keys, out):
        give_to_owner(path)
