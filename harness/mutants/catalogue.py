"""The known defects: a TOML file each, written for any product; what changes in a package is data."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, StrictUndefined

from harness.errors import UsageError
from harness.model.product import Product
from simulator.contract import DRIVE_C, PackageFormat

_FOLDER = Path(__file__).with_name("catalogue")


class Seed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The defect in one format: `changes` are those of `arclab-sim packages repack`, `blame` files that are right.

    `previous` are changes of the previous release, of which the defect is then, or what looks like one.
    """

    changes: dict[str, Any] = {}
    blame: tuple[str, ...] = ()
    previous: dict[str, Any] = {}


class Mutant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One defect. It is killed for the right reason by one of `laws`; `origin` says who has had it.

    `cases` is a pytest expression of the lifecycles that show it; `scenarios` are those of the library that do, and
    `environments` those that do beside the quick ones. `clean` is what looks like a defect and is none: no law may find
    anything. `product` is what the product file would declare of it, added to its lists. `steps` of a scenario are
    done on a machine, or to its repository, once the previous release is installed there.
    """

    title: str
    origin: str
    family: str
    laws: tuple[str, ...] = ()
    cases: str = ""
    scenarios: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    clean: bool = False
    steps: tuple[str, ...] = ()
    product: dict[str, tuple[str, ...]] = {}
    deb: Seed | None = None
    rpm: Seed | None = None
    msi: Seed | None = None

    def declared(self, product: Product) -> Product:
        """Give the product as its file would declare it with this change; a package may get another name."""
        seeds = filter(None, (self.deb, self.rpm))
        name = next((seed.changes["name"] for seed in seeds if seed.changes.get("name")), product.package)
        formerly = {"package": name, "formerly": (product.package,)} if name != product.package else {}
        added = {key: (*getattr(product, key), *values) for key, values in self.product.items()}
        return msgspec.structs.replace(product, **added, **formerly)

    def seed(self, kind: PackageFormat) -> Seed | None:
        """Give the defect in a format, where it has one there."""
        seeds: dict[PackageFormat, Seed | None] = {"deb": self.deb, "rpm": self.rpm, "msi": self.msi}
        return seeds[kind]


def load_mutants(product: Product, only: Iterable[str] = ()) -> dict[str, Mutant]:
    """Read the catalogue for a product, by name. Raises: UsageError for a name that is not there."""
    wanted = set(only)
    found = {path.stem: _load(path, product) for path in sorted(_FOLDER.glob("*.toml"))}
    for name in sorted(wanted - found.keys()):
        raise UsageError("mutant-unknown", f"there is no mutant '{name}'.", hint="'arclab mutants list' names them.")
    return {name: mutant for name, mutant in found.items() if not wanted or name in wanted}


def _load(path: Path, product: Product) -> Mutant:
    words = {**_words(product), "msi": _words_of_windows(product.packed_as("msi"))}
    template = Environment(undefined=StrictUndefined, autoescape=False).from_string(path.read_text())  # noqa: S701 - TOML
    return msgspec.convert(tomllib.loads(template.render(words)), Mutant)


def _words_of_windows(product: Product) -> dict[str, str]:
    """Give the words of an .msi: paths as Windows writes them, in the notation of TOML's strings."""
    words = {**_words(product), "configuration": next(iter(product.configuration), "")}
    return {
        name: word.replace(DRIVE_C, "C:").replace("/", "\\\\") if word.startswith(DRIVE_C) else word
        for name, word in words.items()
    }


def _words(product: Product) -> dict[str, str]:
    return {
        "package": product.package,
        "cli": product.cli,
        "unit": product.heartbeat_unit or next(iter(product.units), product.package),
        "units": " ".join(product.units),
        "state": next(iter(product.leftovers), f"/var/lib/{product.package}"),
        "account": next(iter(product.accounts), product.package),
        "log": next(iter(product.logs), f"/var/log/{product.package}"),
        "program": next(iter(product.programs), product.cli),
    }
