"""network: pull the machine's cable or plug it in again, close its ways but the proxy, or trust a proxy's CA."""

from __future__ import annotations

from harness.context import Context
from harness.errors import LabError
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
        machine.must(machine.package_manager.use_proxy(proxy.url), "tell its package manager of the proxy")
        machine.unplug()
        machine.resolve_with(proxy.network.address(0), proxy.hosts)
    else:
        machine.plug()
        machine.resolve_as_before()
        machine.must(machine.package_manager.use_proxy(""), "tell its package manager that there is no proxy")


def _proxy(context: Context) -> Proxy:
    if context.proxy is None:
        raise LabError("no-proxy", "this case has no proxy.", hint="Add 'proxy: open' to the scenario's 'given'.")
    return context.proxy
