"""upgrade: the documented commands in their order, after the package manager has forgotten where it is to."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.context import Context
from harness.machines.package_managers import PACKAGE_MANAGERS, Script
from harness.model.scenario import Upgrade
from harness.steps import upgrade


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (Upgrade(), ["sudo yum check-update", "sudo yum update azcmagent"]),
        (Upgrade(sudo=False), ["yum check-update", "yum update azcmagent"]),
        (Upgrade(everything=True), ["sudo yum check-update", "sudo yum update"]),
        (Upgrade(anew=True), ["yum --quiet clean all", "sudo yum check-update", "sudo yum update azcmagent"]),
    ],
    ids=["as documented", "without sudo", "everything", "anew"],
)
def test_what_is_typed(make_context: Callable[..., Context], arguments: Upgrade, lines: list[str]) -> None:
    """Each word changes one thing."""
    typed: list[str] = []

    def run_script(script: Script) -> SimpleNamespace:
        typed.append(script.line)
        return SimpleNamespace(exit=0)

    context = make_context()
    context.machine = cast(
        "Any",
        SimpleNamespace(
            package_manager=PACKAGE_MANAGERS["yum"], run_script=run_script, must=lambda line, _: typed.append(line)
        ),
    )
    upgrade.run(context, arguments)

    assert typed == lines
