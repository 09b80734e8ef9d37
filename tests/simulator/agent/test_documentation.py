"""The page about the stand-in agent tells the truth about releases, features, files and exit statuses."""

from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path

import pytest

from simulator.packaging import AGENT
from simulator.releases import Feature, load_releases

PAGE = (Path(__file__).parents[3] / "docs" / "stand-in-agent.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """Give the cells of the first table after a text, without its head."""
    lines = PAGE.partition(heading)[2].partition("|---")[2].splitlines()[1:]
    rows = itertools.takewhile(lambda line: line.startswith("|"), lines)
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def span(feature: Feature) -> str:
    """Give the releases of a feature in words."""
    first = f"{feature.since} until {feature.until}" if feature.until else f"{feature.since} on"
    return f"{first}, {feature.again} on" if feature.again else first


def test_releases() -> None:
    """The table of releases is what `releases.toml` says."""
    expected = [
        [release.name, release.deb, release.rpm, release.msi, "Assumed" if release.assumed else "Source"]
        for release in load_releases().releases
    ]

    assert table("<!-- releases") == expected


def test_features() -> None:
    """The table of features is what `releases.toml` says, in its order, and each has a few words."""
    rows = table("<!-- features")

    assert [row[:2] for row in rows] == [[name, span(feature)] for name, feature in load_releases().features.items()]
    assert [row[0] for row in rows if len(row) != 3 or len(row[2]) < 10] == []


def test_every_feature_is_used() -> None:
    """No feature is promised that no source looks at."""
    sources = [*(AGENT / "src").rglob("*.py"), AGENT.parent / "packaging.py", AGENT.parent / "msi.py"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)

    assert [name for name in load_releases().features if f'"{name}"' not in text] == []


def test_exit_statuses() -> None:
    """The statuses are those that the sources give."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in (AGENT / "src").rglob("*.py"))
    given = {int(number) for number in re.findall(r"AgentError\(\s*(\d+)", text)}
    named = {int(row[0]) for row in table("## Exit statuses")}

    assert named - {0, 12} == given - {12}
    assert 12 in named


@pytest.mark.parametrize(
    "target", [entry["target"] for entry in tomllib.loads((AGENT / "packaging/contents.toml").read_text())["files"]]
)
def test_files_are_named(target: str) -> None:
    """Each packed file is named, or the folder that it lies in, or its unit."""
    folder, name = target.rsplit("/", 1)

    assert any(word in PAGE for word in (target, f"`{name}`", f"{folder}/", f"`{folder}/{{"))
