"""Looks at package, services, agent and cloud tell absent from unreadable, and compare as the scenario says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from harness.context import Context
from harness.errors import LabError
from harness.model.expectation import Text
from harness.model.record import CommandRecord
from harness.observers import OBSERVERS
from simulator.contract import Alert, Event, MachineState

MakeContext = Callable[..., Context]
MakeCommand = Callable[..., CommandRecord]


def _machine(name: str = "box-1", version: str = "1.50.3.4") -> MachineState:
    return MachineState(f"/m/{name}", name, "vm-1", "Connected", "Succeeded", agent_version=version)


@pytest.mark.parametrize(
    ("subject", "answer", "state", "value"),
    [
        ("machine.version", (0, "installed 1.2\n", ""), "seen", "1.2"),
        ("machine.version", (0, "half-installed 1.2\n", ""), "seen", "1.2"),
        ("machine.version", (0, "absent\n", ""), "absent", "absent"),
        ("machine.version", (2, "", "cannot read"), "unreadable", None),
        ("machine.version", (0, "", ""), "unreadable", None),
        ("machine.package", (0, "half-installed 1.2\n", ""), "seen", "half-installed"),
        ("machine.package", (0, "absent\n", ""), "absent", "absent"),
        ("machine.package", (1, "", ""), "unreadable", None),
        ("machine.package-log", (0, "status installed azcmagent\n", ""), "seen", "status installed azcmagent\n"),
        ("machine.package-log", (1, "", ""), "absent", ""),
        ("machine.package-log", (2, "", "permission"), "unreadable", None),
        ("machine.agent-version", (0, "azcmagent version 1.50.3.4\n", ""), "seen", "1.50.3.4"),
        ("machine.agent-version", (127, "", ""), "absent", "absent"),
        ("machine.agent-version", (0, "no number", ""), "unreadable", None),
        ("machine.agent-version", (1, "1.50.3.4", ""), "unreadable", None),
        ("machine.show", (0, '{"status": "Connected"}', ""), "seen", {"status": "Connected"}),
        ("machine.show", (127, "", ""), "absent", {}),
        ("machine.show", (1, "panic", ""), "unreadable", None),
    ],
)
def test_reads_the_machine(
    make_context: MakeContext, subject: str, answer: tuple[int, str, str], state: str, value: Any
) -> None:
    """Each answer of the machine is seen, absent or unreadable."""
    seen = OBSERVERS[subject].read(make_context(answers=[answer]), None, "")

    assert (seen.subject, seen.state, seen.value) == (subject, state, value)


def test_reads_services(make_context: MakeContext) -> None:
    """A unit that systemd cannot find is absent, and an inactive one is not."""
    output = (
        "Id=a.service\nLoadState=loaded\nActiveState=active\n\n"
        "Id=b.service\nLoadState=not-found\nActiveState=inactive\n\n"
        "Id=c.timer\nLoadState=loaded\nActiveState=inactive\n"
    )
    context = make_context(answers=[(0, output, "")])

    seen = OBSERVERS["machine.services"].read(context, {"a": "", "b": "", "c.timer": ""}, "")

    assert seen.value == {"a": "active", "b": "absent", "c.timer": "inactive"}
    assert context.machine.asked[0].endswith("a.service b.service c.timer")  # type: ignore[attr-defined] # the double


def test_services_that_systemd_does_not_tell_are_unreadable(make_context: MakeContext) -> None:
    """A bus that does not answer is no stopped service."""
    context = make_context(answers=[(1, "", "Failed to connect to bus")])

    seen = OBSERVERS["machine.services"].read(context, {"a": "active"}, "")

    assert (seen.state, seen.detail) == ("unreadable", "exit 1: Failed to connect to bus")


@pytest.mark.parametrize(
    ("subject", "expected", "seen", "problem"),
    [
        ("machine.version", "1.50", "1.50.3.4", ""),
        ("machine.version", "latest", "1.28.1.2", "is '1.28.1.2', not '1.50.3.4'"),
        ("machine.version", "absent", "absent", ""),
        ("machine.agent-version", "previous", "1.28.1.2", ""),
        ("cloud.version", "1.28", "absent", "is 'absent', not '1.28.1.2'"),
        ("machine.services", {"a": "active"}, {"a": "failed"}, "'a' is 'failed', not 'active'"),
        ("machine.show", {"a": "", "b": "1"}, {"b": 1}, ""),
        ("machine.show", {"a": "x"}, {}, "'a' is '', not 'x'"),
        ("machine.show", {"a": Text(contains="x")}, {}, "'a' is missing"),
        (
            "machine.show",
            {"a": Text(contains="x"), "b": "c"},
            {"a": "yz", "b": "d"},
            "'a' lacks 'x'; 'b' is 'd', not 'c'",
        ),
        ("machine.boots", "unchanged", 1, ""),
        ("machine.boots", "unchanged", 2, "is 2, not 1"),
        ("machine.package-log", "1.50", "upgrade azcmagent 1.28.1.2 1.50.3.4", ""),
        ("machine.package-log", "1.50", "install azcmagent 1.28.1.2", "has no line of this step that names '1.50.3.4'"),
        ("cloud.vm-id", "changed", "vm-2", ""),
        ("cloud.vm-id", "changed", "vm-1", "is still 'vm-1'"),
        ("cloud.vm-id", "changed", "absent", "is still 'absent'"),
        ("command.versions", "published", ["1.28.1.2", "1.50.3.4"], ""),
        ("command.versions", "published", ["1.28.1.2", "9"], "lacks 1.50.3.4; has also 9"),
        ("command.versions", ("1.28",), ["1.28.1.2"], ""),
        ("cloud.status", "Connected", "Expired", "is 'Expired', not 'Connected'"),
        ("cloud.alert-count", 1, 1, ""),
        ("cloud.vm-id", "unchanged", "vm-2", "is 'vm-2', was vm-1"),
    ],
)
def test_compares(make_context: MakeContext, subject: str, expected: Any, seen: Any, problem: str) -> None:
    """Versions are resolved, mappings compared entry by entry, and each problem says what was seen."""
    context = make_context()
    context.vm_ids["box-1"] = "vm-1"
    context.boots_before = 1

    assert problem == OBSERVERS[subject].mismatch(context, expected, seen)


@pytest.mark.parametrize(
    ("subject", "value"),
    [("cloud.status", "Connected"), ("cloud.version", "1.50.3.4"), ("cloud.vm-id", "vm-1")],
)
def test_reads_a_connected_machine(make_context: MakeContext, subject: str, value: str) -> None:
    """The case's only machine needs no name, and one that is not there is absent."""
    context = make_context(machines=[_machine()])
    by_name, alone, missing = (OBSERVERS[subject].read(context, None, name) for name in ("box-1", "", "box-2"))

    assert (by_name.value, alone.value, missing.value, missing.state) == (value, value, "absent", "absent")


