"""A distro: one folder of `distro-images/`, its facts in `distro.toml`."""

from __future__ import annotations

from typing import Literal

import msgspec

from simulator.contract import PackageFormat

Family = Literal["apt", "yum", "zypper", "msiexec"]


class Pull(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the base image is on a registry: `docker.io/library/debian:12`."""

    image: str


class Bootstrap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Build the base from Debian packages: the suite's code name."""

    suite: str


class Trust(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the system's certificate store keeps things. `hashed` is OpenSSL's folder of hash links, or empty."""

    anchor: str  # where an administrator puts a CA certificate
    bundle: str  # the file that the system's tools read
    hashed: str = ""


class Distro(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Facts of one distro. `repository` is its path below packages.microsoft.com; empty where the family has none.

    `services` says what runs services, for the product's of which all looks and steps ask it.
    """

    id: str
    title: str
    family: Family
    format: PackageFormat
    trust: Trust
    repository: str = ""  # "debian/12/prod"
    config_package: str = ""  # path below packages.microsoft.com of packages-microsoft-prod
    services: Literal["systemd", "windows"] = "systemd"
    suite: str = ""  # apt: the repository's suite
    sets: tuple[str, ...] = ()  # named groups it belongs to: "default", "apt", "yum" ...
    pull: Pull | None = None
    bootstrap: Bootstrap | None = None
    os_release: dict[str, str] = {}  # of a system that stands for another: what its /etc/os-release says
