"""State files are whole at every moment, with mode and owner from the beginning."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from simulator.packaging import AGENT

Import = Callable[[str], ModuleType]
WRITER = """
import sys
from azcmagent.state import write_json
number = 0
while True:
    number += 1
    write_json(sys.argv[1], {"number": number, "filling": "x" * 20000})
    print(number, flush=True)
"""


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644], ids=oct)
def test_mode_does_not_depend_on_umask(agent_module: Import, tmp_path: Path, mode: int) -> None:
    """A hardened umask takes nothing away, and a lax one gives nothing."""
    path = tmp_path / "file"
    before = os.umask(0o077)
    agent_module("state").write_bytes(str(path), b"x", mode)
    os.umask(before)

    assert path.stat().st_mode & 0o777 == mode


def test_mode_is_right_before_the_file_appears(
    agent_module: Import, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A private key is never readable for others, not even for a moment."""
    seen = []
    replace = os.replace
    monkeypatch.setattr(
        os, "replace", lambda old, new: (seen.append(Path(old).stat().st_mode & 0o777), replace(old, new))
    )
    agent_module("state").write_bytes(str(tmp_path / "key"), b"x", 0o600)

    assert seen == [0o600]


def test_a_failed_write_leaves_the_old_file_alone(
    agent_module: Import, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk is full the old content stays, and no other file is left."""
    state, path = agent_module("state"), tmp_path / "file.json"
    state.write_json(str(path), {"old": True})

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        state.write_json(str(path), {"old": False})

    assert (json.loads(path.read_text()), list(tmp_path.iterdir())) == ({"old": True}, [path])


def test_folders_are_made(agent_module: Import, tmp_path: Path) -> None:
    """A file in a folder that is not there yet makes it."""
    path = tmp_path / "a" / "b" / "file.json"
    agent_module("state").write_json(str(path), {"a": 1})

    assert agent_module("state").read_json(str(path)) == {"a": 1}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1]", b"\xff", b"null"], ids=["empty", "cut off", "list", "noise", "null"]
)
def test_damaged_files_read_as_empty(agent_module: Import, tmp_path: Path, content: bytes) -> None:
    """A file that is no JSON object is like one that is missing."""
    path = tmp_path / "file.json"
    path.write_bytes(content)

    assert agent_module("state").read_json(str(path)) == {}


def test_a_missing_file_reads_as_empty_and_can_be_removed(agent_module: Import, tmp_path: Path) -> None:
    """What is not there is no error."""
    state = agent_module("state")
    state.remove(str(tmp_path / "none"))

    assert state.read_json(str(tmp_path / "none")) == {}


@pytest.mark.process
def test_kill_leaves_a_whole_file(tmp_path: Path) -> None:
    """A writer is killed while it writes; the file has the last content that it told of, or the next."""
    path = tmp_path / "file.json"
    environment = {**os.environ, "PYTHONPATH": str(AGENT / "src")}
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline() for _ in range(30)]
        writer.send_signal(signal.SIGKILL)
        told += [line for line in writer.stdout.read().splitlines() if line]
    found = json.loads(path.read_text())

    assert len(told) <= found["number"] <= len(told) + 1
    assert len(found["filling"]) == 20000
