"""update-server: the administrator's words become what the cloud is told; names of versions become releases."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from harness.context import Context
from harness.model.plan import PackageVersion
from harness.model.repository_steps import UpdateServer
from harness.steps import update_server
from harness.versions import Versions
from simulator.contract import UpdateServerChange


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (UpdateServer(synchronize="Updates"), UpdateServerChange(synchronize=("Updates",))),
        (UpdateServer(approve="latest"), UpdateServerChange(approve=("1.67",))),
        (UpdateServer(decline="1.57"), UpdateServerChange(decline=("1.57",))),
        (UpdateServer(automatic_approval="enabled"), UpdateServerChange(approve_automatically=True)),
        (UpdateServer(automatic_approval="disabled"), UpdateServerChange(approve_automatically=False)),
    ],
)
def test_tells_the_cloud(make_context: Callable[..., Context], words: UpdateServer, told: UpdateServerChange) -> None:
    """Nothing but what is said: what is left out stays as it is."""
    asked: list[Any] = []
    context = make_context()
    context.control = SimpleNamespace(change_update_server=asked.append)  # type: ignore[assignment]
    context.every = Versions((PackageVersion("1.57", "1.57.1.1"), PackageVersion("1.67", "1.67.1.1")))
    update_server.run(context, words)

    assert asked == [told]
