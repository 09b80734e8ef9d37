"""The way does not matter: fresh is upgraded, up and down is back, twice is once, removed and again is fresh.

Nor does the environment: an umask or accounts that are taken change nothing of what an installation does.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.environments import find_environment
from harness.laws.trial import (
    DELETES,
    INSTALLS,
    REPAIR,
    STARTS,
    STOPS,
    WRITES,
    CannotTell,
    Finding,
    Seen,
    Trial,
    account_names,
    facts,
    named_owner,
    same,
    shown,
)
from harness.machines.file_changes import is_below
from harness.model.state import PURGE_OF_EARLIER, REFUSED_UPGRADE, Evidence, FileFacts, State


@dataclass(frozen=True)
class _Pair:
    """Two states that should be the same, and how to say that they are not."""

    seen: Seen
    one: State
    other: State
    name: str
    bases: tuple[State, State] | None = None  # where the machines were not alike before: compare what was added


def judge(trial: Trial) -> Iterator[Finding]:
    """Compare pairs of states, of one lifecycle or of two.

    Raises: CannotTell, at the end, where no ordinary installation is there to compare those in environments with.
    """
    for pair in _pairs(trial):
        yield from _files(trial, pair)
        yield from _services(trial, pair)
        yield from _rest(trial, pair)
    alone = sorted({run.lifecycle for run in trial.runs if run.environment or _is_repaired(run)})
    if alone and _fresh(trial) is None:
        raise CannotTell(f"no undisturbed installation succeeded that {', '.join(alone)} could be compared with")


def _pairs(trial: Trial) -> Iterator[_Pair]:
    plain = [seen for seen in trial.transitions(INSTALLS | {REPAIR}) if _is_plain(seen)]
    for seen in plain:
        before, after = seen.transition.before, seen.transition.after
        if seen.kind == "downgrade" and after.installed == seen.earlier[0].after.installed:
            yield _Pair(seen, seen.earlier[0].after, after, "up and down does not lead back")
        if seen.kind == "reinstall":
            yield _Pair(seen, before, after, "installing twice is not installing once")
        if seen.kind == REFUSED_UPGRADE:
            yield _Pair(seen, before, after, "an upgrade that was refused leaves traces")
        if seen.kind == PURGE_OF_EARLIER:
            yield _Pair(seen, before, after, "purging the package's earlier name takes something of the present one")
    succeeded = [seen for seen in plain if _succeeded(trial, seen)]
    fresh = _fresh(trial)
    for seen in succeeded:
        name = "" if fresh is None or seen is fresh else _difference(seen)
        if fresh is not None and name:
            bases = (fresh.transition.before, seen.transition.before) if seen.run.environment else None
            yield _Pair(seen, fresh.transition.after, seen.transition.after, name, bases)


def _is_repaired(run: Evidence) -> bool:
    return any(step.kind == REPAIR for step in run.transitions)


def _fresh(trial: Trial) -> Seen | None:
    """Give the installation that all others are compared with: the first on an ordinary machine."""
    return next(
        (
            seen
            for seen in trial.transitions({"install"})
            if not seen.earlier and not seen.run.environment and _is_plain(seen) and _succeeded(trial, seen)
        ),
        None,
    )


def _is_plain(seen: Seen) -> bool:
    """Say whether nobody but the package manager has changed the machine, and its services ran."""
    if seen.transition.edited or "connect" in {step.kind for step in seen.earlier}:
        return False
    units = seen.transition.before.units.values()
    return (
        seen.kind in ("install", REPAIR)
        or not seen.run.services
        or all(unit.active == "active" for unit in units if unit.enabled != "absent")
    )


def _difference(seen: Seen) -> str:
    """Say what it means when a machine differs from a new one; empty where it may."""
    if seen.kind == "upgrade" and len(seen.earlier) == 1:
        return "an upgraded machine differs from a new one"
    if seen.kind == REPAIR:
        return f"repaired after '{seen.earlier[-1].title}' a machine differs from an undisturbed one"
    if seen.kind == "install" and seen.earlier:
        return "removed and installed again differs from new"
    if seen.kind == "install" and seen.run.environment:
        return f"with {seen.run.environment} a new machine differs from an ordinary one"
    return ""


def _succeeded(trial: Trial, seen: Seen) -> bool:
    after = seen.transition.after
    return after.package == "installed" and after.installed == trial.new.package.version


def _files(trial: Trial, pair: _Pair) -> Iterator[Finding]:
    word = pair.seen.run.environment
    absent = find_environment(word).absent if word else ()
    others = _between(trial, pair.seen)
    for path in sorted(pair.one.files.keys() | pair.other.files.keys()):
        if (
            trial.is_background(path)
            or path in others
            or any(path not in pair.other.files and is_below(path, gone) for gone in absent)
        ):
            continue
        one, other = _named(pair.one, path, pair.other), _named(pair.other, path, pair.one)
        if one is None and pair.seen.kind == "downgrade" and _stays(trial, path, pair.other):
            continue
        if trial.is_state(path) or path in trial.product.generated:
            one, other = _rights(one, other)
        if not same(one, other):
            evidence = (f"expected: {shown(one)}", f"found: {shown(other)}")
            deed = DELETES if other is None else WRITES
            yield Finding(pair.seen, f"{pair.name}: {path}", evidence, (path,), deed=deed)


def _between(trial: Trial, seen: Seen) -> set[str]:
    """Give paths of others that changed between two transitions: somebody else has done that."""
    steps = (*seen.earlier, seen.transition)
    return {
        path
        for one, other in itertools.pairwise(steps)
        for path in one.after.files.keys() | other.before.files.keys()
        if not same(facts(one.after, path, other.before), facts(other.before, path, one.after))
        and not trial.is_own(path, one.after, other.before)
    }


def _stays(trial: Trial, path: str, state: State) -> bool:
    """Say whether a path is what an older release, which does not know it, cannot take away.

    Source: dpkg keeps a file of configuration that is obsolete; update-alternatives(1): prerm removes links.
    """
    return trial.is_alternative(path, state) or any(file.path == path and file.config for file in trial.new.files)


def _rights(one: FileFacts | None, other: FileFacts | None) -> tuple[FileFacts | None, FileFacts | None]:
    """Give what is the package's matter of the agent's data that both have: owner and mode."""
    if one is None or other is None:
        return None, None
    return FileFacts(one.kind, one.mode, one.owner), FileFacts(other.kind, other.mode, other.owner)


def _named(state: State, path: str, other: State) -> FileFacts | None:
    """Give a path's facts with its owner by name: numbers differ from machine to machine."""
    known = state.files.get(path)
    found = known.now if known else other.files[path].was
    if found is None:
        return None
    return FileFacts(found.kind, found.mode, named_owner(state, found.owner), found.size, found.link, found.content,
                     found.attributes)  # fmt: skip


