"""Distros are the folders of `distro-images/`, found by id, family or set."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.distros import load_distros, read_distro, scenario_library, select_distros
from harness.errors import UsageError

_FACTS = """
id = "mine-1"
title = "Mine"
family = "apt"
format = "deb"
repository = "mine/1/prod"
config_package = "config/mine/1/packages-microsoft-prod.deb"
trust = {anchor = "/a", bundle = "/b"}
"""


def _folder(tmp_path: Path, facts: str, name: str = "mine-1") -> Path:
    (tmp_path / name).mkdir()
    (tmp_path / name / "distro.toml").write_text(facts)
    return tmp_path


def test_every_folder_is_a_distro() -> None:
    """The library has all three families, and each can be tried by default."""
    default = select_distros(load_distros(), ["default"])

    assert {distro.family for distro in default} == {"apt", "yum", "zypper"}
    assert scenario_library().is_dir()


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        (["rhel-9"], ["rhel-9"]),
        (["apt"], ["debian-12", "debian-13"]),
        (["yum", "debian-12", "yum"], ["debian-12", "yum-debian-12"]),
    ],
    ids=["id", "family", "several"],
)
def test_selects_by_id_family_and_set(names: list[str], ids: list[str]) -> None:
    """A family means its default distros, and each distro comes once, in the folder's order."""
    assert [distro.id for distro in select_distros(load_distros(), names)] == ids


def test_a_new_folder_is_a_new_distro(tmp_path: Path) -> None:
    """No line of code has to know a distro."""
    assert list(load_distros(_folder(tmp_path, _FACTS))) == ["mine-1"]


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        (_FACTS.replace("mine-1", "mine-2"), "the id 'mine-2' is not the folder's name"),
        (_FACTS.replace('"apt"', '"pacman"'), "pacman"),
        (_FACTS + "colour = 1\n", "colour"),
        ("id = ", "Invalid value"),
    ],
    ids=["other id", "unknown family", "unknown key", "not TOML"],
)
def test_names_the_mistake_of_a_facts_file(tmp_path: Path, facts: str, message: str) -> None:
    """A wrong `distro.toml` is refused with its path."""
    folder = _folder(tmp_path, facts)

    with pytest.raises(UsageError, match=message) as caught:
        load_distros(folder)

    assert caught.value.place == str(folder / "mine-1" / "distro.toml")


def test_reads_one_file(tmp_path: Path) -> None:
    """What is left out has its default."""
    distro = read_distro(_folder(tmp_path, _FACTS) / "mine-1" / "distro.toml")

    assert (distro.suite, distro.sets, distro.pull, distro.bootstrap) == ("", (), None, None)
