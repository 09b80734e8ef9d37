"""What the looks at a machine print is read into values."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from harness.errors import LabError
from harness.machines.file_changes import Content, FileChange
from harness.machines.package_managers import PACKAGE_MANAGERS
from harness.machines.state import (
    file_states,
    installed_of,
    list_named,
    list_open,
    list_passwords,
    list_temporary,
    parse_facts,
    parse_processes,
    parse_registry,
    parse_units,
)
from harness.model.state import FileFacts, FileState, Process, UnitState

SHOWN = """MainPID=12
NRestarts=1
Id=himdsd.service
LoadState=loaded
ActiveState=active
SubState=running
FragmentPath=/usr/lib/systemd/system/himdsd.service
UnitFileState=enabled
NeedDaemonReload=yes

MainPID=0
NRestarts=0
Id=gone.service
LoadState=not-found
ActiveState=inactive
SubState=dead
FragmentPath=
UnitFileState=
"""


def test_units() -> None:
    """One that systemd cannot find is absent."""
    assert parse_units(SHOWN) == {
        "himdsd": UnitState(
            "active", "enabled", "running", 12, 1, "/usr/lib/systemd/system/himdsd.service", is_stale=True
        ),
        "gone": UnitState("inactive", "absent", "dead"),
    }


@pytest.mark.parametrize(
    ("group", "unit"),
    [
        ("1:name=systemd:/docker/4a/system.slice/himdsd.service", "himdsd.service"),
        ("0::/system.slice/himdsd.service,1:name=systemd:/docker/4a/system.slice/himdsd.service", "himdsd.service"),
        ("0::/user.slice/session-1.scope", "session-1.scope"),
        ("-", ""),
    ],
)
def test_processes(group: str, unit: str) -> None:
    """The last unit of the control group is the process's."""
    assert list(parse_processes(f"   42 1 himds {group} /usr/bin/python3 -BIS /opt/x\n")) == [
        Process(42, "himds", unit, "/usr/bin/python3 -BIS /opt/x", 1)
    ]


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("", None),
        ("d 755 0:0", FileFacts("d", "755", "0:0")),
        ("f 640 998:998 12 1700000000", FileFacts("f", "640", "998:998", 12, content="ab", attributes=("user.a=00",))),
        ("l 777 0:0 4 1700000000 /a b", FileFacts("l", "777", "0:0", 4, "/a b", "ab", ("user.a=00",))),
    ],
)
def test_facts(text: str, facts: FileFacts | None) -> None:
    """Times say nothing about a file and are left out; a link may have blanks."""
    content = Content("ab", ("user.a=00",)) if text[:1] in ("f", "l") else None

    assert parse_facts(text, content) == facts


def test_file_states() -> None:
    """What is gone has no facts now."""
    changes = [FileChange("/a", "", "f 644 0:0 1 1"), FileChange("/b", "f 644 0:0 1 1", "")]

    assert file_states(changes, {"/a": Content("ab")}) == {
        "/a": FileState(None, FileFacts("f", "644", "0:0", 1, "", "ab")),
        "/b": FileState(FileFacts("f", "644", "0:0", 1), None),
    }


def test_values_of_the_registry() -> None:
    """They are files of a kind of their own; long data is a digest, and no answer is no change."""
    long = "x" * 500
    found = parse_registry(f'{{"HKLM\\\\A\\\\b": [null, "1"], "HKLM\\\\A\\\\c": ["{long}", null]}}')

    assert found["HKLM\\A\\b"] == FileState(None, FileFacts("v", "0", "0:0", 1, content="1"))
    assert found["HKLM\\A\\c"].was is not None
    assert (found["HKLM\\A\\c"].was.size, len(found["HKLM\\A\\c"].was.content)) == (500, 64)
    assert parse_registry("\n") == {}


def test_an_answer_about_the_registry_that_is_none() -> None:
    """It is told, and is no empty registry."""
    with pytest.raises(LabError, match="cannot be read"):
        parse_registry("the registry cannot be read")


