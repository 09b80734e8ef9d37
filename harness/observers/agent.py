"""machine.agent-version, machine.show: what the agent's command line says."""

from __future__ import annotations

import re
import shlex

import msgspec

from harness.context import Context
from harness.model.record import Observation


def version(context: Context) -> Observation:
    """Read the version that the command line prints, or absent where there is no command line."""
    done = context.machine.read(
        f"command -v {context.product.cli} || exit 127; {shlex.join(context.product.version_command)}"
    )
    if done.exit == 127:
        return Observation("machine.agent-version", "absent", "absent")
    found = re.search(r"\d+\.\d+\.\d+\.\d+", done.stdout)
    if done.exit != 0 or found is None:
        return Observation(
            "machine.agent-version", "unreadable", None, f"exit {done.exit}: {done.stdout}{done.stderr}".strip()
        )
    return Observation("machine.agent-version", "seen", found[0])


def show(context: Context) -> Observation:
    """Read `azcmagent show -j` as a mapping of keys to texts."""
    done = context.machine.read(shlex.join(context.product.show_command))
    if done.exit == 127:
        return Observation("machine.show", "absent", {})
    try:
        shown = msgspec.json.decode(done.stdout)
    except msgspec.DecodeError as error:
        return Observation(
            "machine.show",
            "unreadable",
            None,
            f"exit {done.exit}, no JSON ({error}): {done.stdout[:300]}{done.stderr[:300]}",
        )
    return Observation("machine.show", "seen", shown)
