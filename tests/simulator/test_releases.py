"""Releases come in order and have the features that release notes give them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from simulator.errors import BadInput
from simulator.ordering import is_newer
from simulator.packaging import FORMATS, Format
from simulator.releases import Feature, Release, Releases, load_releases, number

# Source: the command line's change log, release by release: (feature, last release without, first release with it).
GATES = [
    ("config", "1.12", "1.13"),
    ("check", "1.14", "1.15"),
    ("proxy-bypass", "1.14", "1.15"),
    ("allow-lists", "1.15", "1.16"),
    ("extensions-enabled", "1.16", "1.17"),
    ("config-mode", "1.17", "1.18"),
    ("creates-resource-group", "1.21", "1.22"),
    ("logs-full", "1.23", "1.24"),
    ("show-os", "1.28", "1.29"),
    ("autoupgrade-cron", "1.29", "1.30"),
    ("show-unprivileged", "1.30", "1.31"),
    ("show-expired", "1.31", "1.32"),
    ("user-tenant-id", "1.34", "1.35"),
    ("bypass-arcdata", "1.35", "1.36"),
    ("ipv6-listener", "1.37", "1.38"),
    ("extension-command", "1.38", "1.39"),
    ("cpulimit", "1.38", "1.39"),
    ("check-extensions", "1.40", "1.41"),
    ("bypass-ama", "1.44", "1.45"),
    ("gateway", "1.45", "1.46"),
    ("database-detection", "1.48", "1.49"),
    ("arcproxy-default", "1.50", "1.51"),
    ("tss-group", "1.50", "1.51"),
    ("connection-type-final", "1.57", "1.58"),
    ("enable-automatic-upgrade", "1.61", "1.62"),
    ("bypass-cache", "1.65", "1.66"),
]


def release(name: str) -> Release:
    """Make a release of a name."""
    return Release(name=name, date="2026-01-01", deb=f"{name}.0.1", rpm=f"{name}.0-1", msi=f"{name}.0.2")


@pytest.mark.parametrize(("feature", "without", "first"), GATES, ids=[f"{gate[0]} since {gate[2]}" for gate in GATES])
def test_a_feature_begins_with_its_release(feature: str, without: str, first: str) -> None:
    """A feature is in the release that brought it and not in the one before."""
    releases = load_releases()
    found = [feature in releases.features_of(release(name)) for name in (without, first)]

    assert found == [False, True]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("1.29", False), ("1.30", True), ("1.36", True), ("1.37", False), ("1.47", False), ("1.48", True), ("1.67", True)],
)
def test_the_daily_task_came_went_and_came_again(name: str, expected: bool) -> None:
    """The daily task is in 1.30 to 1.36, and again from 1.48 on."""
    assert ("autoupgrade-cron" in load_releases().features_of(release(name))) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [(["1.28", "1.9", "1.10"], ["1.9", "1.10", "1.28"]), (["2.0", "1.67"], ["1.67", "2.0"])],
    ids=["by number, not by letters", "by major number first"],
)
def test_names_are_sorted_as_numbers(names: list[str], expected: list[str]) -> None:
    """1.9 comes before 1.10 and 1.28."""
    assert sorted(names, key=number) == expected


@pytest.mark.parametrize("kind", FORMATS)
def test_each_release_is_newer_than_the_one_before(kind: Format) -> None:
    """Package managers see each release of the file as an upgrade of the one before it."""
    pairs = pairwise(load_releases().releases)
    backwards = [(old.name, new.name) for old, new in pairs if not is_newer(new.version(kind), old.version(kind), kind)]

    assert backwards == []


def test_known_numbers() -> None:
    """Release 1.28 has the numbers that were published; its fourth part differs by format."""
    found = next(item for item in load_releases().releases if item.name == "1.28")

    assert (found.version("deb"), found.version("rpm")) == ("1.28.02260.736", "1.28.02260-755")


def test_select_by_name_or_number_gives_oldest_first() -> None:
    """A release can be named by its name or by either number."""
    found = load_releases().select(("1.67.03504-1320", "1.12", "1.28.02260.736"))

    assert [item.name for item in found] == ["1.12", "1.28", "1.67"]


def test_an_unknown_release_is_refused_with_the_known_ones() -> None:
    """A mistyped release is named, and the known ones are listed."""
    with pytest.raises(BadInput) as caught:
        load_releases().select(("1.99",))

    assert (caught.value.reference, "1.67" in caught.value.hint) == ("release-unknown", True)


@pytest.mark.parametrize(
    "text",
    ["not = [toml", "[[releases]]\nname = '1.1'\n", "releases = []\nfeatures = {}\nother = 1\n"],
    ids=["no TOML", "a field is missing", "a field is unknown"],
)
def test_a_broken_file_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    """A mistake in the file is an error that names the file."""
    path = tmp_path / "releases.toml"
    path.write_text(text)
    with pytest.raises(BadInput) as caught:
        load_releases(path)

    assert (caught.value.reference, caught.value.place) == ("releases-file", str(path))


def test_a_feature_that_ended() -> None:
    """`until` names the first release that has a feature no more."""
    releases = Releases(releases=[], features={"old": Feature(since="1.2", until="1.4")})
    found = [releases.features_of(release(name)) for name in ("1.1", "1.2", "1.3", "1.4")]

    assert found == [[], ["old"], ["old"], []]
