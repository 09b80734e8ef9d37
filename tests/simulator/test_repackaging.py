"""A package is packed again: without a change it holds the same, and a change that changes nothing is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.contract import PackageContents
from simulator.errors import BadInput
from simulator.package_contents import read_contents
from simulator.packaging import Format, agent_package, build_package, file_name
from simulator.releases import load_releases
from simulator.repackaging import Changes, FileChange, ScriptChange, repack

pytestmark = pytest.mark.process

POSTINST = {"deb": "postinst", "rpm": "%post"}


def _repacked(kind: Format, changes: Changes, folder: Path) -> tuple[PackageContents, PackageContents]:
    releases = load_releases()
    package = agent_package(releases, releases.releases[-1], kind)
    path, target = folder / file_name(package), folder / f"new.{kind}"
    build_package(package, path)
    repack(path, changes, target, name="azcmagent")
    return read_contents(path), read_contents(target)


@pytest.mark.parametrize("kind", ["deb", "rpm"])
def test_a_clean_twin_holds_the_same(kind: Format, tmp_path: Path) -> None:
    """Files with mode, owner and content, scripts, dependencies, digests and version."""
    old, new = _repacked(kind, Changes(), tmp_path)

    assert (new.files, new.scripts, new.relations, new.digests) == (old.files, old.scripts, old.relations, old.digests)
    assert new.package.version == old.package.version


@pytest.mark.parametrize("kind", ["deb", "rpm"])
def test_a_script_changes(kind: Format, tmp_path: Path) -> None:
    """Lines go, and lines come right after the first and at the end."""
    change = ScriptChange(drop="try-restart", prepend="# first", append="# last")
    old, new = _repacked(kind, Changes(scripts={POSTINST[kind]: change}), tmp_path)
    lines = new.scripts[POSTINST[kind]].splitlines()

    assert (lines[:2], lines[-1]) == (["#!/bin/sh", "# first"], "# last")
    assert "try-restart" in old.scripts[POSTINST[kind]]
    assert not any("try-restart" in line for line in lines)


@pytest.mark.parametrize("kind", ["deb", "rpm"])
def test_a_file_changes_and_another_comes(kind: Format, tmp_path: Path) -> None:
    """Mode, lines and whole content; a new file may be configuration."""
    files = {
        "/opt/azcmagent/bin/himds": FileChange(mode="4777"),
        r"/usr/lib/systemd/system/.*\.service": FileChange(drop="^Restart="),
        "/etc/azcmagent.conf": FileChange(content="a = 1\n", config="config"),
    }
    old, new = _repacked(kind, Changes(files=files), tmp_path)
    before, after = ({file.path: file for file in contents.files} for contents in (old, new))

    assert after["/opt/azcmagent/bin/himds"].mode == "4777"
    assert after["/usr/lib/systemd/system/himdsd.service"].size < before["/usr/lib/systemd/system/himdsd.service"].size
    assert (after["/etc/azcmagent.conf"].size, after["/etc/azcmagent.conf"].config) == (6, True)


@pytest.mark.parametrize(
    "changes",
    [
        Changes(scripts={"postinst": ScriptChange(drop="no such line")}),
        Changes(files={"/gone": FileChange(mode="600")}),
    ],
    ids=["script", "file"],
)
def test_a_change_without_effect_is_refused(changes: Changes, tmp_path: Path) -> None:
    """A defect that is not in the package would be scored as missed."""
    with pytest.raises(BadInput, match="matches"):
        _repacked("deb", changes, tmp_path)
