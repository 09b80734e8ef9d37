"""Make a proof bundle of a run's folder, and open one.

A bundle is a .tar.gz: `bundle.json`, the run's folder as `run/`, and the user's packages as `packages/<role>/`. Two
bundles of one run have the same bytes: files are sorted and have no times, owners or modes of their host.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from harness.errors import UsageError
from harness.inputs import read_inputs, sha256_of
from harness.model.bundle import (
    BUNDLE_FILE,
    INPUTS_FILE,
    INPUTS_FOLDER,
    PACKAGES_FOLDER,
    RUN_FOLDER,
    BundleRecord,
    PackageInput,
    RunInputs,
)
from harness.model.validation import VERDICT_FILE, Validation
from harness.reports import read_run
from harness.reports.run_json import STATE_FILE
from harness.runner import KEPT_FILE

#: What tells of the host and not of the run.
_LEFT_OUT = {"prepared.json", "pytest.log", STATE_FILE, KEPT_FILE}


def pack_bundle(directory: Path, out: Path, *, with_packages: bool = True) -> BundleRecord:
    """Make the bundle `out` of the run in `directory`.

    Raises: UsageError where the folder holds no run that has ended, or a package is no longer what the run was given.
    """
    run = read_run(directory)
    inputs = read_inputs(directory)
    contents = {f"{RUN_FOLDER}/{name}": path for name, path in _files(directory)}
    if with_packages:
        contents |= {packed_name(package): _checked(package) for package in inputs.packages}
    told = _without_paths(inputs)
    rewritten = f"{RUN_FOLDER}/{INPUTS_FOLDER}/{INPUTS_FILE}"
    texts = {rewritten: msgspec.json.format(msgspec.json.encode(told), indent=1)}
    hashes = {name: sha256_of(path) for name, path in contents.items()}
    hashes |= {name: hashlib.sha256(text).hexdigest() for name, text in texts.items()}
    record = BundleRecord(_outcome(directory, run.outcome), told.packages, run.versions, dict(sorted(hashes.items())))
    texts[BUNDLE_FILE] = msgspec.json.format(msgspec.json.encode(record), indent=1)
    _write_archive(out, contents, texts)
    return record


def open_bundle(bundle: Path, folder: Path) -> BundleRecord:
    """Unpack a bundle into a new folder, each file checked against `bundle.json`.

    Raises: UsageError where it is no bundle, or a file is missing, changed or not told of.
    """
    try:
        with tarfile.open(bundle, "r:gz") as archive:
            archive.extractall(folder, filter="data")
        record = msgspec.json.decode((folder / BUNDLE_FILE).read_bytes(), type=BundleRecord)
    except (OSError, EOFError, tarfile.TarError, msgspec.DecodeError) as error:
        raise UsageError("bundle-unreadable", f"this is no proof bundle: {error}.", place=str(bundle),
                         hint="'arclab bundle RUN' makes one.") from error  # fmt: skip
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    del found[BUNDLE_FILE]
    for name in sorted(found.keys() | record.files.keys()):
        if name not in record.files or name not in found or sha256_of(found[name]) != record.files[name]:
            raise UsageError("bundle-changed", f"'{name}' is not what the bundle was made of.", place=str(bundle),
                             hint="Its proof is void: take the bundle from where it was made.")  # fmt: skip
    return record


def packed_name(package: PackageInput) -> str:
    """Give the name of a package in a bundle."""
    return f"{PACKAGES_FOLDER}/{package.role}/{package.name}"


def _files(directory: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(directory.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.name not in _LEFT_OUT:
            yield path.relative_to(directory).as_posix(), path


def _checked(package: PackageInput) -> Path:
    path = Path(package.path)
    if not path.is_file() or sha256_of(path) != package.sha256:
        raise UsageError("bundle-package", f"this is no longer the {package.role} that the run was given.",
                         place=package.path, hint="Put the file back, or use --without-packages.")  # fmt: skip
    return path


def _without_paths(inputs: RunInputs) -> RunInputs:
    packages = tuple(msgspec.structs.replace(package, path=packed_name(package)) for package in inputs.packages)
    return msgspec.structs.replace(inputs, packages=packages)


def _outcome(directory: Path, outcome: str) -> str:
    path = directory / VERDICT_FILE
    return msgspec.json.decode(path.read_bytes(), type=Validation).verdict if path.exists() else outcome


def _write_archive(out: Path, files: dict[str, Path], texts: dict[str, bytes]) -> None:
    """Write the archive whole or not at all."""
    temporary = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with (
            temporary.open("wb") as raw,
            gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w") as archive,
        ):
            for name in sorted(files.keys() | texts.keys()):
                _add(archive, name, io.BytesIO(texts[name]) if name in texts else files[name].open("rb"))
        temporary.replace(out)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _add(archive: tarfile.TarFile, name: str, content: BinaryIO) -> None:
    with content:
        entry = tarfile.TarInfo(name)
        entry.size = content.seek(0, io.SEEK_END)
        entry.mode = 0o644
        content.seek(0)
        archive.addfile(entry, content)
