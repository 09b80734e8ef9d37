"""Size, number of files and duration stay near those of the previous release; new dependencies are announced."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from harness.laws.drop_ins import is_read
from harness.laws.trial import CHANGES, Finding, Seen, Trial, facts, is_runnable, merged
from harness.machines.file_changes import is_below
from harness.model.state import Evidence, Transition
from simulator.contract import Event, PackageContents

_GROWTH = 1.5
_SMALL_BYTES = 1_000_000  # a package may grow by so much, whatever the share
_LONGEST_S = 120.0
_LONGER_S = 30.0  # than three times what the previous release took
_LOGS_BYTES = 10_000_000
_MOST_LINES = 1000  # of one unit in the journal, in one step
_FEWEST_BEATS, _MORE = 2, 2  # heartbeats that make a rate; how many times as much, and how much more, is too much
_MANY_NEW = 5  # for each heartbeat, of what the previous release never asked for
_ANNOUNCED = ("pre-depends", "depends", "recommends", "requires", "conflicts", "breaks", "obsoletes", "provides",
              "replaces", "supplements", "enhances", "interests")  # fmt: skip
_NAME = re.compile(r"[^\s(]*(\([^()\s]*\))*")  # of what a relation is about, as `libc.so.6(GLIBC_2.34)(64bit)`


def judge(trial: Trial) -> Iterator[Finding]:
    """Compare both packages, and look at how long each transition took and how much was said in it."""
    for seen in trial.transitions(CHANGES):
        yield from _of_step(trial, seen)
    yield from _requests(trial)
    if trial.old is not None:
        yield from _of_packages(trial.old, trial.new)


def _of_step(trial: Trial, seen: Seen) -> Iterator[Finding]:
    slowest = max((command.duration_s for command in seen.transition.commands), default=0.0)
    if slowest > _LONGEST_S:
        yield Finding(seen, f"it takes more than {_LONGEST_S:.0f} s", (f"{slowest:.0f} s",))
    elif not seen.run.environment and slowest > (usual := _usual_s(trial, seen.kind)):
        evidence = (f"{slowest:.0f} s, and {usual:.0f} s would be much longer already",)
        yield Finding(seen, "it takes much longer than the previous release did", evidence)
    grown = sum(_growth(seen, path) for path in seen.transition.after.files if _is_log(trial, path))
    if grown > _LOGS_BYTES:
        yield Finding(seen, f"the logs grow by {grown // 1_000_000} MB in one step", (), trial.product.logs)
    for unit in trial.product.units:
        usual = max((_lines(step, unit) for step in _steps_of_old(trial)), default=0)
        if (lines := _lines(seen.transition, unit)) > _MOST_LINES + 2 * usual:
            evidence = (f"{lines} lines, and at most {usual} of the previous release",)
            about = (unit, f"/usr/lib/systemd/system/{unit}.service")
            yield Finding(seen, f"{unit} floods the journal", evidence, about, process=f"{unit}.service", by_file=True)


def _of_packages(previous: PackageContents, candidate: PackageContents) -> Iterator[Finding]:
    """Compare sizes, relations, files, interpreters, architecture and compression."""
    old, new = previous.package.size, candidate.package.size
    if new > old * _GROWTH and new - old > _SMALL_BYTES:
        yield Finding(None, f"the package grows by {100 * (new / old - 1):.0f} percent", (f"{old} -> {new} bytes",))
    yield from _relations(previous, candidate)
    yield from _files(previous, candidate)
    yield from _interpreters(previous, candidate)
    one, other = previous.package.architecture, candidate.package.architecture
    if one and other and one != other:
        yield Finding(None, f"the architecture changes: {one} -> {other}")
    one, other = previous.compression, candidate.compression
    if one and other and one != other:  # Source: dpkg before 1.21.18 and rpm before 4.14 cannot read zstd
        yield Finding(None, f"the compression changes: {one} -> {other}", ("older systems may not be able to read it",))


def _requests(trial: Trial) -> Iterator[Finding]:
    """Tell of what is asked much more often than by the previous release, from one heartbeat to the next."""
    for run in trial.runs:
        old, new = _rates(run, is_new=False, trial=trial), _rates(run, is_new=True, trial=trial)
        if old is None or new is None:
            continue
        for what, rate in sorted(new[1].items()):
            before = old[1].get(what, 0.0)
            if rate > _MORE * before + (_MORE if what in old[1] else _MANY_NEW):
                evidence = (f"for each heartbeat {rate:.1f}, and {before:.1f} by the previous release",)
                yield Finding(new[0], f"{what} is asked for much more often than by the previous release", evidence)


def _rates(run: Evidence, *, is_new: bool, trial: Trial) -> tuple[Seen, dict[str, float]] | None:
    """Give how often each thing is asked for in a heartbeat's time, when a connected release is first left alone.

    Before its first heartbeat it asks for what it needs only once.
    """
    for number, (one, other) in enumerate(itertools.pairwise(run.transitions)):
        until = other.until if other.kind == "advance" else other.since
        events = [event for event in run.events if one.until < event.seq <= until]
        beats = [event.seq for event in events if event.kind == "heartbeat"]
        is_of_it = (one.after.installed == trial.new.package.version) == is_new
        if is_of_it and one.after.connected and len(beats) >= _FEWEST_BEATS:
            asked = (event for event in events if beats[0] < event.seq < beats[-1])
            counts = Counter(_asked(event) for event in asked if event.kind in ("request", "dns"))
            rates = {what: count / (len(beats) - 1) for what, count in counts.items()}
            return Seen(run, one, run.transitions[:number]), rates
    return None


def _asked(event: Event) -> str:
    return f"the name {event.host}" if event.kind == "dns" else event.operation or event.host


def _relations(old: PackageContents, new: PackageContents) -> Iterator[Finding]:
    """Tell each relation that comes, goes or asks for another version, once."""
    for kind in _ANNOUNCED:
        before, after = (_by_name(package.relations.get(kind, ())) for package in (old, new))
        for name in sorted(before.keys() | after.keys()):
            one, other = before.get(name, ""), after.get(name, "")
            is_earlier_name = old.package.name != new.package.name and name.partition("(")[0] == old.package.name
            if one == other or is_earlier_name or name in ("/bin/sh", f"config({new.package.name})"):
                continue
            if kind == "provides" and name.partition("(")[0] == new.package.name:
                continue
            what = f"new since the previous release: {kind} {other}"
            if not other:
                what = f"gone since the previous release: {kind} {one}"
            evidence = (f"before: {one}",) if one and other else ()
            yield Finding(None, what, evidence, (name,))


def _by_name(relations: Iterable[str]) -> dict[str, str]:
    """Give what is asked of each name; it may have a bound below and one above."""
    found: dict[str, set[str]] = {}
    for text in relations:
        found.setdefault(_NAME.match(text)[0], set()).add(text)  # type: ignore[index] # it matches any text
    return {name: ", ".join(sorted(texts)) for name, texts in found.items()}


def _files(old: PackageContents, new: PackageContents) -> Iterator[Finding]:
    """Tell of programs, configuration and what programs of others read that go.

    A script that names one knows what it leaves behind.
    """
    now = {merged(file.path) for file in new.files}
    names = {file.path.rpartition("/")[2] for file in new.files if is_read(file, new.package.format)}
    for file in old.files:
        if file.kind != "f" or merged(file.path) in now or any(file.path in text for text in new.scripts.values()):
            continue
        what = "program" if is_runnable(file) else "configuration file" if file.config else ""
        if what:
            yield Finding(None, f"gone since the previous release: the {what} {file.path}", (), (file.path,))
        elif is_read(file, old.package.format) and file.path.rpartition("/")[2] not in names:
            yield Finding(None, f"gone since the previous release: {file.path}, which others read", (), (file.path,))


def _interpreters(old: PackageContents, new: PackageContents) -> Iterator[Finding]:
    """Tell of interpreters that the previous release did without; a machine may not have them."""
    known = {merged(file.program.removeprefix("#!").lstrip()) for file in old.files}
    if not any(known):
        return  # its payload could not be read
    known |= {merged(file.path) for file in new.files}
    for file in new.files:
        interpreter = file.program.removeprefix("#!").lstrip()
        if file.program.startswith("#!") and is_runnable(file) and merged(interpreter) not in known:
            known.add(merged(interpreter))
            yield Finding(None, f"new since the previous release: {file.path} needs {interpreter}", (), (file.path,))


def _usual_s(trial: Trial, kind: str) -> float:
    """Give how long a transition may take on an ordinary machine, by what the previous release's of its kind took."""
    steps = [step for step in _steps_of_old(trial) if step.kind == kind]
    slowest = max((command.duration_s for step in steps for command in step.commands), default=_LONGEST_S)
    return _LONGER_S + 3 * slowest


def _steps_of_old(trial: Trial) -> Iterator[Transition]:
    """Give the steps that only the previous release took part in."""
    new = trial.new.package.version
    for run in trial.runs:
        for step in run.transitions:
            if step.after.installed and new not in (step.before.installed, step.after.installed):
                yield step


def _lines(step: Transition, unit: str) -> int:
    return sum(line.unit == f"{unit}.service" for line in step.journal)


def _is_log(trial: Trial, path: str) -> bool:
    return any(is_below(path, log) for log in trial.product.logs)


def _growth(seen: Seen, path: str) -> int:
    """Give by how many bytes a file has grown."""
    before, after = seen.transition.before, seen.transition.after
    sizes = [found.size if found else 0 for found in (facts(before, path, after), facts(after, path, before))]
    return max(0, sizes[1] - sizes[0])
