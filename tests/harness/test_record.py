"""A record is written whole or not at all, and read back as it was."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.model.record import CaseRecord, Observation, Outcome, Place, StepRecord, Verdict, worst
from harness.record import CASE_FILE, read_case, write_case, write_whole

_KILLED_WRITER = """
import os, pathlib, signal, sys
from harness.record import write_whole
replace = pathlib.Path.replace

def killed(self, target):
    if sys.argv[2] == "after":
        replace(self, target)
    os.kill(os.getpid(), signal.SIGKILL)

pathlib.Path.replace = killed
write_whole(pathlib.Path(sys.argv[1]), b"new" * 100_000)
"""


def _record() -> CaseRecord:
    place = Place("scenarios/a.yaml", 3, 5)
    verdict = Verdict("fail", "machine.version", "1.50", Observation("machine.version", "seen", "1.28"), place=place)
    step = StepRecord(1, "install", "install 1.50", place, "fail", "a", "b", "c", 0.5, verdicts=(verdict,))
    return CaseRecord(
        "a.debian-12", "a", "scenarios/a.yaml", "debian-12", "1.50", "fail", "why", "now", 1.5, steps=(step,)
    )


def test_reads_back_what_was_written(tmp_path: Path) -> None:
    """Nothing is lost on the way."""
    write_case(_record(), tmp_path)

    assert read_case(tmp_path) == _record()


@pytest.mark.parametrize(("moment", "content"), [("before", b"old"), ("after", b"new" * 100_000)])
@pytest.mark.process
def test_a_killed_writer_leaves_the_old_or_the_new(tmp_path: Path, moment: str, content: bytes) -> None:
    """Whoever looks never sees half a file."""
    path = tmp_path / "file"
    path.write_bytes(b"old")

    done = subprocess.run([sys.executable, "-c", _KILLED_WRITER, str(path), moment], check=False)

    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == content


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    """The half-written file is removed and the old one stays."""
    path = tmp_path / "file"
    path.write_bytes(b"old")

    with pytest.raises(TypeError):
        write_whole(path, "text")  # type: ignore[arg-type] # the mistake that is wanted

    assert {found.name: found.read_bytes() for found in tmp_path.iterdir()} == {"file": b"old"}


@pytest.mark.parametrize("content", [None, b"", b'{"id": "a"', b'{"id": "a"}'], ids=["none", "empty", "half", "other"])
def test_says_which_case_left_no_whole_record(tmp_path: Path, content: bytes | None) -> None:
    """A missing or broken record is named by its path."""
    path = tmp_path / CASE_FILE
    _ = content is not None and path.write_bytes(content)

    with pytest.raises(UsageError, match="no whole record") as caught:
        read_case(tmp_path)

    assert caught.value.place == str(path)


@pytest.mark.parametrize(
    ("outcomes", "outcome"),
    [
        ([], "skip"),
        (["skip", "skip"], "skip"),
        (["pass", "skip"], "pass"),
        (["pass", "fail"], "fail"),
        (["fail", "error", "pass"], "error"),
    ],
    ids=lambda value: ",".join(value) or "none" if isinstance(value, list) else value,
)
def test_the_worst_outcome_counts(outcomes: list[Outcome], outcome: Outcome) -> None:
    """What could not be told is worse than what failed."""
    assert worst(outcomes) == outcome
