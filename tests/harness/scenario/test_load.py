"""Scenario files are found once each, and the mistakes of all files come together."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.scenario.load import find_files, load_scenarios, scenario_name

_RIGHT = "scenario: a\nsteps: [install]\n"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Give a folder with three scenario files and others."""
    folder = tmp_path / "scenarios"
    for name in ("b/two.yaml", "a/one.yaml", "top.yaml", "a/notes.md", "schema.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(_RIGHT)
    return folder


def test_finds_the_files_of_a_folder_sorted(library: Path) -> None:
    """Only scenario files are taken, in an order that does not depend on the disk."""
    assert [path.relative_to(library).as_posix() for path in find_files([library])] == [
        "a/one.yaml",
        "b/two.yaml",
        "top.yaml",
    ]


def test_takes_each_file_once(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is given twice, or in two ways, is one file."""
    monkeypatch.chdir(library)
    paths = [Path("top.yaml"), library / "top.yaml", Path("a/../top.yaml"), library / "a", Path("a/one.yaml")]

    assert [path.name for path in find_files(paths)] == ["top.yaml", "one.yaml"]


@pytest.mark.parametrize(
    ("name", "reference"),
    [("nowhere", "scenario-missing"), ("a/notes.md", "scenario-suffix"), ("empty", "scenario-none")],
)
def test_refuses_a_path_without_scenarios(library: Path, name: str, reference: str) -> None:
    """A misspelt path must not become a run of nothing."""
    (library / "empty").mkdir()

    with pytest.raises(UsageError) as caught:
        find_files([library / name])

    assert (caught.value.reference, caught.value.place) == (reference, str(library / name))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/x/scenarios/upgrade/in-place.yaml", "upgrade/in-place"),
        ("/x/scenarios/old/scenarios/a.yaml", "a"),
        ("/x/other/a.b.yaml", "a.b"),
        ("/x/scenarios.yaml", "scenarios"),
    ],
)
def test_a_scenario_is_called_by_its_path_below_the_library(path: str, name: str) -> None:
    """Names are short and stable wherever the library lies."""
    assert name == scenario_name(Path(path))


def test_loads_all(library: Path) -> None:
    """Every file becomes one scenario."""
    assert [scenario.name for scenario in load_scenarios([library])] == ["a/one", "b/two", "top"]


def test_one_mistake_is_raised_as_it_is(library: Path) -> None:
    """The place of a single mistake is the error's own."""
    (library / "top.yaml").write_text("scenario: a\nsteps: [instal]\n")

    with pytest.raises(UsageError) as caught:
        load_scenarios([library])

    assert caught.value.place.endswith("top.yaml:2:9")


def test_the_mistakes_of_all_files_come_together(library: Path) -> None:
    """A person mends all files before the next try."""
    (library / "top.yaml").write_text("scenario: a\nsteps: [instal]\n")
    (library / "a/one.yaml").write_text("scenario: a\n")

    with pytest.raises(UsageError, match="2 scenario files have mistakes") as caught:
        load_scenarios([library])

    assert "top.yaml:2:9: unknown step 'instal'" in str(caught.value)
    assert "one.yaml:1:1: the key 'steps'" in str(caught.value)


def test_files_below_the_folder_are_shown_shortly(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Places are relative to where the command was given."""
    monkeypatch.chdir(library)

    assert load_scenarios([Path("a")])[0].file == "a/one.yaml"
