"""repository: the cloud gets the fault, the machine is made to meet it, and both are as before when it is gone."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.context import Context
from harness.machines.package_managers import PACKAGE_MANAGERS, Script
from harness.model.repository_steps import Repository
from harness.steps import repository
from simulator import contract

MakeContext = Callable[..., Context]


class _Control:
    """Writes down what the cloud is told."""

    def __init__(self, told: list[Any]) -> None:
        self._told = told

    def spoil_repository(self, fault: contract.RepositoryFault) -> None:
        self._told.append(fault)

    def add_fault(self, fault: contract.Fault) -> str:
        self._told.append(fault)
        return str(len(self._told))

    def clear_fault(self, identifier: str) -> None:
        self._told.append(f"clear {identifier}")


class _Machine:
    """An apt machine that writes down what it is told."""

    package_manager = PACKAGE_MANAGERS["apt"]
    network = SimpleNamespace(subnet=ipaddress.IPv4Network("10.0.0.16/28"))

    def __init__(self, told: list[Any]) -> None:
        self._told = told

    def must(self, script: str, what: str) -> str:
        self._told.append(script)
        return what

    def run_script(self, script: Script) -> SimpleNamespace:
        self._told.append(script.line)
        return SimpleNamespace(exit=0)


@pytest.fixture
def told() -> list[Any]:
    """Give what the cloud and the machine were told."""
    return []


@pytest.fixture
def context(make_context: MakeContext, told: list[Any]) -> Context:
    """Give a context whose cloud and apt machine write down what they are told."""
    found = make_context()
    found.control = cast("Any", _Control(told))
    found.machine = cast("Any", _Machine(told))
    return found


def test_a_fault_and_its_end(context: Context, told: list[Any]) -> None:
    """The tree is built; the machine is less patient and has forgotten, and then is as it was."""
    repository.run(context, Repository(fault="wrong-key"))
    repository.run(context, Repository(fault="none"))
    apt = PACKAGE_MANAGERS["apt"]

    assert told == [
        contract.RepositoryFault(key="other"), apt.set_patience("once"), apt.forget(),
        contract.RepositoryFault(), apt.set_patience("usual"), apt.forget(),
    ]  # fmt: skip


def test_faults_of_requests(context: Context, told: list[Any]) -> None:
    """They go with the fault, and no other fault of the cloud does."""
    repository.run(context, Repository(fault="stalled"))
    numbers = context.request_faults
    repository.run(context, Repository(fault="none"))

    assert [item.effect for item in told if isinstance(item, contract.Fault)] == ["latency", "drop"]
    assert [item for item in told if str(item).startswith("clear")] == ["clear 2", "clear 3"]
    assert (numbers, context.request_faults) == (("2", "3"), ())


def test_an_address_where_nobody_is(context: Context, told: list[Any]) -> None:
    """It is the last of the machine's network."""
    repository.run(context, Repository(fault="black-hole"))

    assert told[0] == contract.RepositoryFault(address="10.0.0.30")
    assert PACKAGE_MANAGERS["apt"].set_patience("brief") in told


def test_a_key_that_machines_have(context: Context, told: list[Any]) -> None:
    """The machine is configured again, with the fault and without it."""
    repository.run(context, Repository(fault="expired-key"))
    repository.run(context, Repository(fault="none"))

    assert told.count("sudo dpkg -i packages-microsoft-prod.deb") == 2


def test_a_machine_that_knows_the_repository(context: Context, told: list[Any]) -> None:
    """It keeps what it has read."""
    repository.run(context, Repository(fault="pulled"))

    assert PACKAGE_MANAGERS["apt"].forget() not in told
