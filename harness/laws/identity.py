"""A machine stays the same machine in Azure: the same vmId, no second resource, connected after as before."""

from __future__ import annotations

from collections.abc import Iterator

from harness.laws.trial import Finding, Seen, Trial

_KEEPING = ("install", "upgrade", "reinstall", "downgrade", "reboot", "remove", "uninstall", "outage", "advance")


def judge(trial: Trial) -> Iterator[Finding]:
    """Compare the connected machines before and after; only connect and disconnect may change which there are."""
    for seen in trial.transitions(("connect", *_KEEPING)):
        yield from _shared(seen)
    for seen in trial.transitions(_KEEPING):
        before = {machine.id: machine for machine in seen.transition.before.connected}
        after = {machine.id: machine for machine in seen.transition.after.connected}
        for identifier in sorted(before.keys() | after.keys()):
            one, other = before.get(identifier), after.get(identifier)
            name = identifier.rpartition("/")[2]
            if one is None or other is None:
                verb = "appears in" if one is None else "vanishes from"
                yield Finding(seen, f"the connected machine {name} {verb} Azure", (identifier,))
                continue
            for what in ("vm_id", "principal_id", "creates"):
                if getattr(one, what) != getattr(other, what):
                    evidence = (f"{what} before: {getattr(one, what)}", f"{what} after: {getattr(other, what)}")
                    yield Finding(seen, f"the connected machine {name} is another one: {what} changes", evidence)
            if one.status == "Connected" and other.status != "Connected" and seen.kind != "outage":
                yield Finding(seen, f"the connected machine {name} is {other.status}", (f"before: {one.status}",))


def _shared(seen: Seen) -> Iterator[Finding]:
    """Tell of an identity that two connected machines have come to share, as copies of one image may."""
    for what in ("vm_id", "certificate_thumbprint"):
        owners: dict[str, list[str]] = {}
        for machine in seen.transition.after.connected:
            owners.setdefault(getattr(machine, what), []).append(machine.name)
        for value, names in owners.items():
            if value and len(names) > 1:
                yield Finding(seen, f"the connected machines {' and '.join(sorted(names))} share one {what}", (value,))
