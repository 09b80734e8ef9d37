"""Only declared hosts are contacted, and none after the agent has gone."""

from __future__ import annotations

import fnmatch
import ipaddress
import re
from collections.abc import Iterator

from harness.laws.script_lines import script_lines
from harness.laws.script_reach import BEGINS
from harness.laws.trial import Finding, Seen, Trial
from simulator.contract import PACKAGES_HOST, Event

_OF_ADDRESSES = (".in-addr.arpa", ".ip6.arpa")  # no hosts: asked for by whoever writes a peer's name into its log
#: Programs that ask somebody, at the beginning of a command of a script; not the machine itself, by a socket.
_ASKS = re.compile(
    rf"{BEGINS}(?P<command>curl|wget|nc|ncat|netcat|telnet|ftp|ssh|scp|sftp|ping6?|nslookup|dig|host|git\s+(?:clone|fetch"
    r"|pull|ls-remote))\s+(?P<words>[^;&|)`]*)"
)
_LOOKS = re.compile(r"(^|\s)(-V|-h|--version|--help|-U|--unix-socket)(\s|$)")
_URL = re.compile(r"\b[a-z]+://(?:[^/@\s]*@)?(?P<host>\[[^\]]*\]|[^/:\s]+)")
_HOST = re.compile(r"[\da-z][\w-]*(\.[\w-]+)+|localhost|[\da-f:]*::[\da-f]*")
_DEVICE = re.compile(r"/dev/(?:tcp|udp)/(?P<host>[^/\s]+)/")
_HERE = ("localhost", "ip6-localhost")


def judge(trial: Trial) -> Iterator[Finding]:
    """Look at every host that was asked or asked for since the candidate came to the machine."""
    allowed = (PACKAGES_HOST, *trial.product.allowed_hosts)  # the package manager asks that one
    yield from _scripts(trial, allowed)
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


def _scripts(trial: Trial, allowed: tuple[str, ...]) -> Iterator[Finding]:
    """Tell of maintainer scripts that ask others, also where no machine of ours has the program or the way to them.

    Of what the previous release's asked nothing is told, nor of declared hosts and of the machine itself.
    """
    old = trial.old.scripts if trial.old else {}
    known = {line.text.strip() for text in old.values() for line in script_lines(text)}
    for script, text in trial.new.scripts.items():
        for line in script_lines(text) if trial.new.package.format != "msi" else ():
            if line.text.strip() in known:
                continue
            for command, host in _asked(line.text):
                if _is_here(host) or any(fnmatch.fnmatch(host, pattern) for pattern in allowed):
                    continue
                evidence = (f"{script}:{line.number}: {line.written}",)
                summary = f"{script} asks {host or 'a host'} by {command}, whom the product does not declare"
                yield Finding(None, summary, evidence, (line.written, command), script, line=line.number)


def _asked(line: str) -> Iterator[tuple[str, str]]:
    """Give (command, host) of what a line asks; the host is empty where the line does not say which."""
    for found in _ASKS.finditer(line):
        if _LOOKS.search(found["words"]):
            continue
        named = [url["host"] for url in _URL.finditer(found["words"])]
        hosts = named or [word for word in found["words"].split() if _HOST.fullmatch(word)][-1:] or [""]
        yield from ((found["command"], "" if "$" in host else host.strip("[]").casefold()) for host in hosts)
    yield from (("/dev/tcp", found["host"]) for found in _DEVICE.finditer(line))


def _is_here(host: str) -> bool:
    """Say whether a host is the machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in _HERE


def _until_next(seen: Seen) -> Iterator[Event]:
    """Give requests and looked-up names from the transition's beginning to the next one's."""
    wanted = (event for event in seen.run.events if event.kind in ("request", "dns") and event.client)
    return (event for event in wanted if seen.transition.since < event.seq <= seen.until_next)


def _shown(event: Event) -> str:
    what = f"{event.method} {event.path}" if event.kind == "request" else "name looked up"
    return f"{event.time} {event.host}: {what} {event.user_agent}".rstrip()