def _services(trial: Trial, pair: _Pair) -> Iterator[Finding]:
    runs = pair.seen.run.services  # else they are only enabled
    states = [
        {unit: (u.active if runs else "", u.enabled) for unit, u in state.units.items()}
        for state in (pair.one, pair.other)
    ]
    units = tuple(unit for unit in trial.product.units if states[0].get(unit) != states[1].get(unit))
    if units:
        evidence = tuple(f"{unit} expected: {states[0].get(unit)}, found: {states[1].get(unit)}" for unit in units)
        deed = STOPS if any(states[0].get(unit, ("",))[0] == "active" for unit in units) else STARTS
        yield Finding(pair.seen, f"{pair.name}: services {', '.join(units)}", evidence, units, deed=deed)


def _rest(trial: Trial, pair: _Pair) -> Iterator[Finding]:
    for what, ours, theirs in (
        ("listening ports", *_both(pair, lambda state: state.listening)),
        ("the default environment", *_both(pair, lambda state: state.environment)),
        ("accounts", *_both(pair, _account_names)),
    ):
        if what != "accounts" and not pair.seen.run.services:
            continue  # of running services, and of a systemd that has read its configuration anew
        if what == "accounts" and pair.seen.kind == "downgrade":  # declared ones are kept, as after a removal
            declared = {*trial.product.accounts, *trial.product.groups}
            theirs -= {line for line in theirs - ours if line.partition(":")[0] in declared}
        if sorted(ours) != sorted(theirs):
            evidence = (f"missing: {sorted(set(ours) - set(theirs))}", f"added: {sorted(set(theirs) - set(ours))}")
            yield Finding(pair.seen, f"{pair.name}: {what}", evidence, tuple(set(ours) ^ set(theirs)))


def _both(pair: _Pair, of: Callable[[State], tuple[str, ...]]) -> tuple[set[str], set[str]]:
    """Give one thing of both states; where the machines were not alike before, without what either had then."""
    ours, theirs = set(of(pair.one)), set(of(pair.other))
    if pair.bases is not None:
        known = {line for base in pair.bases for line in of(base)}
        taken = {name for base in pair.bases for name in account_names(base)} if of is _account_names else set()
        ours, theirs = (
            {line for line in lines - known if line.partition(":")[0] not in taken} for lines in (ours, theirs)
        )
    return ours, theirs


def _account_names(state: State) -> tuple[str, ...]:
    """Give accounts with home and shell, and groups with their members; numbers differ from machine to machine."""
    split = (line.split(":") for line in state.accounts)
    return tuple(":".join([words[0], *words[4:]] if len(words) == 7 else [words[0], *words[3:]]) for words in split)
