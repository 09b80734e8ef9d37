"""The lifecycles are scenarios, for any product."""

from __future__ import annotations

from pathlib import Path

import msgspec

from harness.environments import WORDS
from harness.model.product import load_product
from harness.products import DEFAULT_PRODUCT
from harness.scenario.load import load_scenarios
from harness.validation.library import write_lifecycles
from harness.witness import WITNESSED_TAG


def test_lifecycles_load_for_any_product(tmp_path: Path) -> None:
    """Each is witnessed, and acts on the product's own units."""
    product = msgspec.structs.replace(load_product(DEFAULT_PRODUCT), units=("one", "two"))
    write_lifecycles(product, WORDS, tmp_path / "scenarios")
    scenarios = load_scenarios([tmp_path / "scenarios"])
    kills = [getattr(step.arguments, "unit", "") for s in scenarios for step in s.steps if step.kind == "service"]

    assert {s.given.environment for s in scenarios} == {"", *WORDS}
    assert len(scenarios) >= 8 + len(WORDS)
    assert all(WITNESSED_TAG in scenario.tags for scenario in scenarios)
    assert kills == ["one", "two"]
