"""Let both tools look at packages of Debian's archive, one after the other; what is done already is not done again."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from harness.distros import load_distros
from harness.errors import EnvironmentProblem, UsageError
from harness.owners import this_owner
from harness.piuparts.archive import NEW_SUITE, Archive, Pair
from harness.piuparts.peer import Peer
from harness.piuparts.results import Compared, is_judged, read_compared
from harness.products import DEFAULT_PRODUCT
from harness.progress import PlainProgress
from harness.record import write_whole
from harness.settings import Settings
from harness.substrate.bootstrap import find_mirrors
from harness.substrate.docker import LABEL_OWNER, ContainerSpec, Substrate
from harness.substrate.images import ensure_images
from harness.substrate.private_engine import ensure_engine
from harness.validation.gate import Gate, validate

_PRODUCTS = DEFAULT_PRODUCT.parent
_WORKERS = 2
_COPY_LIMIT_S = 60


def known_packages() -> list[str]:
    """Give the packages of the archive that have a product file."""
    return sorted(path.stem for path in _PRODUCTS.glob("*.toml") if path != DEFAULT_PRODUCT)


def compare(packages: Iterable[str], folder: Path, settings: Settings, console: Console) -> list[Compared]:
    """Let both tools look at each package; everything is kept in the folder, and taken from there the next time.

    Raises: UsageError for a package without a product file; EnvironmentProblem where a tool cannot be run.
    """
    wanted = list(packages)
    for package in wanted:
        if package not in known_packages():
            raise UsageError("compared-package", f"'{package}' has no product file.",
                             hint=f"There is one for {', '.join(known_packages())}.")  # fmt: skip
    mirrors = find_mirrors(settings)
    if mirrors is None:
        raise EnvironmentProblem("archive", "no mirror of Debian's archive is known.",
                                 hint="Set ARCLAB_DEBIAN_MIRROR.")  # fmt: skip
    progress = PlainProgress(console)
    folder.mkdir(parents=True, exist_ok=True)
    archive = Archive(folder, mirrors.archive, _machine_status(folder, settings, progress))
    peer = Peer(folder / "piuparts", mirrors, progress.note)
    results: list[Compared] = []
    for package in wanted:
        progress.note(f"{package}: fetch, gate, piuparts")
        pair = archive.fetch(package)
        home = folder / "packages" / package
        keep_only(pair, home)
        _run_gate(pair, home / "gate", settings, console)
        peer.run(package, home / "piuparts", progress.note)
        results.append(read_compared(pair, home / "gate", home / "piuparts"))
    return results


def keep_only(pair: Pair, home: Path) -> None:
    """Make a package's folder, without what either tool has said of other versions: logs do not tell which they are of.

    `pair.txt` in it names both files with their digests; a folder without it is taken for one of others.
    """
    tested = "".join(f"{file.name} sha256:{_digest(file)}\n" for file in (pair.new, pair.old))
    note = home / "pair.txt"
    if note.exists() and note.read_text() == tested:
        return
    if home.exists():
        shutil.rmtree(home)
    home.mkdir(parents=True)
    write_whole(note, tested.encode())


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _run_gate(pair: Pair, report: Path, settings: Settings, console: Console) -> None:
    if is_judged(report, _digest(pair.new)):
        return
    shutil.rmtree(report, ignore_errors=True)  # of a run that was interrupted, or could not tell
    asked = Gate(
        (pair.new,), (pair.old,), _PRODUCTS / f"{pair.package}.toml", quick=True, report=report, workers=_WORKERS,
        distros=(_distro(),), dependencies=pair.dependencies,
    )  # fmt: skip
    validate(asked, settings, console)


def _distro() -> str:
    """Name the distro whose machines are of the newer suite and take packages of Debian."""
    return next(name for name, distro in load_distros().items() if (distro.suite, distro.format) == (NEW_SUITE, "deb"))


def _machine_status(folder: Path, settings: Settings, progress: PlainProgress) -> bytes:
    """Read dpkg's database of a machine of the newer suite."""
    engine = ensure_engine(settings, progress)
    image = ensure_images(engine, settings, [load_distros()[_distro()]], progress)[_distro()]
    work = (folder / "machine").resolve()
    work.mkdir(exist_ok=True)
    substrate = Substrate(engine.url, {LABEL_OWNER: this_owner()}, settings.subnets)
    spec = ContainerSpec(
        f"arclab-tool-status-{os.getpid()}", image, ["cp", "/var/lib/dpkg/status", "/work/status"], "tool",
        mounts={work: ("/work", "rw")},
    )  # fmt: skip
    try:
        with substrate.container(spec, {}) as container:
            if container.wait(_COPY_LIMIT_S) != 0:
                raise EnvironmentProblem("machine-status", "the packages of a machine could not be read.",
                                         hint=container.log_tail())  # fmt: skip
    finally:
        substrate.close()
    return (work / "status").read_bytes()
