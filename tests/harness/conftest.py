"""Doubles of a running case: a context whose machine and cloud answer from tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.context import Context
from harness.distros import load_distros
from harness.machines.package_managers import PACKAGE_MANAGERS
from harness.machines.service_managers import SERVICE_MANAGERS
from harness.machines.session import Completed
from harness.model.distro import Distro
from harness.model.plan import PackageVersion
from harness.model.product import Product, load_product
from harness.model.record import CommandRecord
from harness.products import DEFAULT_PRODUCT
from harness.versions import Versions
from simulator.contract import Event

NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
MakeContext = Callable[..., Context]


class FakeControl:
    """A cloud that has seen some events and knows some machines."""

    def __init__(self, events: list[Event], machines: list[Any], alerts: list[Any]) -> None:
        self.events = events
        self._machines = machines
        self._alerts = alerts
        self.now = NOON

    def fetch(self) -> list[Event]:
        return []

    def lab_now(self) -> datetime:
        return self.now

    def machines(self) -> list[Any]:
        return self._machines

    def alerts(self) -> list[Any]:
        return self._alerts


class FakeMachine:
    """A machine that gives prepared answers, one after another; the last stays."""

    def __init__(self, answers: list[Completed], family: str) -> None:
        self.asked: list[str] = []
        self.boots = 1
        self.package_manager = PACKAGE_MANAGERS[family]  # type: ignore[index] # a family's name
        self.services = SERVICE_MANAGERS["systemd"]
        self._answers = answers

    def masked(self, text: str) -> str:
        """Hide the double's one secret."""
        return text.replace("s3cret", "********")

    def read(self, script: str) -> Completed:
        self.asked.append(script)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@pytest.fixture(scope="session")
def debian_12() -> Distro:
    """Give the facts of the distro debian-12."""
    return load_distros()["debian-12"]


@pytest.fixture(scope="session")
def azcmagent() -> Product:
    """Give what the harness knows about the agent."""
    return load_product(DEFAULT_PRODUCT)


@pytest.fixture
def make_context(debian_12: Distro, azcmagent: Product) -> MakeContext:
    """Give a factory of contexts: `answers` are (exit, stdout, stderr) of the machine's looks."""

    def make(
        *,
        answers: list[tuple[int, str, str]] | None = None,
        events: list[Event] | None = None,
        machines: list[Any] | None = None,
        alerts: list[Any] | None = None,
        commands: list[CommandRecord] | None = None,
        family: str = "apt",
    ) -> Context:
        every = Versions((PackageVersion("1.28", "1.28.1.2"), PackageVersion("1.50", "1.50.3.4")))
        looks = [Completed(exit_code, out, err, 0.0) for exit_code, out, err in answers or [(0, "", "")]]
        return Context(
            case=cast("Any", None),
            distro=debian_12,
            product=azcmagent,
            azure=cast("Any", SimpleNamespace(subscription_id="s", resource_group="g", principals=())),
            control=cast("Any", FakeControl(events or [], machines or [], alerts or [])),
            arm=cast("Any", None),
            machine=cast("Any", FakeMachine(looks, family)),
            every=every,
            published=every,
            commands=commands or [],
        )

    return make


@pytest.fixture
def make_command() -> Callable[..., CommandRecord]:
    """Give a factory of the records of commands."""

    def make(exit_code: int | None = 0, stdout: str = "", stderr: str = "") -> CommandRecord:
        return CommandRecord("box-1", "a command", exit_code, stdout, stderr, "lab", "true", 1.5)

    return make
