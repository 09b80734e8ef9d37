"""What lies on the disk: which paths exist, what is left over, what a step changed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.context import Context
from harness.errors import LabError
from harness.machines.file_changes import FileChange
from harness.machines.snapshot import Snapshot
from harness.observers import OBSERVERS
from harness.observers.files import changed, leftovers, presence, undocumented

MakeContext = Callable[..., Context]
_NOTHING = Snapshot({}, {}, (), (), (), ())


def test_names_what_is_not_documented() -> None:
    """Documented folders cover what is in them and nothing beside."""
    assert undocumented(["/a/b", "/ab", "/c"], ("/a", "/d")) == ["/ab", "/c"]


def test_reads_which_paths_exist(make_context: MakeContext) -> None:
    """Each path gets its own answer."""
    seen = presence(make_context(answers=[(0, "present\nabsent\n", "")]), ("/a", "/b"))

    assert (seen.state, seen.value) == ("seen", {"/a": "present", "/b": "absent"})


@pytest.mark.parametrize("answer", [(0, "present\n", ""), (1, "", "no shell")], ids=["too few", "nothing"])
def test_a_look_that_gives_too_little_is_unreadable(make_context: MakeContext, answer: tuple[int, str, str]) -> None:
    """A broken look is never taken for an absent file."""
    assert presence(make_context(answers=[answer]), ("/a", "/b")).state == "unreadable"


@pytest.mark.process
def test_the_look_is_shell_that_knows_links_and_odd_names(make_context: MakeContext, tmp_path: Path) -> None:
    """A dangling link is present, and a quote in a name is a quote."""
    context = make_context(answers=[(0, "present absent present", "")])
    (tmp_path / "it's here").touch()
    (tmp_path / "link").symlink_to("/nowhere")
    presence(context, tuple(str(tmp_path / name) for name in ("it's here", "not", "link")))

    done = subprocess.run(["sh", "-c", context.machine.asked[0]], capture_output=True, text=True, check=True)  # type: ignore[attr-defined] # the double

    assert done.stdout.split() == ["present", "absent", "present"]


def _with_changes(context: Context, paths: list[str] | LabError) -> Context:
    def changes() -> tuple[FileChange, ...]:
        if isinstance(paths, LabError):
            raise paths
        return tuple(FileChange(path, "", "f") for path in paths)

    context.machine = SimpleNamespace(  # type: ignore[assignment] # a double
        last_snapshot=object(), snapshot=lambda: None, changes_since_first=changes, new_accounts=lambda: ["evil"]
    )
    return context


def test_leftovers_of_a_machine_that_nobody_looked_at_before_are_unreadable(make_context: MakeContext) -> None:
    """A first look has nothing to be compared with, which is no clean machine."""
    context = make_context()
    context.machine = SimpleNamespace(last_snapshot=None)  # type: ignore[assignment] # a double

    assert leftovers(context).state == "unreadable"


def test_leftovers_are_what_differs_since_the_beginning(make_context: MakeContext) -> None:
    """Accounts are told by name instead of by their files, and the system's background is left out."""
    paths = ["/etc/passwd", "/etc/passwd-", "/var/log/apt/term.log", "/etc/passwd.d", "/opt/agent"]

    assert leftovers(_with_changes(make_context(), paths)).value == ["/etc/passwd.d", "/opt/agent", "account evil"]


def test_leftovers_that_cannot_be_compared_are_unreadable(make_context: MakeContext) -> None:
    """A lost snapshot is no clean machine."""
    seen = leftovers(_with_changes(make_context(), LabError("snapshot-incomplete", "a part is missing.")))

    assert (seen.state, seen.detail) == ("unreadable", "a part is missing. [snapshot-incomplete]")


@pytest.mark.parametrize(
    ("expected", "seen", "problem"),
    [
        ("none", [], ""),
        ("none", ["/var/opt/azcmagent/log"], "not documented: /var/opt/azcmagent/log"),
        ("documented", ["/var/opt/azcmagent/log"], ""),
        ("documented", ["account himds", "account evil"], "not documented: account evil"),
        ("none", ["account himds"], "not documented: account himds"),
        ("documented", ["/var/opt/azcmagent2"], "not documented: /var/opt/azcmagent2"),
        (
            "none",
            [f"/{n:02}" for n in range(22)],
            f"not documented: {', '.join(f'/{n:02}' for n in range(20))} and 2 more",
        ),
    ],
)
def test_compares_leftovers_with_the_product_file(
    make_context: MakeContext, expected: str, seen: list[str], problem: str
) -> None:
    """What the vendor documents may stay where the scenario says so."""
    assert problem == OBSERVERS["machine.leftovers"].mismatch(make_context(), expected, seen)


def test_changes_are_of_packages_and_files(make_context: MakeContext) -> None:
    """Units, ports and accounts have expectations of their own."""
    context = make_context()
    context.before = _NOTHING
    context.after = Snapshot({"a": "1"}, {"a.service": "active"}, (), (), (), (FileChange("/a", "", "f"),))

    seen = changed(context)

    assert seen.value == {"packages": {"a": "absent -> 1"}, "files": {"added": ["/a"]}}


def test_a_step_that_was_not_compared_is_unreadable(make_context: MakeContext) -> None:
    """Without snapshots nothing is known, least of all that nothing changed."""
    assert changed(make_context()).state == "unreadable"


@pytest.mark.parametrize(("seen", "problem"), [({}, ""), ({"a": 1}, "there is {'a': 1}")], ids=["none", "some"])
def test_no_change_means_none(make_context: MakeContext, seen: Any, problem: str) -> None:
    """`changes: none` names what there is."""
    assert problem == OBSERVERS["machine.changes"].mismatch(make_context(), "none", seen)
