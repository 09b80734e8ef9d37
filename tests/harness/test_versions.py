"""Version names resolve to what is published in a format."""

from __future__ import annotations

import pytest

from harness.errors import UsageError
from harness.model.plan import PackageVersion
from harness.versions import Versions, dependencies_of
from simulator.contract import DEPENDENCY, PackageFile, PackageIndex

_ALL = Versions(
    (
        PackageVersion("1.28", "1.28.02260-755"),
        PackageVersion("1.50", "1.50.02986-239"),
        PackageVersion("1.67", "1.67.03504-1320"),
    )
)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("latest", "1.67.03504-1320"),
        ("previous", "1.50.02986-239"),
        ("oldest", "1.28.02260-755"),
        ("1.28", "1.28.02260-755"),
        ("1.28.02260-755", "1.28.02260-755"),
        ("1.28.02260.755", "1.28.02260-755"),
    ],
)
def test_resolves_names_and_numbers(name: str, version: str) -> None:
    """A name, a release, a package version and an agent version all mean one thing."""
    assert _ALL.resolve(name).version == version


def test_refuses_an_unknown_version_with_a_suggestion() -> None:
    """An unknown version lists what is published."""
    with pytest.raises(UsageError) as caught:
        _ALL.resolve("1.66", place="s.yaml:1:1")

    assert "no repository has the version '1.66'" in str(caught.value)
    assert "Published: 1.28, 1.50, 1.67." in caught.value.hint


@pytest.mark.parametrize("name", ["latest", "previous", "oldest", "candidate", "1.28"])
def test_nothing_resolves_where_nothing_is_published(name: str) -> None:
    """An empty repository is a mistake that is named, whatever is asked of it."""
    with pytest.raises(UsageError, match=r"Published: none\."):
        Versions(()).resolve(name)


def test_a_candidate_is_the_newest_version() -> None:
    """With a candidate, `latest` means it, and `previous` the last release."""
    versions = Versions((*_ALL.published, PackageVersion("candidate", "1.70.00001-1")))

    assert versions.resolve("latest") == versions.resolve("candidate")
    assert versions.resolve("previous").release == "1.67"


def test_takes_one_format_of_an_index() -> None:
    """Each format has its own numbers, in the order of the index."""
    index = PackageIndex(
        [
            PackageFile("azcmagent", "1.28.1.2", "1.28", "deb", "a.deb", "", 0),
            PackageFile("azcmagent", "1.28.1-3", "1.28", "rpm", "a.rpm", "", 0),
            PackageFile("azcmagent", "1.50.1.2", "1.50", "deb", "b.deb", "", 0),
        ]
    )

    assert [v.version for v in Versions.from_index(index, "deb").published] == ["1.28.1.2", "1.50.1.2"]


def test_suggests_the_name_that_was_meant() -> None:
    """A misspelt name gets the nearest one."""
    with pytest.raises(UsageError, match="did you mean 'previous'"):
        _ALL.resolve("previus")


def test_keeps_all_when_none_is_named() -> None:
    """A scenario that lists no published version has them all."""
    assert _ALL.published == _ALL.only(()).published


def test_previous_needs_two_versions() -> None:
    """With one version published there is no previous one."""
    with pytest.raises(UsageError):
        _ALL.only(("1.28",)).resolve("previous")


def test_publishing_and_withdrawing_keeps_the_order() -> None:
    """What is published again takes its old place."""
    without = _ALL.without(_ALL.resolve("1.50"))

    assert [v.release for v in without.published] == ["1.28", "1.67"]
    assert without.with_release(_ALL.resolve("1.50"), _ALL).published == _ALL.published


def test_dependencies_are_no_versions_of_the_product() -> None:
    """They are told apart, each name once for a format."""
    index = PackageIndex(
        [
            PackageFile("agent", "2-1", "candidate", "deb", "a.deb", "", 0),
            PackageFile("libx", "1-1", DEPENDENCY, "deb", "x1.deb", "", 0),
            PackageFile("libx", "2-1", DEPENDENCY, "deb", "x2.deb", "", 0),
            PackageFile("liby", "1-1", DEPENDENCY, "rpm", "y.rpm", "", 0),
        ]
    )

    assert [v.version for v in Versions.from_index(index, "deb").published] == ["2-1"]
    assert dependencies_of(index, "deb") == ("libx",)
