"""The documents speak of what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.model.scenario import STEPS

_ROOT = Path(__file__).resolve().parent.parent.parent
_TREE = re.search(r"## Tree\n\n(.*?)\n\n##", (_ROOT / "ARCHITECTURE.md").read_text(), re.DOTALL)
_LINK = re.compile(r"\]\((?!http)([^)#]+)")
_TARGET = re.compile(r"^([a-z-]+):.*## ", re.MULTILINE)


def _tree_paths() -> list[str]:
    """Give the paths that the tree of ARCHITECTURE.md names, relative to the root."""
    assert _TREE is not None
    paths: list[str] = []
    top = ""
    for line in _TREE[1].splitlines():
        names = re.split(r"  +", line.strip())[0].split()
        if line.startswith("    ") and not line.startswith("     "):
            top = names[0]
            paths.append(top)
        else:
            paths += [top + name for name in names if "<" not in name]
    return paths


@pytest.mark.parametrize("path", _tree_paths())
def test_the_tree_is_the_tree(path: str) -> None:
    """Each path that ARCHITECTURE.md names is there."""
    assert (_ROOT / path).exists()


@pytest.mark.parametrize("top", ["simulator/", "harness/"])
def test_the_tree_is_whole(top: str) -> None:
    """Each module and folder of a half has its place there."""
    found = [path for path in (_ROOT / top).iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    names = {f"{top}{path.name}{'/' if path.is_dir() else ''}" for path in found if not path.name.startswith("__")}

    assert names - set(_tree_paths()) == set()


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(document: str) -> None:
    """Each relative link of a document has a target."""
    links = _LINK.findall((_ROOT / document).read_text())

    assert [link for link in links if not (_ROOT / link).exists()] == []


def test_the_make_targets_of_the_readme_exist() -> None:
    """Each `make X` of the README is a target."""
    targets = set(_TARGET.findall((_ROOT / "Makefile").read_text()))

    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", (_ROOT / "README.md").read_text(), re.MULTILINE)) <= targets


def test_the_changelog_is_not_released_twice() -> None:
    """The changelog begins with what is not released yet."""
    headings = re.findall(r"^## (.*)$", (_ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert headings[:1] == ["Unreleased"]


def test_the_readme_shows_words_that_exist() -> None:
    """The steps of the README's example are steps."""
    example = re.search(r"steps:\n(.*?)```", (_ROOT / "README.md").read_text(), re.DOTALL)
    assert example is not None
    words = set(re.findall(r"^  - ([a-z-]+):", example[1], re.MULTILINE))

    assert words <= set(STEPS)
