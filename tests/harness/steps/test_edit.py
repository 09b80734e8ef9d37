"""What an administrator does to files, by the script itself on files of this host."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from harness.steps.edit import edit_script


def _narrowed(
    tmp_path: Path, *, owner: str = "root:root", runs_as_others: bool = False, text: str = "port = 1\n"
) -> tuple[str, str]:  # fmt: skip
    """Edit a file that belongs to somebody; gives what was printed and the file's mode."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "stat").write_text(f"#!/bin/sh\necho {owner}\n")
    (programs / "stat").chmod(0o755)
    edited = tmp_path / "pongd.conf"
    edited.write_text(text)
    edited.chmod(0o644)
    script = edit_script(f"echo {edited}", "true", (), "", runs_as_others=runs_as_others)
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, env=environment)

    assert edited.read_text() == "port = 1\n# an administrator was here\n"
    return done.stdout, f"{edited.stat().st_mode & 0o777:o}"


@pytest.mark.process
@pytest.mark.parametrize(
    ("owner", "runs_as_others", "mode"),
    [
        ("root:root", False, "640"),
        ("root:root", True, "444"),
        ("root:pongd", True, "640"),
        ("pongd:pongd", True, "640"),
    ],
    ids=["root's service", "a service that is not root", "its group's file", "its own file"],
)
def test_a_narrowed_file_can_still_be_read_by_who_runs(
    tmp_path: Path, owner: str, runs_as_others: bool, mode: str
) -> None:
    """A service that is not root would not start again without its configuration, which is nobody's defect."""
    assert _narrowed(tmp_path, owner=owner, runs_as_others=runs_as_others) == (f"{tmp_path}/pongd.conf\n", mode)


@pytest.mark.process
def test_a_last_line_without_an_end_stays_a_line(tmp_path: Path) -> None:
    """The comment begins a line of its own, as every editor has it."""
    _narrowed(tmp_path, text="port = 1")
