"""A run keeps what it was given."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.inputs import keep_gate, keep_inputs, read_inputs, sha256_of
from harness.products import DEFAULT_PRODUCT
from harness.scenario.load import find_files, scenario_name


def test_keeps_texts_under_their_names(tmp_path: Path) -> None:
    """Read from where they are kept, scenarios have the names that they had."""
    (tmp_path / "scenarios" / "deep").mkdir(parents=True)
    (tmp_path / "scenarios" / "deep" / "a.yaml").write_text("a")
    (tmp_path / "alone.yaml").write_text("b")
    run = tmp_path / "run"

    keep_inputs(run, {}, scenarios=[tmp_path / "scenarios", tmp_path / "alone.yaml"], product=DEFAULT_PRODUCT,
                candidates=[], previous=[])  # fmt: skip

    kept = find_files([run / "inputs" / "scenarios"])
    assert {scenario_name(path): path.read_text() for path in kept} == {"deep/a": "a", "alone": "b"}
    assert (run / "inputs" / "product.toml").read_bytes() == DEFAULT_PRODUCT.read_bytes()


def test_notes_packages_and_the_gate(tmp_path: Path) -> None:
    """By hash, with their part in the run."""
    (tmp_path / "s.yaml").touch()
    (tmp_path / "old.rpm").write_bytes(b"old")
    (tmp_path / "accept.toml").write_text("# none")
    keep_inputs(tmp_path, {"expression": "x"}, scenarios=[tmp_path / "s.yaml"], product=DEFAULT_PRODUCT,
                candidates=[], previous=[tmp_path / "old.rpm"], dependencies=[tmp_path / "old.rpm"])  # fmt: skip

    assert read_inputs(tmp_path).quick is None
    keep_gate(tmp_path, quick=False, accept=tmp_path / "accept.toml", environments=("no-tty",))

    inputs = read_inputs(tmp_path)
    assert (inputs.quick, inputs.options, inputs.environments) == (False, {"expression": "x"}, ("no-tty",))
    assert [(p.role, p.name, p.sha256) for p in inputs.packages] == [
        (role, "old.rpm", sha256_of(tmp_path / "old.rpm")) for role in ("previous", "dependency")
    ]
    assert (tmp_path / "inputs" / "accept.toml").read_text() == "# none"


def test_a_folder_without_is_told(tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(UsageError, match="does not say what a run was given"):
        read_inputs(tmp_path)
