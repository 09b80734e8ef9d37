"""A double of Resource Manager for steps that ask it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from harness.context import Context
from simulator.contract import MachineState

MakeContext = Callable[..., Context]
Asked = Callable[..., list[Any]]


@pytest.fixture
def context(make_context: MakeContext) -> Context:
    """Give a context with the connected machine `/m/box-1`."""
    context = make_context(machines=[MachineState("/m/box-1", "box-1", "vm", "Connected", "Succeeded")])
    context.azure = SimpleNamespace(subscription_id="s", location="eastus")  # type: ignore[assignment]
    return context


@pytest.fixture
def asked(context: Context, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Run a step with an ARM that gives this status, this body and these headers; gives what ARM was asked."""

    def run(
        step: Callable[[Context, Any], None], arguments: Any, status: int = 202, *, text: str = "why", **headers: str
    ) -> list[Any]:
        requests: list[Any] = []

        def in_azure(method: str, path: str, *, api_version: str = "", body: Any = None) -> httpx.Response:
            requests.append((method, path, body))
            return httpx.Response(status, text=text, headers=headers)

        monkeypatch.setattr(context, "in_azure", in_azure)
        step(context, arguments)
        return requests

    return run
