"""network: pull the machine's cable or plug it in again, close its ways but the proxy, or trust a proxy's CA."""

from __future__ import annotations

from collections.abc import Mapping

from harness.context import Context
from harness.errors import LabError
from harness.machines.machine import Machine
from harness.model.scenario import Network
from harness.proxy import Proxy


def run(context: Context, arguments: Network) -> None:
    """Do it. Raises: LabError when a proxy is spoken of and the case has none."""
    machine = context.machine
    if arguments.cable == "unplugged":
        machine.unplug()
    elif arguments.cable == "plugged":
        machine.plug()
    elif arguments.proxy == "stopped":
        _proxy(context).container.stop()
    elif arguments.proxy == "started":
        _proxy(context).restart()
    elif arguments.trust:
        machine.trust(_proxy(context).certificate(), name="proxy")
    elif arguments.access == "proxy-only":
        proxy = _proxy(context)
        if arguments.told:
            machine.must(machine.package_manager.use_proxy(proxy.url), "tell its package manager of the proxy")
        machine.unplug()
        _resolve_with(machine, proxy.network.address(0), proxy.hosts)
    else:
        machine.plug()
        machine.must("cat /run/resolv.conf > /etc/resolv.conf", "change its name server back")
        machine.must(machine.package_manager.use_proxy(""), "tell its package manager that there is no proxy")


def _resolve_with(machine: Machine, address: str, hosts: Mapping[str, str]) -> None:
    """Let a machine ask this name server instead of the engine's, and know these names; a reboot undoes it.

    The engine takes a machine's own name away with the cable.
    """
    known = {**hosts, machine.name: "127.0.1.1"}
    lines = "\\n".join(f"{where} {name}" for name, where in known.items())
    machine.must(
        f"printf '{lines}\\n' >> /etc/hosts; cp /etc/resolv.conf /run/resolv.conf\n"
        f"echo nameserver {address} > /etc/resolv.conf",
        "change its name server",
    )


def _proxy(context: Context) -> Proxy:
    if context.proxy is None:
        raise LabError("no-proxy", "this case has no proxy.", hint="Add 'proxy: open' to the scenario's 'given'.")
    return context.proxy
