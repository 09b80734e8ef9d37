"""What several machines have written is brought home together, and told apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.collect import collect_machines
from harness.errors import LabError
from harness.machines.package_managers import PACKAGE_MANAGERS

MakeMachine = Callable[..., Any]


@pytest.fixture
def make_machine(tmp_path: Path) -> MakeMachine:
    """Give a factory of machines whose work folder has a journal of one line, and one log."""

    def make(name: str, *, is_gone: bool = False) -> Any:
        work = tmp_path / name
        (work / "logs").mkdir(parents=True)
        (work / "logs/a.log").write_text(f"{name} s3cret")
        (work / "machine-journal").write_text('{"MESSAGE":"s3cret"}\n')

        def must(script: str, what: str) -> str:
            if is_gone:
                raise LabError("machine-gone", f"{name} is gone.")
            return ""

        return SimpleNamespace(
            name=name, work=work, must=must, masked=lambda text: text.replace("s3cret", "********"),
            product=SimpleNamespace(logs=()), package_manager=PACKAGE_MANAGERS["apt"],
        )  # fmt: skip

    return make


def _collected(machines: list[Any], folder: Path) -> list[Any]:
    folder.mkdir()
    control: Any = SimpleNamespace(fetch=list, events=[])
    collect_machines(machines, control, folder)
    return [json.loads(line) for line in (folder / "machine-journal.jsonl").read_text().splitlines()]


def test_one_machines_logs_have_no_folder_of_its_name(make_machine: MakeMachine, tmp_path: Path) -> None:
    """Secrets are masked in all of it."""
    lines = _collected([make_machine("box-1")], tmp_path / "case")

    assert lines == [{"MESSAGE": "********", "_ARCLAB_MACHINE": "box-1"}]
    assert (tmp_path / "case/logs/a.log").read_text() == "box-1 ********"


def test_several_machines_are_told_apart(make_machine: MakeMachine, tmp_path: Path) -> None:
    """The journal's lines name theirs, logs have a folder each, and one that is gone costs only its own."""
    machines = [make_machine("box-1"), make_machine("box-2", is_gone=True), make_machine("box-3")]
    lines = _collected(machines, tmp_path / "case")

    assert [line["_ARCLAB_MACHINE"] for line in lines] == ["box-1", "box-3"]
    assert {path.name for path in (tmp_path / "case/logs").iterdir()} == {"box-1", "box-3"}
    assert "box-2 is gone" in (tmp_path / "case/collect-errors.txt").read_text()
