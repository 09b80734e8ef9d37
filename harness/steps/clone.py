"""clone: give a machine all that the agent keeps on another one, as if it were started from a copy of its disk."""

from __future__ import annotations

import shlex

from harness.context import Context
from harness.model.machine_steps import Clone


def run(context: Context, arguments: Clone) -> None:
    """Copy it, with owners and modes; what the agent runs is left as it is. Raises: LabError when it cannot be copied.

    A log that grows meanwhile is copied as far as it was.
    """
    kept = shlex.join(path.lstrip("/") for path in context.product.leftovers)
    packed = context.machines[arguments.of].must(
        f"cd /; set -o pipefail; {{ tar -cz --ignore-failed-read {kept} || [ $? = 1 ]; }} | base64", "be copied"
    )
    context.machine.must(f"set -o pipefail; base64 -d <<'EOF' | tar -xz -C /\n{packed}EOF", "become a clone")
