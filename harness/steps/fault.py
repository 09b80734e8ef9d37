"""fault: let the cloud do something wrong to requests that match, or make everything right again."""

from __future__ import annotations

from harness.context import Context
from harness.model.scenario import Fault
from harness.wait import duration_s
from simulator import contract


def run(context: Context, arguments: Fault) -> None:
    """Set the fault, or clear all."""
    if arguments.effect == "clear":
        context.control.clear_faults()
        return
    context.control.add_fault(
        contract.Fault(
            effect=arguments.effect,
            host=arguments.host,
            operation=arguments.operation,
            status=arguments.answer,
            first=arguments.first,
            retry_after_s=arguments.retry_after,
            delay_s=float(duration_s(arguments.delay)) if arguments.delay else 0.0,
        )
    )
