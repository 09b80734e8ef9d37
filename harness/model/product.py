"""What the harness knows about the product under test: data, not code."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from harness.errors import UsageError


class Product(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One product file. Paths are absolute paths on the machine.

    Without a heartbeat unit the product knows no cloud: it is never connected, and asked for no status.

    `formats` says what is different where the product comes as another package: `[formats.msi]` and these same names.
    """

    package: str
    formerly: tuple[str, ...] = ()  # names that its package had in earlier releases
    units: tuple[str, ...] = ()
    cli: str = ""
    version_command: tuple[str, ...] = ()  # prints the version; without it nobody is asked
    version_form: Literal["whole", "upstream"] = "whole"  # what it prints of the package's version
    heartbeat_unit: str = ""
    show_command: tuple[str, ...] = ()  # prints the status as JSON
    answers: dict[str, int] = {}  # unit -> the TCP port that it opens once it is up
    accounts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()  # what its services run
    made: tuple[str, ...] = ()  # paths that its scripts and programs make, and that go with it
    configuration: tuple[str, ...] = ()  # files for administrators that no package manager knows as such
    renewed: tuple[str, ...] = ()  # such files that its scripts renew as long as nobody has edited them
    edit_command: tuple[str, ...] = ()  # with which administrators make a setting, where editing files is not enough
    generated: tuple[str, ...] = ()  # such files whose content is another one on each machine: keys, identifiers
    ports: tuple[str, ...] = ()  # where it listens: "loopback:40342", "any:8125/udp"
    environment: tuple[str, ...] = ()  # variables that it adds to the environment of all services
    unsupported: dict[str, str] = {}  # environments that it is not made for: word -> reason
    formats: dict[str, dict[str, Any]] = {}

    def packed_as(self, package_format: str) -> Product:
        """Give the product as it is in a package of this format."""
        if package_format not in self.formats:
            return self
        facts = {**msgspec.to_builtins(self), **self.formats[package_format], "formats": {}}
        return msgspec.convert(facts, Product)

    @property
    def names(self) -> tuple[str, ...]:
        """Give the names that its package has or had."""
        return (self.package, *self.formerly)

    @property
    def listed_as(self) -> str:
        """Give its name as a list of packages has it, where no name has blanks."""
        return self.package.replace(" ", "-")

    @property
    def all_configuration(self) -> tuple[str, ...]:
        """All files for administrators that no package manager knows as such."""
        return (*self.configuration, *self.renewed, *self.generated)

    @property
    def has_cloud(self) -> bool:
        """Whether it can be connected to a cloud, to which it then sends heartbeats."""
        return bool(self.heartbeat_unit)


def load_product(path: Path) -> Product:
    """Read a product file. Raises: UsageError with the mistake."""
    try:
        product = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Product)
        for package_format in ("", *product.formats):
            _check(product.packed_as(package_format), path)  # whatever will be installed
    except OSError as error:
        raise UsageError(
            "product-file", f"it cannot be read: {error.strerror}.", place=str(path),
            hint="Name a product file, as harness/products/azcmagent.toml is one.",
        ) from error  # fmt: skip
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError("product-file", f"this is not a product file: {error}.", place=str(path)) from error
    return product


def _check(product: Product, path: Path) -> None:
    named = {*product.answers, *([product.heartbeat_unit] if product.has_cloud else [])}
    for unit in sorted(named - {*product.units}):
        raise UsageError("product-unit", f"'{unit}' is not one of its units.", place=str(path),
                         hint=f"'units' names all of them: {', '.join(product.units) or 'none now'}.")  # fmt: skip
    if product.has_cloud != bool(product.show_command):
        raise UsageError("product-cloud", "'heartbeat_unit' and 'show_command' go together.", place=str(path),
                         hint="Name both for a product that is connected to a cloud, else neither.")  # fmt: skip
    if product.version_command and not product.cli:
        raise UsageError("product-cli", "there is a 'version_command', and no 'cli'.", place=str(path),
                         hint="'cli' is the path of the program that is asked.")  # fmt: skip
