"""What a run was given, `inputs/inputs.json` in its folder, and what a proof bundle says of itself, `bundle.json`."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

INPUTS_FOLDER = "inputs"
INPUTS_FILE = "inputs.json"
SCENARIOS_FOLDER = "scenarios"  # below the inputs; the name by which a scenario's path becomes its own name
PRODUCT_FILE = "product.toml"
ACCEPT_FILE = "accept.toml"
BUNDLE_FILE = "bundle.json"
RUN_FOLDER = "run"
PACKAGES_FOLDER = "packages"

Role = Literal["candidate", "previous", "dependency"]


class PackageInput(msgspec.Struct, frozen=True):
    """One of the user's packages: its file's name, where it was, and the SHA-256 of what was tested, in hex."""

    role: Role
    name: str
    path: str
    sha256: str


class RunInputs(msgspec.Struct, frozen=True):
    """Everything that makes a run what it is, beside the texts of its scenarios and its product file.

    `options` are the fields of the run's options that do not name files. `quick` is None for what `arclab run` did,
    and says for `arclab validate` whether it was quick; `environments` are those that its lifecycles went through.
    """

    options: dict[str, Any]
    packages: tuple[PackageInput, ...]
    quick: bool | None = None
    environments: tuple[str, ...] = ()
    schema_version: int = 1


class BundleRecord(msgspec.Struct, frozen=True):
    """`bundle.json`. `versions` are the run's, with the digest of each image; `files` each other file's SHA-256."""

    outcome: str
    packages: tuple[PackageInput, ...]
    versions: dict[str, Any]
    files: dict[str, str]
    schema_version: int = 1
