"""command.*: what the step's own commands said; nothing new is read."""

from __future__ import annotations

from harness.context import Context
from harness.model.record import Observation


def exit_status(context: Context) -> Observation:
    """Give the exit status of the step's last command."""
    if not context.commands:
        return Observation("command.exit", "absent", None, "the step ran no command")
    last = context.commands[-1]
    if last.exit is None:
        return Observation("command.exit", "unreadable", None, f"'{last.shown}' did not end in {last.duration_s:.0f} s")
    return Observation("command.exit", "seen", last.exit)


def text(context: Context, stream: str) -> Observation:
    """Give what all commands of the step printed: `stdout`, `stderr` or both as `output`."""
    kinds = ("stdout", "stderr") if stream == "output" else (stream,)
    parts = [getattr(command, kind) for command in context.commands for kind in kinds]
    return Observation(f"command.{stream}", "seen" if context.commands else "absent", "\n".join(filter(None, parts)))


def versions(context: Context) -> Observation:
    """Give the versions that the step's listing names, sorted."""
    if not context.commands:
        return Observation("command.versions", "absent", None, "the step ran no command")
    listed = context.machine.package_manager.listed_versions(context.product.package, context.commands[-1].stdout)
    return Observation("command.versions", "seen", sorted(listed))
