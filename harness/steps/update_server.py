"""update-server: act as the administrator of the organization's update server; computers see it when they look."""

from __future__ import annotations

from harness.context import Context
from harness.model.repository_steps import UpdateServer
from simulator.contract import UpdateServerChange


def run(context: Context, arguments: UpdateServer) -> None:
    """Change what the server takes, or decide on a release."""
    approved, declined = (
        (context.every.resolve(name).release,) if name else () for name in (arguments.approve, arguments.decline)
    )
    rule = arguments.automatic_approval
    context.control.change_update_server(
        UpdateServerChange(
            synchronize=(arguments.synchronize,) if arguments.synchronize else None,
            approve=approved,
            decline=declined,
            approve_automatically=rule == "enabled" if rule else None,
        )
    )
