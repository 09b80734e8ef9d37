"""Services keep the state that they had: running, stopped, disabled, masked; they come back when killed and at boot."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.laws.ends_clean import is_clean_refusal
from harness.laws.made_files import made_by
from harness.laws.trial import INSTALLS, STARTS, STOPS, Finding, Seen, Trial
from harness.laws.unit_rights import lost_care, whole_units
from harness.model.state import UnitState

_ABSENT = UnitState("inactive", "absent")
_UNIT_FILE = re.compile(r"/(?:usr/)?(?:etc|lib)/systemd/system/([^/@]+\.(?:service|timer|socket|path))$")


def judge(trial: Trial) -> Iterator[Finding]:
    """Compare the units before and after."""
    yield from _care(trial)
    for seen in trial.transitions():
        yield from _helpers(trial, seen)
        yield from _rights(trial, seen)
        before, after = seen.transition.before.units, seen.transition.after.units
        problems: dict[str, list[str]] = {}
        for unit in trial.product.units:
            pair = before.get(unit, _ABSENT), after.get(unit, _ABSENT)
            problem = _problem(seen, unit, *pair) or _staleness(seen, *pair)
            if problem:
                problems.setdefault(problem, []).append(unit)
        for problem, units in problems.items():
            evidence = [f"{unit} before: {_shown(before.get(unit, _ABSENT))}" for unit in units]
            evidence += [f"{unit} after: {_shown(after.get(unit, _ABSENT))}" for unit in units]
            name = f"the service {units[0]}" if len(units) == 1 else f"each of {', '.join(units)}"
            deed = STOPS if problem.startswith(("was active", "was enabled")) else STARTS
            yield Finding(seen, f"{name} {problem}", tuple(evidence), tuple(units), deed=deed)


def _care(trial: Trial) -> Iterator[Finding]:
    """Tell of what the units of the previous release had: to be restarted, names, settings of the administrator."""
    if trial.old is None:
        return
    old, new = (whole_units((*release.files, *made_by(trial, release))) for release in (trial.old, trial.new))
    for unit in sorted(old.keys() & new.keys()):
        path = new[unit][0].path
        for problem in lost_care(*("\n".join(file.text for file in files[unit]) for files in (old, new))):
            yield Finding(None, f"{path} {problem}", (), (path,))


def _helpers(trial: Trial, seen: Seen) -> Iterator[Finding]:
    """Look at units of the package beside its services: timers, sockets, jobs."""
    if seen.kind not in INSTALLS | {"reboot"}:
        return
    before, after = seen.transition.before, seen.transition.after
    own = {f"{unit}.service" for unit in trial.product.units}
    delivered = {found[1] for file in trial.new.files if (found := _UNIT_FILE.match(file.path))} - own
    for name in sorted(delivered):
        enabled = after.other_units.get(name) == "enabled"
        lasts = not name.endswith(".service") or enabled
        problem = ""
        if seen.kind == "reboot":
            was = enabled and not name.endswith(".service") and name in before.active_units
            problem = "was active, and is not after a boot" if was and name not in after.active_units else ""
        elif name in after.failed_units and name not in before.failed_units:
            problem = "has failed"
        elif name in before.active_units and name not in after.active_units and lasts:
            problem = "was active and is not"
        elif enabled and not name.endswith(".service") and seen.run.services and name not in after.active_units:
            problem = "is enabled, and works only from the next boot on" if name not in before.other_units else ""
        if problem:
            about = (name, f"/usr/lib/systemd/system/{name}")
            yield Finding(seen, f"the unit {name} {problem}", (), about, process=name)


def _rights(trial: Trial, seen: Seen) -> Iterator[Finding]:
    """What the previous release did as somebody else the new one does not do as root."""
    if seen.kind not in INSTALLS or seen.transition.after.installed != trial.new.package.version:
        return
    for unit in trial.product.units:
        name = f"{unit}.service"
        before, after = (
            {process.user for process in state.processes if process.unit == name}
            for state in (seen.transition.before, seen.transition.after)
        )
        if before and "root" in after - before:
            evidence = (f"before: {', '.join(sorted(before))}", f"after: {', '.join(sorted(after))}")
            about = (unit, f"/usr/lib/systemd/system/{name}")
            yield Finding(seen, f"the service {unit} runs as root, which it did not", evidence, about, process=name,
                          by_file=True)  # fmt: skip


def _problem(seen: Seen, unit: str, before: UnitState, after: UnitState) -> str:
    kind = seen.kind
    if kind == "install" and before.enabled == "absent":
        return (_not_running(after) if seen.run.services else _running(after)) or (
            "is not enabled" if after.enabled != "enabled" else ""
        )
    if kind in INSTALLS and before.enabled != "absent":
        return _not_kept(seen, before, after)
    if kind == "reboot":
        return _not_booted(before, after)
    if before.active != "active":
        return ""
    if kind in ("outage", "advance"):
        return _not_running(after) or _crashing(before, after)
    is_back = after.active == "active" and after.pid != before.pid
    is_killed = kind.startswith("kill ") and unit in kind.split()
    return "does not come back after it was killed" if is_killed and not is_back else ""


def _not_booted(before: UnitState, after: UnitState) -> str:
    if before.enabled == "enabled":
        return f"does not start at boot: {after.active}" if after.active != "active" else ""
    return "starts at boot, although it is not enabled" if after.active == "active" else ""


def _staleness(seen: Seen, before: UnitState, after: UnitState) -> str:
    is_news = seen.kind in INSTALLS and after.is_stale and not before.is_stale
    return "is known to systemd by its old unit file: daemon-reload is missing" if is_news else ""


def _crashing(before: UnitState, after: UnitState) -> str:
    if after.restarts > before.restarts and after.pid != before.pid:
        return f"was restarted by systemd {after.restarts} times: it crashes"
    return ""


def _not_running(after: UnitState) -> str:
    return "" if after.active == "active" else f"does not run: {after.active}"


def _running(after: UnitState) -> str:
    return "was started, although no service can run there" if after.active == "active" else ""


def _not_kept(seen: Seen, before: UnitState, after: UnitState) -> str:
    if after.active != before.active:
        return f"was {before.active} and is {after.active}"
    if after.enabled != before.enabled:
        return f"was {before.enabled} and is {after.enabled}"
    if crashing := _crashing(before, after):
        return crashing
    is_new = seen.transition.before.installed != seen.transition.after.installed
    is_same = before.pid == after.pid != 0  # none: nothing goes on running, or which it is could not be found
    if is_new and before.active == "active" and is_same and not is_clean_refusal(seen):
        return "still runs the old program: it was not restarted"
    return ""


def _shown(unit: UnitState) -> str:
    return f"{unit.active} ({unit.sub}), {unit.enabled}, main process {unit.pid}, restarts {unit.restarts}"
