"""What the harness knows about the product under test: data, not code."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from harness.errors import UsageError


class Product(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One product file. Paths are absolute paths on the machine.

    `formats` says what is different where the product comes as another package: `[formats.msi]` and these same names.
    """

    package: str
    cli: str
    show_command: tuple[str, ...]
    version_command: tuple[str, ...]
    units: tuple[str, ...]
    heartbeat_unit: str
    heartbeat_port: int  # the TCP port on which the heartbeat unit answers programs of the machine; 0: on none
    accounts: tuple[str, ...]
    groups: tuple[str, ...]
    leftovers: tuple[str, ...]
    logs: tuple[str, ...]
    allowed_hosts: tuple[str, ...]
    programs: tuple[str, ...] = ()  # what its services run
    made: tuple[str, ...] = ()  # paths that its scripts and programs make, and that go with it
    configuration: tuple[str, ...] = ()  # files for administrators that no package manager knows as such
    ports: tuple[str, ...] = ()  # where it listens: "loopback:40342", "any:*"
    environment: tuple[str, ...] = ()  # variables that it adds to the environment of all services
    unsupported: dict[str, str] = {}  # environments that it is not made for: word -> reason
    formats: dict[str, dict[str, Any]] = {}

    def packed_as(self, package_format: str) -> Product:
        """Give the product as it is in a package of this format."""
        if package_format not in self.formats:
            return self
        facts = {**msgspec.to_builtins(self), **self.formats[package_format], "formats": {}}
        return msgspec.convert(facts, Product)


def load_product(path: Path) -> Product:
    """Read a product file. Raises: UsageError with the mistake."""
    try:
        product = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Product)
        for package_format in product.formats:
            product.packed_as(package_format)  # a mistake in it is one of the file, whatever will be installed
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError("product-file", f"this is not a product file: {error}.", place=str(path)) from error
    return product
