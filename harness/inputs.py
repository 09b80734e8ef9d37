"""Keep with a run what it was given, so that it can be told, and done, again."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from harness.errors import UsageError
from harness.model.bundle import (
    ACCEPT_FILE,
    INPUTS_FILE,
    INPUTS_FOLDER,
    PRODUCT_FILE,
    SCENARIOS_FOLDER,
    PackageInput,
    Role,
    RunInputs,
)
from harness.record import write_whole
from harness.scenario.load import SUFFIX, find_files, scenario_name


def keep_inputs(
    directory: Path,
    options: Mapping[str, Any],
    *,
    scenarios: Iterable[Path],
    product: Path,
    candidates: Iterable[Path],
    previous: Iterable[Path],
    dependencies: Iterable[Path] = (),
) -> None:
    """Copy the texts of a run's scenarios and its product file into its folder, and note its options and packages.

    Packages are not copied: a run notes what they were, and `arclab bundle` takes them along.
    """
    folder = directory / INPUTS_FOLDER
    for path in find_files(scenarios):
        kept = folder / SCENARIOS_FOLDER / f"{scenario_name(path)}{SUFFIX}"
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, kept)
    shutil.copyfile(product, folder / PRODUCT_FILE)
    packages = (
        *_noted("candidate", candidates), *_noted("previous", previous), *_noted("dependency", dependencies)
    )  # fmt: skip
    _write(directory, RunInputs(dict(options), packages))


def keep_gate(directory: Path, *, quick: bool, accept: Path | None, environments: tuple[str, ...]) -> None:
    """Note that the run was one of `arclab validate`, and keep its list of accepted defects."""
    _write(directory, msgspec.structs.replace(read_inputs(directory), quick=quick, environments=environments))
    if accept is not None:
        shutil.copyfile(accept, directory / INPUTS_FOLDER / ACCEPT_FILE)


def read_inputs(directory: Path) -> RunInputs:
    """Read what a run was given. Raises: UsageError where the folder is not that of a run that has kept it."""
    path = directory / INPUTS_FOLDER / INPUTS_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=RunInputs)
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError("inputs-missing", f"this does not say what a run was given: {error}.", place=str(path),
                         hint="Name the folder that 'arclab run' has written.") from error  # fmt: skip


def sha256_of(path: Path) -> str:
    """Give a file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _noted(role: Role, paths: Iterable[Path]) -> tuple[PackageInput, ...]:
    return tuple(PackageInput(role, path.name, str(path.resolve()), sha256_of(path)) for path in paths)


def _write(directory: Path, inputs: RunInputs) -> None:
    content = msgspec.json.format(msgspec.json.encode(inputs), indent=1)
    write_whole(directory / INPUTS_FOLDER / INPUTS_FILE, content)