def test_several_machines_need_a_name(make_context: MakeContext) -> None:
    """With two connected machines nobody can tell which is meant, so nothing is told."""
    context = make_context(machines=[_machine("a"), _machine("b")])

    with pytest.raises(LabError, match="several connected machines") as caught:
        OBSERVERS["cloud.status"].read(context, None, "")

    assert "a, b" in caught.value.hint


@pytest.mark.parametrize(
    ("alerts", "values"),
    [
        ([], ("none", 0, 0)),
        ([Alert("1", "/m/box-1", "t", deliveries=1)], ("active", 1, 1)),
        ([Alert("1", "/m/box-1", "t", "u", deliveries=1), Alert("2", "/m/box-1", "t", "u")], ("resolved", 2, 0)),
        ([Alert("1", "/m/box-10", "t")], ("none", 0, 0)),
    ],
    ids=["none", "active", "resolved", "another machine's"],
)
def test_reads_the_newest_alert_of_a_machine(
    make_context: MakeContext, alerts: list[Alert], values: tuple[str, int, int]
) -> None:
    """State, number and deliveries are of the machine that is meant."""
    context = make_context(alerts=alerts)
    names = ("cloud.alerts", "cloud.alert-count", "cloud.deliveries")

    assert values == tuple(OBSERVERS[name].read(context, None, "box-1").value for name in names)


def test_reads_what_the_webhook_was_told_last(make_context: MakeContext) -> None:
    """Schema, essentials and properties of the newest body are one mapping; without a body there is none."""
    bodies = [
        {"schemaId": "s", "data": {"essentials": {"monitorCondition": condition, "configurationItems": ["a", "b"]},
                                   "alertContext": {"properties": {"currentHealthStatus": "Available"}}}}
        for condition in ("Fired", "Resolved")
    ]  # fmt: skip
    events = [Event(1, "t", "t", "webhook", data={"body": body}) for body in bodies]
    seen = OBSERVERS["cloud.webhook"].read(make_context(events=events), None, "")
    nothing = OBSERVERS["cloud.webhook"].read(make_context(), None, "")

    assert seen.value == {
        "schemaId": "s", "monitorCondition": "Resolved", "configurationItems": "a, b",
        "currentHealthStatus": "Available",
    }  # fmt: skip
    assert (nothing.state, nothing.value) == ("absent", None)


def test_reads_the_output_of_all_commands(make_context: MakeContext, make_command: MakeCommand) -> None:
    """The streams of a step's commands are joined, the last exit status counts."""
    context = make_context(commands=[make_command(1, "a", "b"), make_command(0, "", "c")])
    names = ("command.stdout", "command.stderr", "command.output", "command.exit")

    assert [OBSERVERS[name].read(context, None, "").value for name in names] == ["a", "b\nc", "a\nb\nc", 0]


def test_a_command_that_did_not_end_is_unreadable(make_context: MakeContext, make_command: MakeCommand) -> None:
    """A time-out is neither success nor failure of the product."""
    command = msgspec.structs.replace(make_command(None), running=("9 S - a", "9 S - b"))
    seen = OBSERVERS["command.exit"].read(make_context(commands=[command]), None, "")

    assert (seen.state, seen.detail) == ("unreadable", "'a command' did not end in 2 s; it ran 9 S - b; it ran 9 S - a")


@pytest.mark.parametrize(
    ("stdout", "stderr", "said"),
    [("a\nb\n \n", "", "b"), ("a\n", "E: no\n", "E: no"), ("", "", "")],
    ids=["all it said", "of errors", "nothing"],
)
def test_a_command_that_failed_has_its_last_words(
    make_context: MakeContext, make_command: MakeCommand, stdout: str, stderr: str, said: str
) -> None:
    """A report's first line tells why, where the machine is long gone."""
    seen = OBSERVERS["command.exit"].read(make_context(commands=[make_command(100, stdout, stderr)]), None, "")

    assert (seen.value, seen.detail) == (100, said)


def test_reads_the_listed_versions(make_context: MakeContext, make_command: MakeCommand) -> None:
    """The last command's listing is read as the package manager writes it."""
    listing = " azcmagent | 1.50.3.4 | r\n azcmagent | 1.28.1.2 | r\n"

    seen = OBSERVERS["command.versions"].read(make_context(commands=[make_command(0, listing)]), None, "")

    assert seen.value == ["1.28.1.2", "1.50.3.4"]
