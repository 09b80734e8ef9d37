"""The machine's journal has no error of the product's units, no crash and no core dump."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.laws.trial import Finding, Trial

_CRASH = re.compile(r"dumped core|code=(dumped|killed)|Failed with result|start request repeated too quickly|segfault")
_ERROR_PRIORITY = 3
_MOST = 8


def judge(trial: Trial) -> Iterator[Finding]:
    """Look at the journal of each transition but killing; a stop that systemd has to enforce is a crash too."""
    units = {f"{unit}.service" for unit in trial.product.units}
    for seen in trial.transitions():
        if seen.kind.startswith("kill "):
            continue
        loud = [
            line
            for line in seen.transition.journal
            if line.unit in units and (line.priority <= _ERROR_PRIORITY or _CRASH.search(line.message))
        ]
        for unit in sorted({line.unit for line in loud}):
            lines = tuple(f"{line.source}: {line.message}" for line in loud if line.unit == unit)[:_MOST]
            yield Finding(seen, f"{unit} logs errors", lines, (unit.removesuffix(".service"),), process=unit)
