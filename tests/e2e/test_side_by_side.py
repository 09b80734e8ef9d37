"""Runs at the same time on one engine do not see each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Arclab

pytestmark = pytest.mark.engine

_SCENARIO = """scenario: the agent connects under a name that every run uses
matrix: {distro: [debian-12]}
steps:
  - install: {version: latest}
  - connect: {name: box-1}
    expect:
      cloud: {machine: box-1, status: Connected}
      between: {machine-creates: 1}
"""


def test_runs_at_the_same_time(make_arclab: Callable[[], Arclab]) -> None:
    """Two in one working directory and one in another pass, each with a folder below runs/ of its own."""
    programs = [make_arclab(), make_arclab()]
    for program in programs:
        program.write("s.yaml", _SCENARIO)

    started = [program.start("run", "s.yaml", "-n", "1") for program in (programs[0], *programs)]
    done = [run.finish() for run in started]
    reports = [path for program in programs for path in program.folder.glob("runs/*/run.json")]

    assert [run.exit for run in done] == [0, 0, 0], [run.stderr for run in done]
    assert len(reports) == 3
    assert [program.left() for program in programs] == [[], []]
    assert {f"runs/{path.parent.name}/run.json" for path in reports} == {
        line.strip() for run in done for line in run.stdout.splitlines() if line.endswith("run.json")
    }
