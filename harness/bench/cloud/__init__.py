"""`arclab bench-sim`: how fast the simulated Azure is, beside moto and an empty handler."""

from __future__ import annotations

from harness.bench.cloud.measure import Wanted, run_cloud_bench

__all__ = ["Wanted", "run_cloud_bench"]
