"""disconnect: run `azcmagent disconnect`, or with `force-local-only` reset the local state alone."""

from __future__ import annotations

from harness.context import Context
from harness.model.scenario import Disconnect
from harness.steps.sign_in import run_signed_in


def run(context: Context, arguments: Disconnect) -> None:
    """Disconnect the machine. With `force-local-only` nobody signs in."""
    auth = arguments.auth
    words = ["disconnect"]
    if arguments.force_local_only:
        words, auth = ["disconnect", "--force-local-only"], "none"
    run_signed_in(context, words, auth=auth, principal=arguments.principal, user=arguments.user)
