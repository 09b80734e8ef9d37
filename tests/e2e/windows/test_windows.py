"""The scenarios for Windows pass, and each notices when its promise is broken behind its back.

`make windows` runs this and nothing else does: the image takes minutes to build.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from harness.distros import windows_scenarios
from harness.scenario.document import read_document

if TYPE_CHECKING:
    from tests.e2e.conftest import Arclab, Finished

pytestmark = pytest.mark.engine
_FILE = Path(__file__).with_name("sabotage.yaml")
_SABOTAGE: dict[str, dict[str, Any]] = read_document(_FILE, shown=_FILE.name).value
_SCENARIOS = {path.stem: path for path in sorted(windows_scenarios().rglob("*.yaml"))}


def _spoiled(path: Path, sabotage: dict[str, Any]) -> str:
    """Give a scenario's text for one value of each axis, with a command of ours before one of its steps."""
    scenario = read_document(path, shown=path.name).value
    scenario["matrix"] = {axis: values[:1] for axis, values in scenario["matrix"].items()}
    scenario["steps"].insert(sabotage["before"] - 1, {"command": {"run": sabotage["command"]}})
    return str(yaml.safe_dump(scenario, sort_keys=False))


@pytest.fixture(scope="module")
def spoiled(make_arclab: Callable[[], Arclab]) -> Finished:
    """Run every spoiled scenario."""
    program = make_arclab()
    for name, sabotage in _SABOTAGE.items():
        program.write(f"scenarios/{name}.yaml", _spoiled(_SCENARIOS[name], sabotage))
    return program.run("scenarios")


def test_every_case_passes(make_arclab: Callable[[], Arclab]) -> None:
    """`arclab run scenarios-windows` exits with 0."""
    finished = make_arclab().run(str(windows_scenarios()))

    assert finished.exit == 0, finished.stdout
    assert set(finished.outcomes.values()) == {"pass"}


def test_every_scenario_has_a_way_to_fail() -> None:
    """A new scenario comes with one."""
    assert set(_SABOTAGE) == set(_SCENARIOS)


@pytest.mark.parametrize("name", sorted(_SABOTAGE))
def test_notices(spoiled: Finished, name: str) -> None:
    """The expectation that is meant fails, in or after the step before which something was done."""
    case = next(case for case in spoiled.run["cases"] if case["id"].startswith(f"{name}.windows-wine"))
    last = spoiled.case(case["id"])["steps"][-1]
    failed = {verdict["subject"] for verdict in last["verdicts"] if verdict["outcome"] == "fail"}

    assert case["outcome"] == "fail", case["reason"]
    assert _SABOTAGE[name]["notices"] in failed, case["reason"]
