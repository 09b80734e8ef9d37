"""extension: what is asked of ARM, and that a refusal is no silence."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from harness.context import Context
from harness.errors import LabError
from harness.model.scenario import Extension
from harness.steps import extension
from simulator.contract import MachineState

MakeContext = Callable[..., Context]
_PATH = "/m/box-1/extensions/CustomScript"


@pytest.fixture
def asked(make_context: MakeContext, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """Run the step with a connected machine and an ARM that gives this status; gives what ARM was asked."""

    def run(arguments: Extension, status: int = 202, *, connected: bool = True) -> list[Any]:
        machines = [MachineState("/m/box-1", "box-1", "vm", "Connected", "Succeeded")] if connected else []
        context = make_context(machines=machines)
        context.azure = SimpleNamespace(location="eastus")  # type: ignore[assignment]
        requests: list[Any] = []

        def in_azure(method: str, path: str, *, body: Any = None) -> httpx.Response:
            requests.append((method, path, body))
            return httpx.Response(status, text="why")

        monkeypatch.setattr(context, "in_azure", in_azure)
        extension.run(context, arguments)
        return requests

    return run


def test_installs_by_put(asked: Callable[..., list[Any]]) -> None:
    """Publisher, type and settings are the scenario's; a version only where it gives one."""
    [(method, path, body)] = asked(Extension(install="CustomScript", settings={"a": 1}, version="2.1"))

    assert (method, path) == ("PUT", _PATH)
    assert body["location"] == "eastus"
    assert body["properties"] == {
        "publisher": "Microsoft.Azure.Extensions", "type": "CustomScript", "settings": {"a": 1},
        "typeHandlerVersion": "2.1",
    }  # fmt: skip


def test_removes_by_delete(asked: Callable[..., list[Any]]) -> None:
    """Without a body."""
    assert asked(Extension(remove="CustomScript")) == [("DELETE", _PATH, None)]


def test_a_refusal_is_the_labs_error(asked: Callable[..., list[Any]]) -> None:
    """With ARM's own words."""
    with pytest.raises(LabError, match="409 why"):
        asked(Extension(install="CustomScript"), 409)


def test_without_a_connected_machine_nothing_is_asked(asked: Callable[..., list[Any]]) -> None:
    """The scenario has to connect first."""
    with pytest.raises(LabError, match="no machine is connected"):
        asked(Extension(install="CustomScript"), connected=False)
