"""Only declared hosts are contacted, and none after the agent has gone."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from harness.laws.trial import Finding, Seen, Trial
from simulator.contract import PACKAGES_HOST, Event

_OF_ADDRESSES = (".in-addr.arpa", ".ip6.arpa")  # no hosts: asked for by whoever writes a peer's name into its log


def judge(trial: Trial) -> Iterator[Finding]:
    """Look at every host that was asked or asked for since the candidate came to the machine."""
    allowed = (PACKAGES_HOST, *trial.product.allowed_hosts)  # the package manager asks that one
    told: set[tuple[str, str]] = set()
    for seen in trial.transitions():
        for event in _until_next(seen):
            if (
                not event.host
                or event.host.endswith(_OF_ADDRESSES)
                or any(fnmatch.fnmatch(event.host, pattern) for pattern in allowed)
            ):
                continue
            if (seen.run.case, event.host) not in told:
                told.add((seen.run.case, event.host))
                yield Finding(seen, f"the undeclared host {event.host} is contacted", (_shown(event),), (event.host,))
        if seen.kind in ("remove", "uninstall") and seen.transition.after.package == "absent":
            late = [e for e in _until_next(seen) if e.seq > seen.transition.until and e.host != PACKAGES_HOST]
            if late:
                lines = tuple(map(_shown, late[:5]))
                yield Finding(seen, "the machine still contacts Azure after the removal", lines, (late[0].host,))


def _until_next(seen: Seen) -> Iterator[Event]:
    """Give requests and looked-up names from the transition's beginning to the next one's."""
    wanted = (event for event in seen.run.events if event.kind in ("request", "dns") and event.client)
    return (event for event in wanted if seen.transition.since < event.seq <= seen.until_next)


def _shown(event: Event) -> str:
    what = f"{event.method} {event.path}" if event.kind == "request" else "name looked up"
    return f"{event.time} {event.host}: {what} {event.user_agent}".rstrip()
