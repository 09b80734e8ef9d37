"""Size, number of files and duration stay near those of the previous release; new dependencies are announced."""

from __future__ import annotations

from collections.abc import Iterator

from harness.laws.trial import Finding, Seen, Trial, facts
from harness.machines.file_changes import is_below

_GROWTH = 1.5
_SMALL_BYTES = 1_000_000  # a package may grow by so much, whatever the share
_LONGEST_S = 120.0
_LOGS_BYTES = 10_000_000
_ANNOUNCED = ("pre-depends", "depends", "recommends", "requires", "conflicts", "breaks", "obsoletes")


def judge(trial: Trial) -> Iterator[Finding]:
    """Compare both packages, and look at how long each transition took."""
    for seen in trial.transitions(["install", "upgrade", "reinstall", "downgrade", "remove", "uninstall"]):
        slowest = max((command.duration_s for command in seen.transition.commands), default=0.0)
        if slowest > _LONGEST_S:
            yield Finding(seen, f"it takes {slowest:.0f} s, more than {_LONGEST_S:.0f}")
        grown = sum(_growth(seen, path) for path in seen.transition.after.files if _is_log(trial, path))
        if grown > _LOGS_BYTES:
            yield Finding(seen, f"the logs grow by {grown // 1_000_000} MB in one step", (), trial.product.logs)
    if trial.old is None:
        return
    old, new = trial.old.package.size, trial.new.package.size
    if new > old * _GROWTH and new - old > _SMALL_BYTES:
        yield Finding(None, f"the package grows by {100 * (new / old - 1):.0f} percent", (f"{old} -> {new} bytes",))
    for kind in _ANNOUNCED:
        before, after = trial.old.relations.get(kind, ()), trial.new.relations.get(kind, ())
        for name in sorted(set(after) - set(before)):
            yield Finding(None, f"new since the previous release: {kind} {name}", (), (name,))


def _is_log(trial: Trial, path: str) -> bool:
    return any(is_below(path, log) for log in trial.product.logs)


def _growth(seen: Seen, path: str) -> int:
    """Give by how many bytes a file has grown."""
    before, after = seen.transition.before, seen.transition.after
    sizes = [found.size if found else 0 for found in (facts(before, path, after), facts(after, path, before))]
    return max(0, sizes[1] - sizes[0])
