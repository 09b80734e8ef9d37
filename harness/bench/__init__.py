"""`arclab bench`: the throughput of one lifecycle, with arclab and with shell scripts, side by side."""

from __future__ import annotations

from harness.bench.measure import run_bench

__all__ = ["run_bench"]
