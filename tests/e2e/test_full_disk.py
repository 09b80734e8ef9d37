"""A disk without space is said in a sentence, before a run and in its middle."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Arclab

pytestmark = pytest.mark.engine

_SCENARIO = """scenario: a command takes its time
matrix: {distro: [debian-12]}
given: {repository: none}
steps:
  - command: sleep 6
"""


@pytest.fixture
def small(arclab: Arclab, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Give the report folder as a file system of its own; the parameter is its size."""
    folder = arclab.folder / "report"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={request.param}", "none", folder], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"nothing can be mounted: {mounted.stderr.decode()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("small", ["1m"], indirect=True)
def test_too_little_space_is_said_beforehand(arclab: Arclab, small: Path) -> None:
    """Exit 2 with what is free and what is needed; nothing is started and nothing is left."""
    arclab.write("s.yaml", _SCENARIO)

    done = arclab.run("s.yaml")

    assert (done.exit, done.stdout) == (2, "")
    assert f"arclab: {small}: only 1 MB are free, and a run needs 100. [disk-full]" in done.stderr
    assert list(small.iterdir()) == []


@pytest.mark.parametrize("small", ["120m"], indirect=True)
def test_space_that_ends_in_mid_run(arclab: Arclab, small: Path) -> None:
    """Exit 2 and a sentence instead of a trace; what the run started is removed."""
    arclab.write("s.yaml", _SCENARIO)
    run = arclab.start_run("s.yaml", "-n", "1")
    state = small / "cases/s.debian-12/state.txt"
    assert run.awaits(lambda: state.exists() and state.read_text() == "command", 180)

    subprocess.run(["dd", "if=/dev/zero", f"of={small}/filler", "bs=64k"], capture_output=True, check=False)
    done = run.finish()

    assert done.exit == 2, done.stderr
    assert (
        f"arclab: {small}: the run has used up the space, so records of cases are missing. [disk-full]" in done.stderr
    )
    assert "Traceback" not in done.stderr
    assert arclab.left() == []
