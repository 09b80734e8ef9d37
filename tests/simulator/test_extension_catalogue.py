"""The catalogue knows extensions by publisher, type and version, whatever the case."""

from __future__ import annotations

import re

import pytest

from simulator.extension_catalogue import Catalogue, KnownExtension, load_catalogue, newest
from simulator.packaging import AGENT

CATALOGUE = Catalogue((
    KnownExtension("Pub", "Kind", "Linux", ("1.2.9", "1.2.10", "1.10.0", "2.0.0"), "X"),
    KnownExtension("Pub", "Other", "Windows", ("1.0",)),
))  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "takes_minor", "expected"),
    [
        ("", False, "2.0.0"), ("1.2.9", False, "1.2.9"), ("1.2", False, "1.2.10"), ("1", False, "1.10.0"),
        ("1.2", True, "1.10.0"), ("", True, "2.0.0"), ("1.1", False, ""), ("3", True, ""), ("1.2.1", False, ""),
        ("x", False, ""),
    ],
)  # fmt: skip
def test_versions(asked: str, takes_minor: bool, expected: str) -> None:
    """The newest that begins with the numbers asked for; 1.1 is no beginning of 1.10."""
    assert CATALOGUE.version_for("pub", "KIND", asked, takes_minor=takes_minor) == expected


def test_unknown_extensions_have_no_version() -> None:
    """An unknown type or publisher is not found, nor has it a version."""
    assert (CATALOGUE.find("Pub", "Nothing"), CATALOGUE.find("Nobody", "Kind")) == (None, None)
    assert CATALOGUE.version_for("Nobody", "Kind", "") == ""
    assert [known.type for known in CATALOGUE.of_publisher("PUB")] == ["Kind", "Other"]


def test_numbers_are_compared_as_numbers() -> None:
    """2.1.10 is newer than 2.1.9; of nothing nothing is newest."""
    assert (newest(["2.1.10", "2.1.9", "2.0.12"]), newest([])) == ("2.1.10", "")


@pytest.mark.parametrize("known", load_catalogue().extensions, ids=lambda known: known.type)
def test_every_entry_can_be_used(known: KnownExtension) -> None:
    """Versions are numbers, no type is there twice, and what has a handler has its manifest."""
    assert known.versions
    assert all(re.fullmatch(r"[0-9]+(\.[0-9]+){1,3}", version) for version in known.versions)
    assert load_catalogue().find(known.publisher, known.type) is known
    assert not known.handler or (AGENT / "extensions" / known.handler / "HandlerManifest.json").is_file()
