"""Ask a machine's systemd in its own protocol: three calls of `systemctl` cost five times as much as one connection.

A program of systemd's, `systemd-stdio-bridge`, passes messages on between systemd and two pipes in the machine's work
folder. A connection lasts for one look: systemd tells whoever is connected to its own socket of all that happens.
"""

from __future__ import annotations

import contextlib
import os
import select
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, HeaderFields, Message, MessageType, new_method_call
from jeepney.low_level import Parser

from harness.errors import LabError
from harness.machines.file_changes import WORK

ANSWER_LIMIT_S = 60.0
_QUESTIONS, _ANSWERS, _COMPLAINTS = "systemd.questions", "systemd.answers", "systemd.complaints"
_NAME, _PATH = "org.freedesktop.systemd1", "/org/freedesktop/systemd1"
_MANAGER = DBusAddress(_PATH, _NAME, f"{_NAME}.Manager")
_LISTED = ["*.service", "*.timer", "*.socket", "*.path"]
_ID, _LOAD, _ACTIVE, _OBJECT = 0, 2, 3, 6  # places in a row of a list of units


def look_at_systemd(
    work: Path, must: Callable[[str, str], object], own: Sequence[str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Give the state of each unit by name, and the environment of services, sorted.

    `own` are services: `active enabled`, or `absent` where systemd finds no such unit. All others that are loaded say
    `loaded active`. `work` is the host's path of the folder that the machine has as `WORK`; `must` runs a script there,
    and takes what it does beside it.
    Raises: LabError when systemd cannot be asked. Source: org.freedesktop.systemd1(5).
    """
    with _conversation(work, must) as ask:
        (listed,), (found,), ((_, environment),) = ask(
            new_method_call(_MANAGER, "ListUnitsByPatterns", "asas", ([], _LISTED)),
            new_method_call(_MANAGER, "ListUnitsByNames", "as", ([f"{name}.service" for name in own],)),
            _get(_PATH, "Manager", "Environment"),
        )
        loaded = [row for row in found if row[_LOAD] != "not-found"]
        enabled = ask(*(_get(row[_OBJECT], "Unit", "UnitFileState") for row in loaded))
    units = {row[_ID]: f"{row[_LOAD]} {row[_ACTIVE]}" for row in listed}
    units |= {row[_ID]: "absent" for row in found}
    units |= {row[_ID]: f"{row[_ACTIVE]} {said or 'static'}" for row, ((_, said),) in zip(loaded, enabled, strict=True)}
    return units, tuple(sorted(environment))


def _get(path: str, interface: str, name: str) -> Message:
    properties = DBusAddress(path, _NAME, "org.freedesktop.DBus.Properties")
    return new_method_call(properties, "Get", "ss", (f"{_NAME}.{interface}", name))


@contextlib.contextmanager
def _conversation(work: Path, must: Callable[[str, str], object]) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    """Connect; gives what sends messages and gives the body of each answer, in their order."""
    for name in (_QUESTIONS, _ANSWERS, _COMPLAINTS):
        (work / name).unlink(missing_ok=True)
    for name in (_QUESTIONS, _ANSWERS):
        os.mkfifo(work / name)
    with contextlib.ExitStack() as stack:
        questions = os.open(work / _QUESTIONS, os.O_RDWR | os.O_NONBLOCK)  # else it waits for a reader
        stack.callback(os.close, questions)
        answers = os.open(work / _ANSWERS, os.O_RDONLY | os.O_NONBLOCK)
        stack.callback(os.close, answers)
        must(
            f"cd {WORK} && systemd-stdio-bridge --bus-path=unix:path=/run/systemd/private "
            f"< {_QUESTIONS} > {_ANSWERS} 2> {_COMPLAINTS} &",
            "have its systemd asked",
        )
        bridge = _Bridge(questions, answers, work / _COMPLAINTS)
        bridge.greet()
        yield bridge.ask


class _Bridge:
    """Both ends of the bridge's pipes, which are their owner's to close."""

    def __init__(self, questions: int, answers: int, complaints: Path) -> None:
        self._questions, self._answers, self._complaints = questions, answers, complaints
        self._deadline = time.monotonic() + ANSWER_LIMIT_S
        self._parser = Parser()
        self._last = 0  # serial number

    def greet(self) -> None:
        """Get past the greeting; the bridge asks nobody who he is, for it can do no more than who started it."""
        os.write(self._questions, b"\0AUTH ANONYMOUS 6172636c6162\r\nBEGIN\r\n")  # a name to trace it by
        said = b""
        while b"\r\n" not in said:
            said += self._received()
        greeting, _, rest = said.partition(b"\r\n")
        if not greeting.startswith(b"OK "):
            raise self._broken(f"it greets with {greeting!r}")
        self._parser.add_data(rest)

    def ask(self, *questions: Message) -> list[tuple[Any, ...]]:
        """Send messages; give the body of each answer, in their order."""
        serials = range(self._last + 1, self._last + 1 + len(questions))
        self._last += len(questions)
        os.write(self._questions, b"".join(map(Message.serialise, questions, serials)))
        bodies: dict[int, tuple[Any, ...]] = {}
        while len(bodies) < len(questions):
            while (message := self._parser.get_next_message()) is None:
                self._parser.add_data(self._received())
            serial = message.header.fields.get(HeaderFields.reply_serial)
            if message.header.message_type is MessageType.error:
                raise self._broken(f"{message.header.fields.get(HeaderFields.error_name)}: {message.body}")
            if serial in serials:
                bodies[serial] = message.body
        return [bodies[serial] for serial in serials]

    def _received(self) -> bytes:
        poll = select.poll()
        poll.register(self._answers, select.POLLIN)  # a pipe that nobody has opened yet is silent, and has not ended
        if not poll.poll(1000 * max(0.0, self._deadline - time.monotonic())):
            raise self._broken(f"it says nothing for {ANSWER_LIMIT_S:.0f} s")
        received = os.read(self._answers, 1 << 20)
        if not received:
            raise self._broken("the connection has ended")
        return received

    def _broken(self, why: str) -> LabError:
        hint = self._complaints.read_text(errors="replace").strip() if self._complaints.exists() else ""
        return LabError("systemd-silent", f"the machine's systemd cannot be asked: {why}.", hint=hint)
