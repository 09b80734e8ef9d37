"""Systemd is asked in its own protocol, and what goes wrong on the way is an error."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jeepney import HeaderFields, Message, new_error, new_method_return, new_signal
from jeepney.low_level import Parser
from jeepney.wrappers import DBusAddress

from harness.errors import LabError
from harness.machines import systemd
from harness.machines.systemd import look_at_systemd

_ROW = "(ssssssouso)"


def _row(name: str, load: str, active: str) -> tuple[Any, ...]:
    return (name, "", load, active, "", "", f"/unit/{name.partition('.')[0]}", 0, "", "/")


_ANSWERS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "ListUnitsByPatterns": (
        f"a{_ROW}",
        ([_row("cron.service", "loaded", "active"), _row("himdsd.service", "loaded", "active")],),
    ),
    "ListUnitsByNames": (
        f"a{_ROW}",
        (
            [
                _row("himdsd.service", "loaded", "active"),
                _row("y.service", "loaded", "inactive"),
                _row("x.service", "not-found", "inactive"),
            ],
        ),
    ),
    "Environment": ("v", (("as", ["PATH=/bin", "LANG=C"]),)),
    "/unit/himdsd": ("v", (("s", "enabled"),)),
    "/unit/y": ("v", (("s", ""),)),
}


_NEWS = new_signal(DBusAddress("/", interface="a.b"), "UnitNew", "s", ("news",)).serialise(serial=1)


class Systemd:
    """Answers at the machine's end of the pipes, as the bridge does. Lives until the harness goes."""

    def __init__(self, work: Path) -> None:
        self.answers = dict(_ANSWERS)
        self.greeting = b"OK 42\r\n"
        self.ends_after_greeting = False
        self.complaint = ""
        self.asked: list[str] = []
        self._work = work
        self._thread = threading.Thread(target=self._serve)

    def must(self, script: str, what: str) -> None:
        """Start it, in place of the bridge."""
        self._thread.start()

    def wait(self) -> None:
        """Wait until it has seen that the harness went."""
        self._thread.join()

    def _serve(self) -> None:
        questions = os.open(self._work / "systemd.questions", os.O_RDONLY)
        answers = os.open(self._work / "systemd.answers", os.O_WRONLY)
        try:
            received = os.read(questions, 65536)
            if self.complaint:
                (self._work / "systemd.complaints").write_text(self.complaint)
            os.write(answers, self.greeting + _NEWS)  # systemd tells of what happens from the first moment on
            parser = Parser()
            parser.add_data(received.partition(b"BEGIN\r\n")[2])
            while not self.ends_after_greeting:
                while (message := parser.get_next_message()) is None:
                    received = os.read(questions, 65536)
                    if not received:
                        return
                    parser.add_data(received)
                self._answer(answers, message)
        finally:
            os.close(questions)
            os.close(answers)

    def _answer(self, answers: int, message: Message) -> None:
        fields = message.header.fields
        member, path = fields[HeaderFields.member], fields[HeaderFields.path]
        name = (path if path.startswith("/unit/") else message.body[1]) if member == "Get" else member
        self.asked.append(name)
        if name in self.answers:
            answer = new_method_return(message, *self.answers[name])
        else:
            answer = new_error(message, "no.Such", "s", (name,))
        data = _NEWS + answer.serialise(serial=2)
        os.write(answers, data[:20])
        os.write(answers, data[20:])


@pytest.fixture
def machine(tmp_path: Path) -> Systemd:
    """Give systemd behind a folder's pipes."""
    return Systemd(tmp_path)


def _look(machine: Systemd, folder: Path) -> tuple[dict[str, str], tuple[str, ...]]:
    try:
        return look_at_systemd(folder, machine.must, ("himdsd", "y", "x"))
    finally:
        machine.wait()


def test_units_and_environment_are_read(machine: Systemd, tmp_path: Path) -> None:
    """Own units say whether they are enabled, or that they are absent; others what they are; signals are no answers."""
    assert _look(machine, tmp_path) == (
        {
            "cron.service": "loaded active",
            "himdsd.service": "active enabled",
            "y.service": "inactive static",
            "x.service": "absent",
        },
        ("LANG=C", "PATH=/bin"),
    )


def test_each_look_has_pipes_of_its_own(tmp_path: Path) -> None:
    """What an earlier look has left in the folder is in nobody's way."""
    assert _look(Systemd(tmp_path), tmp_path) == _look(Systemd(tmp_path), tmp_path)


def _refuse(machine: Systemd) -> None:
    machine.greeting = b"REJECTED\r\n"


def _end(machine: Systemd) -> None:
    machine.ends_after_greeting = True


def _forget(machine: Systemd) -> None:
    del machine.answers["/unit/y"]


@pytest.mark.parametrize(
    ("harm", "why"),
    [(_refuse, "greets with"), (_end, "connection has ended"), (_forget, "no.Such: .*'/unit/y'")],
)
def test_what_goes_wrong_is_an_error(
    machine: Systemd, tmp_path: Path, harm: Callable[[Systemd], None], why: str
) -> None:
    """Nothing is taken for an empty answer; what the bridge complained of is said."""
    harm(machine)
    (tmp_path / "systemd.complaints").write_text("of an earlier look\n")
    machine.complaint = "Failed to start bus client\n"

    with pytest.raises(LabError, match=why) as caught:
        _look(machine, tmp_path)

    assert caught.value.hint == "Failed to start bus client"


def test_a_bridge_that_never_starts_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait for it ends."""
    monkeypatch.setattr(systemd, "ANSWER_LIMIT_S", 0.05)

    with pytest.raises(LabError, match="says nothing"):
        look_at_systemd(tmp_path, lambda *_: None, ("x",))
