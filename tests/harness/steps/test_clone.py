"""clone: what the agent keeps goes from one machine to another."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from harness.context import Context
from harness.model.machine_steps import Clone
from harness.steps import clone


class _Machine:
    def __init__(self, printed: str) -> None:
        self.done: list[str] = []
        self._printed = printed

    def must(self, script: str, what: str) -> str:
        self.done.append(script)
        return self._printed


def test_copies_what_the_agent_keeps(make_context: Callable[..., Context]) -> None:
    """The product file says what that is; the other machine is read only."""
    context, source, copy = make_context(), _Machine("H4sI\n"), _Machine("")
    context.product = cast("Any", SimpleNamespace(leftovers=("/var/opt/agent", "/var/lib/a b")))
    context.machine = cast("Any", copy)
    context.machines = cast("Any", {"box-1": source, "box-2": copy})

    clone.run(context, Clone(of="box-1"))

    assert ["tar -cz --ignore-failed-read var/opt/agent 'var/lib/a b'" in script for script in source.done] == [True]
    assert ["<<'EOF' | tar -xz -C /\nH4sI\nEOF" in script for script in copy.done] == [True]
