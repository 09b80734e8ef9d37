"""Numbers that make no sense are refused before anything starts; a start alone can be measured."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from harness.bench.cloud import Wanted, run_cloud_bench
from harness.errors import UsageError


@pytest.mark.parametrize(
    ("wanted", "reference"),
    [(Wanted(0, 1.0, [1], []), "bench-rounds"), (Wanted(1, 0.0, [1], []), "bench-rounds"),
     (Wanted(1, 1.0, [0], []), "bench-connections"), (Wanted(1, 1.0, [1, 1001], []), "bench-connections"),
     (Wanted(1, 1.0, [], [0]), "bench-fleet"), (Wanted(1, float("nan"), [], []), "bench-rounds")],
)  # fmt: skip
def test_senseless_numbers_are_refused(tmp_path: Path, wanted: Wanted, reference: str) -> None:
    """The error names the option."""
    with pytest.raises(UsageError) as caught:
        run_cloud_bench(wanted, Console(file=io.StringIO()), tmp_path / "build", None)

    assert (caught.value.reference, (tmp_path / "build").exists()) == (reference, False)


@pytest.mark.process
def test_starts_are_measured_beside_an_interpreter(tmp_path: Path) -> None:
    """Without calls and fleets the bench measures starts; the cloud's cannot be shorter than an interpreter's."""
    out = tmp_path / "figures.json"
    status = run_cloud_bench(Wanted(1, 1.0, [], []), Console(file=io.StringIO()), tmp_path / "build", out)
    content = msgspec.json.decode(out.read_bytes())

    assert (status, content["figures"], content["fleets"]) == (0, [], [])
    assert content["ready_s"]["median"] > content["interpreter_s"]["median"] > 0
