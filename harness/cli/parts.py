"""The commands about what runs need: engine, images, packages, and what is left of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from harness import doctor as report_on_host
from harness.cli.options import CONSOLE, Commas, current_settings, listed
from harness.distros import load_distros, select_distros
from harness.errors import EnvironmentProblem
from harness.owners import sweep_dead
from harness.progress import PlainProgress
from harness.settings import Settings
from harness.substrate import engine as engines
from harness.substrate import private_engine
from harness.substrate.docker import Substrate
from harness.substrate.images import ensure_images, list_images, remove_images


def doctor() -> int:
    """Say what is there, what is missing and how to get it. Changes nothing."""
    return report_on_host.report(current_settings(), Console())


def clean(*, images: Annotated[bool, Parameter(negative=())] = False) -> None:
    """Remove arclab's containers and networks that no living run owns, kept ones too, and build products.

    Parameters
    ----------
    images
        Remove the images as well.
    """
    settings = current_settings()
    try:
        engine = engines.find_engine(settings)
    except EnvironmentProblem:
        print("no engine is running, so no container can be left")  # noqa: T201
    else:
        _clean_engine(settings, engine, images=images)
    for folder in (Path("build"),):
        if folder.is_dir():
            shutil.rmtree(folder)


def _clean_engine(settings: Settings, engine: engines.Engine, *, images: bool) -> None:
    substrate = Substrate(engine.url, {}, settings.subnets)
    try:
        removed = sweep_dead(substrate, kept_too=True)
    finally:
        substrate.close()
    print(f"removed {removed} containers and networks")  # noqa: T201
    if images:
        print(f"removed {remove_images(engine)} images")  # noqa: T201


def engine_up() -> None:
    """Find a running engine, or start arclab's own. Does nothing when one is there."""
    engine = private_engine.ensure_engine(current_settings(), PlainProgress(CONSOLE))
    print(engines.describe(engine))  # noqa: T201


def engine_down(*, force: Annotated[bool, Parameter(negative=())] = False) -> None:
    """Stop arclab's own engine; others are never touched.

    Parameters
    ----------
    force
        Stop it although containers run in it.
    """
    print(private_engine.stop_private(current_settings(), force=force))  # noqa: T201


def engine_status() -> int:
    """Say which engine would be used. Exit 2 where there is none."""
    print(engines.describe(engines.find_engine(current_settings())))  # noqa: T201
    return 0


def images_build(*, distro: Commas = "default") -> None:
    """Build the images that are missing.

    Parameters
    ----------
    distro
        The distros, families or sets, separated by commas.
    """
    settings = current_settings()
    progress = PlainProgress(CONSOLE)
    engine = private_engine.ensure_engine(settings, progress)
    chosen = select_distros(load_distros(), listed(distro))
    for name, image in sorted(ensure_images(engine, settings, chosen, progress).items()):
        print(f"{name}  {image}")  # noqa: T201


def images_list() -> None:
    """List the images that are there."""
    for line in list_images(engines.find_engine(current_settings())):
        print(line)  # noqa: T201


def packages_build(
    *,
    out: Path,
    version: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    windows: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Build the stand-in agent's .deb and .rpm, and an index.json beside them.

    Parameters
    ----------
    out
        The folder for them.
    version
        Only these releases; may be given several times.
    windows
        Build the .msi of each release too; needs wixl and mingw's compiler.
    """
    words = [sys.executable, "-m", "simulator", "packages", "build", "--out", str(out), *(["--windows"] * windows)]
    for name in version:
        words += ["--version", name]
    return subprocess.call(words)
