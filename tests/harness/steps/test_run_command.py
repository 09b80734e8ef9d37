"""run-command: what is asked of ARM, and that a refusal is no silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.errors import LabError
from harness.model.azure_steps import RunCommand
from harness.steps import run_command

Asked = Callable[..., list[Any]]
_PATH = "/m/box-1/runCommands/greet"


def test_runs_by_put(asked: Asked) -> None:
    """Parameters have names, words have none; a user and a time limit only where the scenario gives them."""
    full = RunCommand(name="greet", script="id", parameters={"A": "b"}, arguments=("c",), user="tester", timeout="2m")
    [(method, path, body)] = asked(run_command.run, full, 201)
    [(_, _, plain)] = asked(run_command.run, RunCommand(name="greet", script="id"), 201)

    assert (method, path, body["location"]) == ("PUT", _PATH, "eastus")
    assert body["properties"] == {
        "source": {"script": "id"}, "parameters": [{"name": "A", "value": "b"}, {"name": "", "value": "c"}],
        "runAsUser": "tester", "timeoutInSeconds": 120,
    }  # fmt: skip
    assert plain["properties"] == {"source": {"script": "id"}, "parameters": []}


def test_removes_by_delete(asked: Asked) -> None:
    """Without a body."""
    assert asked(run_command.run, RunCommand(name="greet", remove=True)) == [("DELETE", _PATH, None)]


def test_a_refusal_is_the_labs_error(asked: Asked) -> None:
    """With ARM's own words."""
    with pytest.raises(LabError, match="400 why"):
        asked(run_command.run, RunCommand(name="greet", script="id"), 400)
