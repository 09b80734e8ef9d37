"""extension: what is asked of ARM, and that a refusal is no silence."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.context import Context
from harness.errors import LabError
from harness.model.azure_steps import Extension
from harness.steps import extension

Asked = Callable[..., list[Any]]
_PATH = "/m/box-1/extensions/CustomScript"


def test_installs_by_put(asked: Asked) -> None:
    """Publisher, type and settings are the scenario's; a version only where it gives one."""
    [(method, path, body)] = asked(
        extension.run, Extension(install="CustomScript", settings={"a": 1}, version="2.1")
    )  # fmt: skip

    assert (method, path) == ("PUT", _PATH)
    assert body["location"] == "eastus"
    assert body["properties"] == {
        "publisher": "Microsoft.Azure.Extensions", "type": "CustomScript", "settings": {"a": 1},
        "typeHandlerVersion": "2.1",
    }  # fmt: skip


def test_removes_by_delete(asked: Asked) -> None:
    """Without a body."""
    assert asked(extension.run, Extension(remove="CustomScript")) == [("DELETE", _PATH, None)]


def test_what_was_noted_is_deployed_again(context: Context, asked: Asked) -> None:
    """With its version and settings, and nothing else of what ARM shows."""
    configuration = {"publisher": "P", "type": "T", "typeHandlerVersion": "2.1", "settings": {"a": 1}}
    shown = json.dumps({"properties": {**configuration, "provisioningState": "Succeeded"}})
    noted = asked(extension.run, Extension(note="CustomScript"), 200, text=shown)
    [(method, path, body)] = asked(extension.run, Extension(redeploy="CustomScript"))

    assert noted == [("GET", _PATH, None)]
    assert (method, path, body["properties"]) == ("PUT", _PATH, configuration)


def test_what_was_not_noted_cannot_be_deployed_again(context: Context) -> None:
    """The scenario has to note it first."""
    with pytest.raises(LabError, match="'CustomScript' was not noted"):
        extension.run(context, Extension(redeploy="CustomScript"))


def test_a_refusal_is_the_labs_error(asked: Asked) -> None:
    """With ARM's own words."""
    with pytest.raises(LabError, match="409 why"):
        asked(extension.run, Extension(install="CustomScript"), 409)


def test_without_a_connected_machine_nothing_is_asked(make_context: Callable[..., Context]) -> None:
    """The scenario has to connect first."""
    with pytest.raises(LabError, match="no machine is connected"):
        extension.run(make_context(), Extension(install="CustomScript"))
