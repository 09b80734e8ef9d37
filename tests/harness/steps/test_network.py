"""network: cable, access, trust and proxy each do one thing, and a case without a proxy says so."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest

from harness.context import Context
from harness.errors import LabError
from harness.machines.package_managers import PACKAGE_MANAGERS
from harness.model.scenario import Network
from harness.steps import network

MakeContext = Callable[..., Context]


class _Machine:
    """Writes down what it is told to do."""

    name = "box-1"
    package_manager = PACKAGE_MANAGERS["apt"]

    def __init__(self) -> None:
        self.done: list[str] = []

    def must(self, script: str, what: str) -> str:
        self.done.append(script)
        return ""

    def unplug(self) -> None:
        self.done.append("unplug")

    def plug(self) -> None:
        self.done.append("plug")

    def trust(self, certificate: str, *, name: str) -> None:
        self.done.append(f"trust {certificate} as {name}")


class _Proxy:
    """A proxy that can be stopped, and has a CA."""

    url = "http://proxy.arclab.example:3128"
    hosts: ClassVar = {"proxy": "10.0.1.4"}
    network = SimpleNamespace(address=lambda index: f"10.0.0.{index + 2}")

    def __init__(self, done: list[str]) -> None:
        self.container = SimpleNamespace(stop=lambda: done.append("stop"))
        self.restart = lambda: done.append("restart")

    def certificate(self) -> str:
        return "CA"


_NO_ROUTE = """echo 'Acquire::https::Proxy "http://proxy.arclab.example:3128";' > /etc/apt/apt.conf.d/90proxy"""
_RESOLVE = (
    "printf '10.0.1.4 proxy\\n127.0.1.1 box-1\\n' >> /etc/hosts; cp /etc/resolv.conf /run/resolv.conf\n"
    "echo nameserver 10.0.0.2 > /etc/resolv.conf"
)


@pytest.mark.parametrize(
    ("arguments", "done"),
    [
        (Network(cable="unplugged"), ["unplug"]),
        (Network(cable="plugged"), ["plug"]),
        (Network(access="proxy-only"), [_NO_ROUTE, "unplug", _RESOLVE]),
        (Network(access="proxy-only", told=False), ["unplug", _RESOLVE]),
        (
            Network(access="direct"),
            ["plug", "cat /run/resolv.conf > /etc/resolv.conf", "rm -f /etc/apt/apt.conf.d/90proxy"],
        ),
        (Network(trust="proxy"), ["trust CA as proxy"]),
        (Network(proxy="stopped"), ["stop"]),
        (Network(proxy="started"), ["restart"]),
    ],
)
def test_does_what_the_scenario_says(make_context: MakeContext, arguments: Network, done: list[str]) -> None:
    """Machine and proxy are told, in this order."""
    context, machine = make_context(), _Machine()
    context.machine = cast("Any", machine)
    context.proxy = cast("Any", _Proxy(machine.done))

    network.run(context, arguments)

    assert machine.done == done


@pytest.mark.parametrize("arguments", [Network(access="proxy-only"), Network(trust="proxy"), Network(proxy="stopped")])
def test_a_case_without_a_proxy_says_so(make_context: MakeContext, arguments: Network) -> None:
    """The remedy is a line of the scenario."""
    context = make_context()
    context.machine = cast("Any", _Machine())

    with pytest.raises(LabError, match="no proxy") as raised:
        network.run(context, arguments)

    assert "proxy: open" in str(raised.value)
