"""command.*: what the step's own commands said; nothing new is read."""

from __future__ import annotations

from harness.context import Context
from harness.model.record import CommandRecord, Observation


def exit_status(context: Context) -> Observation:
    """Give the exit status of the step's last command."""
    if not context.commands:
        return Observation("command.exit", "absent", None, "the step ran no command")
    last = context.commands[-1]
    if last.exit is None:
        running = "".join(f"; it ran {line}" for line in reversed(last.running))  # the newest tells most
        told = f"'{last.shown}' did not end in {last.duration_s:.0f} s{running}"
        return Observation("command.exit", "unreadable", None, told)
    return Observation("command.exit", "seen", last.exit, _last_words(last) if last.exit else "")


def _last_words(command: CommandRecord) -> str:
    """Give the last line that a command said, of what it said of errors if it said any."""
    said = [line.strip() for line in (command.stderr or command.stdout).splitlines() if line.strip()]
    return said[-1] if said else ""


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
