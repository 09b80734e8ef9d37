"""between.*: what the cloud's journal holds since the step began."""

from __future__ import annotations

import fnmatch
import ipaddress
import itertools
from datetime import datetime

from harness.context import Context
from harness.model.record import Observation


def heartbeats(context: Context) -> Observation:
    """Count accepted heartbeats."""
    return Observation("between.heartbeats", "seen", sum(event.kind == "heartbeat" for event in context.events()))


def heartbeat_gap(context: Context) -> Observation:
    """Give the longest time between two heartbeats, in seconds of lab time.

    The gap begins with the last heartbeat before the step, and ends with the first after it or with now.
    """
    context.control.fetch()
    beats = [event for event in context.control.events if event.kind == "heartbeat"]
    before = [_seconds(event.time) for event in beats if event.seq <= context.since][-1:]
    moments = [*before, *(_seconds(event.time) for event in beats if event.seq > context.since)]
    moments.append(context.control.lab_now().timestamp())
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    if not gaps:
        return Observation("between.heartbeat-gap", "absent", None, "no heartbeat was ever accepted")
    return Observation("between.heartbeat-gap", "seen", round(max(gaps), 1))


def requests(context: Context, operation: str) -> Observation:
    """Count requests of an operation, whatever became of them."""
    count = sum(event.kind == "request" and event.operation == operation for event in context.events())
    return Observation(f"between.requests.{operation}", "seen", count)


def ways(context: Context, pattern: str) -> Observation:
    """Tell how the machines' requests for hosts of a pattern came to the cloud: by the proxy, direct, both or none."""
    found = {
        _way(context, event.client)
        for event in context.events()
        if event.kind == "request" and event.client and fnmatch.fnmatch(event.host, pattern)
    }
    strange = sorted(found - {"direct", "proxy"})
    if strange:
        why = f"'{strange[0]}' is neither a machine nor the proxy; does the host translate addresses (iptables)?"
        return Observation(f"between.ways.{pattern}", "unreadable", None, why)
    return Observation(f"between.ways.{pattern}", "seen", "both" if len(found) > 1 else next(iter(found), "none"))


def _way(context: Context, client: str) -> str:
    """Tell whether an address is the proxy's or a machine's, on either network; another one stays as it is."""
    proxy = context.proxy
    if proxy is not None and client == proxy.address:
        return "proxy"
    is_inside = proxy is not None and ipaddress.ip_address(client) in proxy.network.subnet
    is_direct = is_inside or any(client == machine.address for machine in context.machines.values())
    return "direct" if is_direct else client


def undeclared_hosts(context: Context) -> Observation:
    """List hosts that somebody contacted or looked up, and that the product does not declare.

    A proxy looks up who its clients are; that is its own affair.
    """
    allowed = context.product.allowed_hosts
    proxy = context.proxy.address if context.proxy else ""
    asked = {
        event.host
        for event in context.events()
        if event.kind in ("request", "dns") and event.host
        if not (event.client == proxy and event.host.endswith(".in-addr.arpa"))
    }
    strange = sorted(host for host in asked if not any(fnmatch.fnmatch(host, pattern) for pattern in allowed))
    return Observation("between.undeclared-hosts", "seen", strange)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