@pytest.mark.process
def test_passwords_are_told_without_their_hashes(tmp_path: Path) -> None:
    """Of accounts whose password is not in /etc/shadow too; a day on which an account ends belongs to it."""
    passwd, shadow = tmp_path / "passwd", tmp_path / "shadow"
    passwd.write_text("root:x:0:0::/root:/bin/sh\nopen::5:5::/:/bin/sh\n")
    shadow.write_text(
        "root:$y$j9T$salt$hash:20000:0:99999:7:::\nhimds:!:20000::::::\nbin:*:1:::::1:\nfree::20000:0:99999:7:::\n"
    )
    script = list_passwords(str(passwd), str(shadow))
    shown = subprocess.run(["bash", "-c", script], check=True, capture_output=True, text=True).stdout

    assert shown == "open empty\nroot set 348b9746\nhimds locked\nbin locked, ends on day 1\nfree empty\n"


@pytest.mark.process
def test_what_anybody_may_write_to_is_where_anybody_gets(tmp_path: Path) -> None:
    """Who lists it is root, whom no folder keeps out."""
    modes = {"closed": 0o750, "closed/socket": 0o666, "closed/in": 0o777, "open": 0o755, "open/file": 0o666,
             "open/own": 0o644, "sticky": 0o1777, "wide": 0o777}  # fmt: skip
    for name, mode in modes.items():
        path = tmp_path / name
        if name in ("closed/socket", "open/file", "open/own"):
            path.touch()
        else:
            path.mkdir()
        path.chmod(mode)
    tmp_path.chmod(0o755)  # as /run is
    shown = subprocess.run(["bash", "-c", list_open(str(tmp_path))], check=True, capture_output=True, text=True).stdout

    assert sorted(line.rsplit(" ", 1)[0] for line in shown.splitlines()) == [
        f"{tmp_path}/open/file f 666", f"{tmp_path}/wide d 777"
    ]  # fmt: skip


@pytest.mark.process
def test_what_a_program_needs_for_a_moment_does_not_stay(tmp_path: Path) -> None:
    """What is new is looked at again, for a while; what was there before is not waited for."""
    folder, work = tmp_path / "tmp", tmp_path / "work"
    folder.mkdir()
    work.mkdir()

    def look(meanwhile: str = "true") -> list[str]:
        script = f"{{ {meanwhile}; }} & {list_temporary(str(folder), str(work))}; wait"
        shown = subprocess.run(["bash", "-c", script], check=True, capture_output=True, text=True).stdout
        return sorted(line.split()[0].rpartition("/")[2] for line in shown.splitlines() if line)

    (folder / "old").touch()
    first = look()
    (folder / "passing").touch()
    (folder / "left").mkdir()

    assert (first, look(f"sleep 0.5; rm {folder}/passing")) == (["old"], ["left", "old"])
    shutil.rmtree(folder / "left")
    (folder / "old").unlink()
    assert look() == []


@pytest.mark.process
def test_what_names_the_product(tmp_path: Path) -> None:
    """Folders can be told from what else there is."""
    (tmp_path / "agent.d" / "agent's").mkdir(parents=True)
    for name in ("agent.pid", "other.pid", "a/b/c/agent"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    script = list_named(str(tmp_path), ("agent", "agent", "it's"))
    shown = subprocess.run(["bash", "-c", script], check=True, capture_output=True, text=True).stdout

    assert sorted(shown.splitlines()) == [
        f"{tmp_path}/{name}" for name in ("agent.d/", "agent.d/agent's/", "agent.pid")
    ]


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ("absent\ninstalled 1-1\n", ("installed", "1-1")),
        ("installed 2-1\nabsent\n", ("installed", "2-1")),
        ("installed 2-1\ninstalled 1-1\n", ("half-installed", "2-1 1-1")),
        ("half-installed 2-1\nabsent\n", ("half-installed", "2-1")),
        ("absent\nabsent\n", ("absent", "")),
        ("", ("absent", "")),
    ],
)
def test_a_package_under_two_names(answers: str, found: tuple[str, str]) -> None:
    """It is one package, and not whole when it is there under both."""
    assert installed_of(PACKAGE_MANAGERS["yum"], answers) == found
