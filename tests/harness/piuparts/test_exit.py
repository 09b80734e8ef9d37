"""The exit code of the comparison: whether people have judged all, and whether the tools could tell all."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli import peers
from harness.piuparts.results import ToolResult
from tests.harness.piuparts.values import compared, result

_SILENT = result(verdict="pass")


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        (result(verdict="fit"), 0),
        (result("ends-clean: nobody has judged this"), 1),
        (result(verdict="unknown"), 2),
        (result(verdict="unfit", untold=("fresh: it broke",)), 2),
        (result("ends-clean: nobody has judged this", untold=("fresh: it broke",)), 1),
    ],
    ids=["all", "unjudged", "unknown", "a lifecycle broke", "both"],
)
def test_the_exit_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, gate: ToolResult, expected: int) -> None:
    """As the command's help says; the page is written in any case."""
    monkeypatch.setenv("ARCLAB_STATE", str(tmp_path))
    monkeypatch.setattr(peers, "compare", lambda *_: [compared(gate, _SILENT)])

    page = tmp_path / "page.md"
    assert peers.against_piuparts(report=tmp_path / "report", page=page, package="pongd") == expected
    assert "## pongd" in page.read_text()
