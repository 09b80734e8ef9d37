"""The commands about proof bundles."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from harness.bundles.packing import open_bundle, pack_bundle
from harness.bundles.replaying import print_comparison, replay
from harness.cli.options import CONSOLE, current_settings, workers_of
from harness.inputs import sha256_of


def bundle(
    directory: Path, *, out: Path | None = None, without_packages: Annotated[bool, Parameter(negative=())] = False
) -> None:
    """Make one archive of everything about a run: reports, scenarios, versions, images' digests, packages.

    'arclab replay' repeats the run from it. The same run gives the same bytes.

    Parameters
    ----------
    directory
        The folder of a run, of 'arclab run' or 'arclab validate'.
    out
        The archive; default: <folder>.tar.gz beside it.
    without_packages
        Leave your packages out; their hashes stay, and a replay has to be given the same files.
    """
    archive = out or directory.resolve().with_name(f"{directory.resolve().name}.tar.gz")
    record = pack_bundle(directory, archive, with_packages=not without_packages)
    print(f"{archive}: {record.outcome}, {len(record.files)} files, sha256:{sha256_of(archive)}")  # noqa: T201


def replay_bundle(
    archive: Path,
    *,
    package: Annotated[tuple[Path, ...], Parameter(negative=())] = (),
    report: Path | None = None,
    n: Annotated[str, Parameter(name="-n")] = "auto",
) -> int:
    """Repeat the run of a bundle with its own scenarios and packages, and compare the verdicts.

    Exit codes: 0 every verdict is the same, 1 one differs, 2 could not tell, 5 bad usage.

    Parameters
    ----------
    archive
        What 'arclab bundle' has made. A file in it that was changed is refused.
    package
        A package that the bundle lacks; may be given several times.
    report
        The folder for the new reports; default: runs/<time>.
    n
        How many cases at once.
    """
    with tempfile.TemporaryDirectory(prefix="arclab-") as name:
        open_bundle(archive, Path(name))
        result, directory = replay(
            Path(name), current_settings(), CONSOLE, packages=package, report=report, workers=workers_of(n)
        )
    print_comparison(result, Console())
    print(f"reports: {directory}")  # noqa: T201
    return int(bool(result.verdicts))
