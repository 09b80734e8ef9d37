"""Build .deb and .rpm of the stand-in agent, of its repository configuration and of base systems, with nfpm.

The same inputs give the same bytes: every time stamp is the release's date, and nothing of the host enters.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from simulator.contract import PackageFile, PackageFormat, PackageIndex
from simulator.errors import BadInput, SimulatorError
from simulator.releases import Release, Releases, load_releases

AGENT = Path(__file__).with_name("agent")
INDEX = "index.json"
Format = Literal["deb", "rpm"]
FORMATS: tuple[Format, ...] = ("deb", "rpm")
_ARCHITECTURE = {"deb": "amd64", "rpm": "x86_64"}
_DESCRIPTION = (
    "Stand-in for the Azure Connected Machine agent, made by arclab for tests of package lifecycles. "
    "It is not Microsoft's agent and connects to nothing but a simulated Azure."
)
_MAINTAINER = "arclab developers <arclab@example.invalid>"


@dataclass(frozen=True)
class Package:
    """What goes into one package. `contents` are nfpm's; `texts` are files made here: target -> (text, mode)."""

    name: str
    version: str  # as the format writes it; an rpm's release after the hyphen
    format: Format
    description: str
    depends: list[str] = field(default_factory=list)
    provides: list[str] = field(default_factory=list)
    scripts: dict[str, str] = field(default_factory=dict)
    texts: dict[str, tuple[str, int]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    directories: list[str] = field(default_factory=list)
    config_files: frozenset[str] = frozenset()
    architecture: str = "amd64"
    date: str = "2026-01-01"


def build_packages(out: Path, names: tuple[str, ...] = (), *, cache: Path | None = None) -> PackageIndex:
    """Build the packages of some or all releases into a folder, with `index.json`; gives the index.

    With `cache` what was built before from the same inputs is taken from there.
    Raises: BadInput for an unknown release, SimulatorError when nfpm fails.
    """
    releases = load_releases()
    wanted = [(release, kind) for release in releases.select(names) for kind in FORMATS]
    out.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        files = list(pool.map(lambda item: _build_cached(out, releases, item[0], item[1], cache), wanted))
    index = PackageIndex(packages=files)
    write_index(out, index)
    return index


def _build_cached(out: Path, releases: Releases, release: Release, kind: Format, cache: Path | None) -> PackageFile:
    package = agent_package(releases, release, kind)
    name = file_name(package)
    if cache is None:
        build_package(package, out / name)
    else:
        kept = cache / f"{_digest(package)}-{name}"
        if not kept.exists():
            cache.mkdir(parents=True, exist_ok=True)
            build_package(package, kept)
        link_or_copy(kept, out / name)
    return describe(out / name, package, release.name)


def link_or_copy(source: Path, target: Path) -> None:
    """Put a file at another place too, sharing its content where the file system can."""
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def _digest(package: Package) -> str:
    return hashlib.sha256(repr(package).encode()).hexdigest()[:20]


def describe(path: Path, package: Package, release: str) -> PackageFile:
    """Give the index entry of a built package."""
    content = path.read_bytes()
    return PackageFile(
        name=package.name, version=package.version, release=release, format=package.format, path=path.name,
        sha256=hashlib.sha256(content).hexdigest(), size=len(content), architecture=_ARCHITECTURE[package.format],
    )  # fmt: skip


def read_index(folder: Path) -> PackageIndex:
    """Read a folder's index. Raises: BadInput when there is none."""
    try:
        return msgspec.json.decode((folder / INDEX).read_bytes(), type=PackageIndex)
    except (OSError, msgspec.DecodeError) as error:
        raise BadInput("index-unreadable", f"{error}.", place=str(folder / INDEX)) from error


def write_index(folder: Path, index: PackageIndex) -> None:
    """Write a folder's index."""
    (folder / INDEX).write_bytes(msgspec.json.format(msgspec.json.encode(index), indent=2) + b"\n")


def agent_package(releases: Releases, release: Release, kind: Format) -> Package:
    """Give the stand-in agent's package of a release in a format."""
    packaging = AGENT / "packaging"
    contents = tomllib.loads((packaging / "contents.toml").read_text(encoding="utf-8"))
    depends = tomllib.loads((packaging / "depends.toml").read_text(encoding="utf-8"))
    version = release.version(kind)
    features = releases.features_of(release)
    facts = {"version": version.replace("-", "."), "release": release.name, "format": kind, "features": features}
    texts: dict[str, tuple[str, int]] = {
        "/opt/azcmagent/datafiles/release.json": (json.dumps(facts, indent=2) + "\n", 0o644)
    }
    for entry in contents["files"]:
        texts[entry["target"]] = ((packaging / "files" / entry["source"]).read_text(encoding="utf-8"), entry["mode"])
    for entry in contents["folders"]:
        source = AGENT / "src" / entry["source"]
        for path in sorted(source.rglob("*.py")):
            texts[f"{entry['target']}/{path.relative_to(source)}"] = (path.read_text(encoding="utf-8"), 0o644)
    words = {
        "@FORMAT@": kind,
        "@TSS@": "yes" if "tss-group" in features else "no",
        "@CRON@": "yes" if "autoupgrade-cron" in features else "no",
        "@ARCPROXY@": "yes" if "arcproxy-default" in features else "no",
    }
    return Package(
        name="azcmagent",
        version=version,
        format=kind,
        description=_DESCRIPTION,
        depends=depends[kind]["depends"],
        scripts={name: _filled((packaging / "scripts" / name).read_text(encoding="utf-8"), words) for name in _SCRIPTS},
        texts=texts,
        directories=[path for entry in contents["directories"] for path in entry["paths"]],
        date=release.date,
    )


#: our names of the maintainer scripts, and nfpm's
_SCRIPTS = {"preinst": "preinstall", "postinst": "postinstall", "prerm": "preremove", "postrm": "postremove"}


def _filled(text: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def file_name(package: Package) -> str:
    """Give the name that apt's pool or a yum repository gives the file."""
    if package.format == "deb":
        return f"{package.name}_{package.version}_{package.architecture}.deb"
    architecture = "noarch" if package.architecture == "all" else "x86_64"
    return f"{package.name}-{package.version}.{architecture}.rpm"


def build_package(package: Package, target: Path) -> None:
    """Build one package with nfpm; the file appears whole. Raises: SimulatorError with nfpm's message."""
    with tempfile.TemporaryDirectory(prefix="arclab-package-") as name:
        work = Path(name)
        run_nfpm(_nfpm_configuration(package, work), work, package.format, package.date, target)


def run_nfpm(configuration: dict[str, Any], work: Path, kind: PackageFormat, date: str, target: Path) -> None:
    """Build what a configuration says; its files are in `work`. Raises: SimulatorError with nfpm's message."""
    (work / "nfpm.json").write_text(json.dumps(configuration))
    done = subprocess.run(
        [_nfpm(), "package", "--config", "nfpm.json", "--packager", kind, "--target", "out"],
        cwd=work, capture_output=True, text=True, check=False,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(_epoch(date)), "TZ": "UTC"},
    )  # fmt: skip
    if done.returncode != 0:
        raise SimulatorError("nfpm-failed", f"nfpm could not build '{target.name}'.", hint=done.stderr.strip()[-800:])
    place_whole(work / "out", target)


def place_whole(file: Path, target: Path) -> None:
    """Copy a file to where others see it all at once."""
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(file, partial)
    partial.replace(target)


def _nfpm() -> str:
    """Find the nfpm that came with the Python package."""
    beside = Path(sys.executable).parent / "nfpm"
    for path in (beside, Path(sysconfig.get_path("scripts")) / "nfpm"):
        if path.exists():
            return str(path)
    found = shutil.which("nfpm")
    if found is None:
        raise SimulatorError("nfpm-missing", "nfpm was not found.", hint="It comes with 'make setup'.")
    return found


def _epoch(date: str) -> int:
    return int(datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp())


def _nfpm_configuration(package: Package, work: Path) -> dict[str, Any]:
    """Write the files into a work folder and give nfpm's configuration.

    `version_schema: none` keeps Microsoft's numbers as they are; nfpm would write 1.28.2260 otherwise.
    """
    version, _, release = package.version.partition("-") if package.format == "rpm" else (package.version, "", "")
    mtime = f"{package.date}T00:00:00Z"
    info = {"owner": "root", "group": "root", "mtime": mtime}
    contents: list[dict[str, Any]] = [
        {"dst": path, "type": "dir", "file_info": {**info, "mode": 0o755}} for path in package.directories
    ]
    payload: dict[str, tuple[bytes, int]] = {
        path: (text.encode(), mode) for path, (text, mode) in package.texts.items()
    }
    payload |= {path: (blob, 0o644) for path, blob in package.blobs.items()}
    for number, (path, (content, mode)) in enumerate(sorted(payload.items())):
        (work / f"file{number}").write_bytes(content)
        entry: dict[str, Any] = {"src": f"file{number}", "dst": path, "file_info": {**info, "mode": mode}}
        if path in package.config_files:
            entry["type"] = "config|noreplace"
        contents.append(entry)
    scripts: dict[str, str] = {}
    for name, text in package.scripts.items():
        (work / name).write_text(text)
        scripts[_SCRIPTS[name]] = name
    return {
        "name": package.name, "arch": package.architecture, "platform": "linux", "version": version,
        "version_schema": "none", "release": release, "section": "misc", "priority": "optional",
        "maintainer": _MAINTAINER, "vendor": "arclab", "homepage": "https://example.invalid/arclab",
        "license": "Apache-2.0", "description": package.description, "depends": package.depends,
        "provides": package.provides, "contents": contents, "scripts": scripts, "mtime": mtime,
        "deb": {"compression": "gzip"}, "rpm": {"compression": "gzip", "buildhost": "arclab"},
    }  # fmt: skip


def base_system(provides: list[str]) -> Package:
    """Give an empty rpm that provides what a userland from elsewhere offers, so that dependencies can be solved."""
    return Package(
        name="arclab-base-system", version="1-1", format="rpm", architecture="all", provides=provides,
        description="Says to rpm what this machine's userland has.", directories=["/usr/share/arclab-base-system"],
    )  # fmt: skip
