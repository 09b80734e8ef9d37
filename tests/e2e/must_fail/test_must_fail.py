"""Each scenario of the library notices when its promise is broken behind its back.

`sabotage.yaml` says how. A scenario that has no way to fail there proves nothing, and is a failure here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from harness.distros import scenario_library
from harness.scenario.document import read_document
from harness.scenario.load import find_files, scenario_name

if TYPE_CHECKING:
    from tests.e2e.conftest import Arclab, Finished

pytestmark = pytest.mark.engine
_FILE = Path(__file__).with_name("sabotage.yaml")
_SABOTAGE: dict[str, dict[str, Any]] = read_document(_FILE, shown=_FILE.name).value
_LIBRARY = {scenario_name(path): path for path in find_files([scenario_library()])}


def _spoiled(path: Path, sabotage: dict[str, Any]) -> str:
    """Give a scenario's text for one distro and one value of each axis, with a step of ours before one of its steps."""
    scenario = read_document(path, shown=path.name).value
    scenario["matrix"] = {axis: values[:1] for axis, values in scenario["matrix"].items()} | {"distro": ["debian-12"]}
    scenario["steps"].insert(sabotage["before"] - 1, _step(sabotage))
    return str(yaml.safe_dump(scenario, sort_keys=False))


def _step(sabotage: dict[str, Any]) -> dict[str, Any]:
    if "step" in sabotage:
        return dict(sabotage["step"])
    command = sabotage.get("command")
    if "after-dpkg" in sabotage:
        command = f"echo 'post-invoke={sabotage['after-dpkg']}' > /etc/dpkg/dpkg.cfg.d/sabotage"
    elif "instead-of-apt" in sabotage:
        path = "/usr/local/sbin/apt"
        command = f"printf '#!/bin/sh\\n{sabotage['instead-of-apt']}\\n' > {path}; chmod 755 {path}"
    return {"command": {"run": command}}


@pytest.fixture(scope="module")
def spoiled(make_arclab: Callable[[], Arclab]) -> Finished:
    """Run every spoiled scenario."""
    program = make_arclab()
    for name, sabotage in _SABOTAGE.items():
        program.write(f"scenarios/{name}.yaml", _spoiled(_LIBRARY[name], sabotage))
    return program.run("scenarios", "-n", "8")  # most of the time each waits for what does not come


def test_every_scenario_has_a_way_to_fail() -> None:
    """A new scenario comes with one."""
    assert set(_SABOTAGE) == set(_LIBRARY)


@pytest.mark.parametrize("name", sorted(_SABOTAGE))
def test_notices(spoiled: Finished, name: str) -> None:
    """The expectation that is meant fails, in or after the step before which something was done."""
    slug = name.replace("/", "-")
    case = next(case for case in spoiled.run["cases"] if case["id"].startswith(f"{slug}.debian-12"))
    last = spoiled.case(case["id"])["steps"][-1]
    failed = {verdict["subject"] for verdict in last["verdicts"] if verdict["outcome"] == "fail"}

    assert case["outcome"] == "fail", case["reason"]
    assert _SABOTAGE[name]["notices"] in failed, case["reason"]
