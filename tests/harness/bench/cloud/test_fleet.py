"""A small fleet is created, signed in and heard by a real cloud, and its questions are answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.bench.cloud.fleet import measure_fleets


@pytest.mark.process
def test_fleets_are_measured(tmp_path: Path) -> None:
    """Each size has figures of its own; every heartbeat was accepted, else there were none."""
    said: list[str] = []
    found = measure_fleets([2, 101], 2, 0.05, tmp_path, said.append)

    assert [fleet.machines for fleet in found] == [2, 101]
    assert [fleet.due_per_s for fleet in found] == [2 / 300, 101 / 300]
    assert all(fleet.heartbeats_per_s > 0 and fleet.p99_ms > 0 for fleet in found)
    assert all(min(fleet.first_page_ms, fleet.last_page_ms, fleet.count_ms, fleet.beside_p99_ms) > 0 for fleet in found)
    assert len(said) == 2 + 2 * 2
