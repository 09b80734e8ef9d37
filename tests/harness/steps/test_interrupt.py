"""interrupt and repair: what is done to the machine, and that a harm which was not done is an error."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.context import Context
from harness.errors import LabError
from harness.machines.package_managers import PACKAGE_MANAGERS, Script
from harness.model.crash_steps import Interrupt, Repair
from harness.steps import interrupt, repair

MakeContext = Callable[..., Context]


class _Machine:
    """Answers what it is asked, and writes down what is done to it."""

    package_manager = PACKAGE_MANAGERS["apt"]

    def __init__(self, answer: str = "") -> None:
        self.done: list[str] = []
        self.answer = answer
        self.status = 0

    def must(self, script: str, what: str) -> str:
        return self.answer

    def run_unattended(self, script: Script) -> SimpleNamespace:
        self.done.append(script.line)
        return SimpleNamespace(exit=self.status)

    def run_script(self, script: Script) -> SimpleNamespace:
        self.done.append(script.line)
        return SimpleNamespace(exit=0)


@pytest.fixture
def harmed(make_context: MakeContext, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Give a function that interrupts on a machine where commands end with `status`, and tells what was done."""

    def run(arguments: Interrupt, *, status: int = 100, met: bool = True, scripts: str = "preinst") -> list[str]:
        machine = _Machine(scripts)
        context = make_context()
        context.machine = cast("Any", machine)
        context.version = lambda _: SimpleNamespace(version="1.2")  # type: ignore[method-assign,assignment,return-value]

        @contextlib.contextmanager
        def around(_: object, place: str) -> Iterator[None]:
            machine.done.append(place)
            yield

        def strike(_: object, script: Script, at: str, by: str, *, removes: bool) -> tuple[int, bool]:
            machine.done.append(f"{by} at {at}: {script.line}")
            assert removes is (arguments.of == "removal")
            return status, met

        machine.status = status
        for name, does in {"strike": strike, "full_disk": around, "held_lock": around}.items():
            monkeypatch.setattr(interrupt, name, does)
        interrupt.run(context, arguments)
        assert context.accepted_exits == (status,)
        return machine.done

    return run


@pytest.mark.parametrize(
    ("arguments", "done"),
    [
        (Interrupt(by="kill", at="postinst"), ["kill at postinst: sudo apt install azcmagent=1.2"]),
        (Interrupt(by="power", of="removal", at="prerm"), ["power at prerm: sudo apt purge azcmagent"]),
        (Interrupt(by="full-disk"), ["/var/cache/apt/archives", "sudo apt install azcmagent=1.2"]),
        (Interrupt(by="full-disk", at="unpack"), ["/opt", "sudo apt install azcmagent=1.2"]),
        (
            Interrupt(by="lock"),
            ["/var/lib/dpkg/lock-frontend", "sudo apt -o DPkg::Lock::Timeout=1 install azcmagent=1.2"],
        ),
    ],
)
def test_harm_is_done(harmed: Callable[..., list[str]], arguments: Interrupt, done: list[str]) -> None:
    """At the boundary, or before the command; every exit status is right."""
    assert harmed(arguments) == done


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        (Interrupt(by="kill", at="preinst"), {"met": False}),
        (Interrupt(by="power", at="unpack"), {"met": False, "scripts": ""}),
        (Interrupt(by="full-disk"), {"status": 0}),
        (Interrupt(by="lock"), {"status": 0}),
    ],
)
def test_harm_that_was_not_done_is_an_error(
    harmed: Callable[..., list[str]], arguments: Interrupt, seen: dict[str, Any]
) -> None:
    """A boundary that was not met, a full disk or a lock that nobody minded."""
    with pytest.raises(LabError, match="no harm was done"):
        harmed(arguments, **seen)


def test_a_script_that_a_package_has_not_is_no_boundary(harmed: Callable[..., list[str]]) -> None:
    """Its installation goes on undisturbed."""
    assert harmed(Interrupt(by="kill", at="postinst"), met=False, scripts="preinst", status=0)


def test_repair_is_as_documented(make_context: MakeContext) -> None:
    """For the state that the package is in."""
    context, machine = make_context(), _Machine("half-installed 1.2")
    context.machine = cast("Any", machine)
    context.version = lambda _: SimpleNamespace(version="1.2")  # type: ignore[method-assign,assignment,return-value]

    repair.run(context, Repair())

    assert machine.done == [
        "sudo dpkg --configure -a", "sudo apt --fix-broken install", "sudo apt install azcmagent=1.2"
    ]  # fmt: skip


def test_a_removal_is_repaired_by_a_removal(make_context: MakeContext) -> None:
    """dpkg is made whole first; rpm has nothing to do where the package has gone."""
    context, machine = make_context(), _Machine("half-installed 1.2")
    context.machine = cast("Any", machine)

    repair.run(context, Repair(of="removal"))

    assert machine.done == ["sudo dpkg --configure -a", "sudo apt --fix-broken install", "sudo apt purge azcmagent"]
    assert [script.line for script in PACKAGE_MANAGERS["yum"].repair_removal("azcmagent", "installed")] == [
        "sudo yum remove azcmagent"
    ]
    assert PACKAGE_MANAGERS["yum"].repair_removal("azcmagent", "absent") == []


@pytest.mark.parametrize(
    ("state", "lines"),
    [
        ("absent", ["sudo yum install azcmagent-1.2"]),
        ("installed 1.2", ["sudo yum reinstall azcmagent"]),
        ("half-installed 1.1 1.2", ["sudo yum remove azcmagent", "sudo yum install azcmagent-1.2"]),
    ],
)
def test_an_rpm_is_installed_again(state: str, lines: list[str]) -> None:
    """Two versions at once are both removed first."""
    assert [script.line for script in PACKAGE_MANAGERS["yum"].repair("azcmagent", "1.2", state)] == lines


def test_a_broken_deb_is_installed_again() -> None:
    """dpkg may refuse to configure what it calls broken, and apt does nothing before it was asked."""
    scripts = PACKAGE_MANAGERS["apt"].repair("azcmagent", "1.2", "half-installed 1.1 reinst-required")

    assert [(script.line, script.accept) for script in scripts] == [
        ("sudo dpkg --configure -a", (1,)), ("sudo apt install azcmagent=1.2", ())
    ]  # fmt: skip


def test_a_refusal_is_known_where_an_old_release_is_told_of_it() -> None:
    """dpkg calls the old package's scripts; rpm has called none by then."""
    script = PACKAGE_MANAGERS["apt"].refuse_next("azcmagent", "/run/work")

    assert script.line.startswith("sudo sh -ec 'cd /run/work;")
    with pytest.raises(LabError, match="interrupt-refusal"):
        PACKAGE_MANAGERS["yum"].refuse_next("azcmagent", "/run/work")
