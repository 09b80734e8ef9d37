"""Size, number of files and duration stay near those of the previous release; new dependencies are announced."""

from __future__ import annotations

from collections.abc import Iterator

from harness.laws.trial import Finding, Trial

_GROWTH = 1.5
_SMALL_BYTES = 1_000_000  # a package may grow by so much, whatever the share
_LONGEST_S = 120.0
_ANNOUNCED = ("pre-depends", "depends", "recommends", "requires", "conflicts", "breaks", "obsoletes")


def judge(trial: Trial) -> Iterator[Finding]:
    """Compare both packages, and look at how long each transition took."""
    for seen in trial.transitions(["install", "upgrade", "reinstall", "downgrade", "remove", "uninstall"]):
        slowest = max((command.duration_s for command in seen.transition.commands), default=0.0)
        if slowest > _LONGEST_S:
            yield Finding(seen, f"it takes {slowest:.0f} s, more than {_LONGEST_S:.0f}")
    if trial.old is None:
        return
    old, new = trial.old.package.size, trial.new.package.size
    if new > old * _GROWTH and new - old > _SMALL_BYTES:
        yield Finding(None, f"the package grows by {100 * (new / old - 1):.0f} percent", (f"{old} -> {new} bytes",))
    for kind in _ANNOUNCED:
        before, after = trial.old.relations.get(kind, ()), trial.new.relations.get(kind, ())
        for name in sorted(set(after) - set(before)):
            yield Finding(None, f"new since the previous release: {kind} {name}", (), (name,))
