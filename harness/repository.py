"""Let the simulator's command line build packages, the lab's CA and the signed repository of a run."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from harness.errors import EnvironmentProblem, LabError, UsageError
from harness.model.distro import Distro
from harness.model.product import Product
from harness.progress import PlainProgress
from harness.settings import Settings
from harness.substrate.docker import ContainerSpec, Substrate
from harness.substrate.host_packages import ensure_programs
from simulator.contract import PackageContents, PackageIndex

_TOOL_LIMIT_S = 300
_BAD_INPUT = 5
#: What builds the stand-in's .msi: program -> Debian's package.
_WINDOWS_TOOLS = {"wixl": "wixl", "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64-win32"}
_ZSTD_TOOLS = {"unzstd": "zstd"}
_MEMBER_NAMES_BYTES = 4096  # where the name of a .deb's second member is: that of the control files
_MSI_TOOLS = {"msiinfo": "msitools", "msiextract": "msitools", "msibuild": "msitools"}
_REFUSAL = re.compile(r"^arclab-sim: (?P<message>.+) \[(?P<reference>[a-z-]+)\]$")


@dataclass(frozen=True)
class Repository:
    """What a run's clouds serve. Paths on the host."""

    tree: Path
    keys: Path
    tls: Path
    extensions: Path
    index: PackageIndex


def build_packages(
    settings: Settings,
    candidates: Collection[Path],
    out: Path,
    progress: PlainProgress,
    *,
    previous: Collection[Path] = (),
    dependencies: Iterable[Path] = (),
    product: Product | None = None,
    windows: bool = False,
) -> Path:
    """Build the stand-in's packages (kept under the state directory) and add the candidates; give the folder.

    `product` is what the packages are of; the default is the stand-in's own.
    `previous` are a user's own older packages, at most one of each format: they take the place of the stand-in's.
    `dependencies` are packages that these need and no machine has, several versions of one too.
    `windows` builds the stand-in's .msi too, whose tools are installed where they are missing and arclab may.
    Raises: UsageError for a candidate that is not what it says.
    """
    progress.start("packages")
    out.mkdir(parents=True, exist_ok=True)
    ensure_readable((*candidates, *previous, *dependencies), progress)
    if windows:
        ensure_programs(_WINDOWS_TOOLS, "the .msi of the stand-in agent", partial(progress.step, "packages"))
    words = ["--windows"] * windows
    names = _names(product) if product else []
    _simulator("packages", "build", "--out", str(out), "--cache", str(settings.state / "packages"), *words)
    files = [str(path) for path in candidates]
    older = [str(path) for path in previous]
    if older:
        formerly = _formerly(product) if product else []
        _simulator("packages", "add", "--out", str(out), *names, *formerly, "--release", "previous", "--alone", *older)
    if files:
        _simulator("packages", "add", "--out", str(out), *names, *files)
    needed = [str(path) for path in dependencies]
    if needed:
        _simulator("packages", "depend", "--out", str(out), *needed)
    progress.done("packages")
    return out


def ensure_readable(packages: Iterable[Path], progress: PlainProgress) -> None:
    """Install what reads and changes packages, where it is missing and arclab may. Raises: EnvironmentProblem."""
    paths = list(packages)
    if any(path.suffix == ".msi" for path in paths):
        ensure_programs(_MSI_TOOLS, "reading an .msi", partial(progress.step, "packages"))
    if any(path.suffix == ".deb" and _is_zstd(path) for path in paths):
        ensure_programs(_ZSTD_TOOLS, "a .deb compressed with zstd", partial(progress.step, "packages"))


def _is_zstd(deb: Path) -> bool:
    """Say whether a .deb is compressed with zstd; whatever cannot be read is refused later."""
    try:
        with deb.open("rb") as file:
            return b".tar.zst" in file.read(_MEMBER_NAMES_BYTES)
    except OSError:
        return False


def read_contents(files: Iterable[Path], product: Product, *, earlier: bool = False) -> list[PackageContents]:
    """Read what is in packages of a product, or of `earlier` releases, which may have had another name.

    Raises: UsageError for one that is not what it says.
    """
    words = [str(path) for path in files]
    if not words:
        return []
    said = _simulator("packages", "contents", *_names(product), *(_formerly(product) if earlier else ()), *words)
    return msgspec.json.decode(said, type=list[PackageContents])


def _names(product: Product) -> list[str]:
    return ["--name", product.package, "--product-name", product.packed_as("msi").package]


def _formerly(product: Product) -> list[str]:
    return [word for name in product.formerly for word in ("--formerly", name)]


def repack(package: Path, changes: Path, out: Path, product: Product) -> Path:
    """Pack a package again with the changes of a JSON file; give the new file.

    Raises: UsageError when it is no such package, or has nothing of what would change.
    """
    _simulator("packages", "repack", str(package), "--changes", str(changes), "--out", str(out), *_names(product))
    return out / package.name


def build_repository(
    substrate: Substrate, image: str, *, packages: Path, distros: list[Distro], work: Path, progress: PlainProgress
) -> Repository:
    """Make keys and CA, sign and lay out the repository in a container that has gpg, rpm and createrepo."""
    progress.start("repository")
    _simulator("tls", "--out", str(work / "tls"))
    _simulator("packages", "extensions", "--out", str(work / "extensions"))
    specification = [
        {"path": distro.repository, "family": distro.family, "suite": distro.suite, "config": distro.config_package}
        for distro in distros
        if distro.repository
    ]
    (work / "repositories.json").write_bytes(msgspec.json.encode(specification))
    _run_tool(
        substrate, image, work,
        ["arclab-sim", "repository", "build", "--packages", "/work/packages",
         "--repositories", "/work/repositories.json", "--keys", "/work/keys", "--out", "/work/repository"],
    )  # fmt: skip
    progress.done("repository")
    index = msgspec.json.decode((packages / "index.json").read_bytes(), type=PackageIndex)
    return Repository(work / "repository", work / "keys", work / "tls", work / "extensions", index)


def _run_tool(substrate: Substrate, image: str, work: Path, command: list[str]) -> None:
    spec = ContainerSpec(
        f"arclab-tool-{work.parent.name}-{id(work)}", image, command, "tool", mounts={work: ("/work", "rw")}
    )
    with substrate.container(spec, {}) as container:
        status = container.wait(_TOOL_LIMIT_S)
        if status != 0:
            raise LabError(
                "repository-build", f"the repository could not be built: exit {status}.", hint=container.log_tail()
            )


def _simulator(*words: str) -> str:
    """Run `arclab-sim`; its refusals of bad input come through as they are."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "simulator", *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=_TOOL_LIMIT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise EnvironmentProblem("simulator-slow", f"'arclab-sim {words[0]}' took over {_TOOL_LIMIT_S} s.") from error
    if done.returncode == _BAD_INPUT:
        raise _refusal(done.stderr.strip())
    if done.returncode != 0:
        raise LabError(
            "simulator-broke",
            f"'arclab-sim {' '.join(words[:2])}' ended with {done.returncode}.",
            hint=done.stderr[-2000:],
        )
    return done.stdout


def _refusal(said: str) -> UsageError:
    """Give the simulator's refusal as the harness's own: `arclab-sim: PLACE: MESSAGE [REFERENCE]`, then hints."""
    first, *more = said.splitlines() or [""]
    found = _REFUSAL.match(first)
    if found is None:
        return UsageError("candidate-refused", said or "the package was refused.")
    return UsageError(found["reference"], found["message"], hint="\n".join(x.removeprefix("hint: ") for x in more))
