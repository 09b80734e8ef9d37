"""What the controller prepares once for a run, and workers only read: `prepared.json` in the run directory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from harness.model.distro import Distro
from harness.model.product import Product
from simulator.contract import PackageIndex


class Prepared(msgspec.Struct, frozen=True):
    """Everything that a worker needs. Paths are absolute, on the host."""

    run_id: str
    run_directory: str
    owner: str
    engine_url: str
    machine_host_config: dict[str, Any]  # keyword arguments of the SDK's create_host_config
    machine_mounts: dict[str, str]  # host path -> path in the machine, read-write: cgroups
    machine_tmpfs: dict[str, str]
    machine_environment: dict[str, str]
    machine_stop_signal: str
    subnets: str
    images: dict[str, str]  # distro id -> image
    cloud_image: str
    distros: dict[str, Distro]
    product: Product
    index: PackageIndex
    repository: str  # folder served as packages.microsoft.com
    packages: str  # folder with index.json and the packages
    signing_keys: str
    extensions: str
    tls: str
    versions: dict[str, Any]  # for run.json
    keep_failed: bool = False
    witness: bool = False  # take down the evidence that laws judge
    snapshots: bool = True  # look at a machine before and after each transition


def write_prepared(prepared: Prepared, path: Path) -> None:
    """Write it for the workers."""
    path.write_bytes(msgspec.json.encode(prepared))


def read_prepared(path: Path) -> Prepared:
    """Read what the controller wrote."""
    return msgspec.json.decode(path.read_bytes(), type=Prepared)
