"""A terminal in a machine, at which documented commands are typed and their questions answered.

Package managers behave otherwise where nobody sits at a terminal: dnf imports no key, zypper reads no answer. So the
commands of the document run on a real terminal, in one shell that lives as long as its machine is up.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.errors import LabError
from harness.machines.cgroups import RELEASE_EVERY_S
from harness.machines.session import Completed, Shell

#: What is asked, as a pattern for the end of what is shown, and what a person types.
Dialogue = tuple[tuple[str, str], ...]

_COLUMNS = 160
_ENDING = re.compile(r"(\?|:|\]|\)) ?\Z")  # a question leaves the cursor in its line
_BAR = re.compile(r"\[[#.= -]{8,}\] ?$")  # of progress: it asks nothing, however long it stands
_TYPED_AFTER_S = 0.02  # zypper throws away what is typed before it has finished its question
_UNEXPECTED_AFTER_S = 2.0
_MOST_UNEXPECTED = 10  # what asks more does not take Enter for an answer
_UNEXPECTED = " (unexpected)"
_TAIL = 2000  # characters that are searched for a question
_LONGEST_OUTPUT = 4_000_000
_ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[a-zA-Z]|\][^\x07]*\x07|[()][A-Z0-9]|[=>78])")


@dataclass(frozen=True)
class Typed:
    """What a command did at the terminal; `asked` has each question with its answer."""

    completed: Completed
    asked: tuple[str, ...]


class Terminal(Shell):
    """One terminal with one shell, whose raw stream `connect` gives; `waits` is called however much a command says."""

    def __init__(
        self,
        connect: Callable[[list[str]], socket.socket],
        kill: Callable[[int], tuple[str, ...]],
        waits: Callable[[], object],
    ) -> None:
        super().__init__(connect, kill, waits)
        self._end = re.compile(f"\x1e{self._token} (\\d+)\x1e")

    def run(self, script: str, *, dialogue: Dialogue, timeout_s: float) -> Typed:
        """Run the shell script at this path in the machine and answer what it asks.

        A question that the dialogue does not know is answered by Enter, as a person accepts a default, and marked
        `(unexpected)`. Raises: LabError when the machine is gone.
        """
        started = time.monotonic()
        deadline = started + timeout_s
        talk = _Talk(dialogue, echo=f"{script}\r\n")
        try:
            connection = self._opened(deadline)
            connection.sendall(f"{script}\n".encode())
            status = self._converse(connection, talk, deadline)
        except TimeoutError:
            running = self._destroy()
            return talk.typed(None, time.monotonic() - started, running)
        except KeyboardInterrupt:
            self._give_up()
            raise
        except OSError as error:
            self.close()
            raise LabError("machine-gone", f"the machine's terminal broke: {error}.") from error
        return talk.typed(status, time.monotonic() - started)

    def _opened(self, deadline: float) -> socket.socket:
        if self._socket is None:
            mark = f"printf '\\036{self._token} %d\\036'"
            loop = (
                f"stty cols {_COLUMNS} rows 50; unset NOTIFY_SOCKET container; "
                f'{mark} $$; while IFS= read -r path; do [ -f "$path" ] || continue; '
                f'bash "$path"; rc=$?; [ $rc = 0 ] || stty echo; {mark} $rc; done'
            )
            self._socket = self._connect(["bash", "--noprofile", "--norc", "-c", loop])
            self._pid = self._converse(self._socket, _Talk(()), deadline)
        return self._socket

    def _converse(self, connection: socket.socket, talk: _Talk, deadline: float) -> int:
        """Read until the shell's mark, answering on the way; give the number in the mark."""
        released = time.monotonic()
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if time.monotonic() - released >= RELEASE_EVERY_S:
                self._waits()
                released = time.monotonic()
            answer = talk.expected()
            connection.settimeout(min(left, _UNEXPECTED_AFTER_S if answer is None else _TYPED_AFTER_S))
            try:
                received = connection.recv(65536)
            except TimeoutError:
                typed = talk.retyped() if answer is None else talk.answered(answer)
                typed = talk.unexpected() if typed is None else typed
                if typed is not None:
                    connection.sendall(f"{typed}\n".encode())
                continue
            if not received:
                raise ConnectionResetError("the shell ended")
            ended = talk.shown(received, self._end)
            if ended is not None:
                return ended


class _Talk:
    """What has been shown and answered so far."""

    def __init__(self, dialogue: Dialogue, echo: str = "") -> None:
        """Take what is known to be asked, and what the terminal shows first of all: the line that was typed."""
        self._dialogue = [(re.compile(pattern), answer) for pattern, answer in dialogue]
        self._echo = echo
        self._pending = b""
        self._text = ""
        self._answered = 0  # characters of the text that came before the last answer
        self._answer: str | None = None  # the last answer, as long as it may have to be typed again
        self._asked: list[str] = []

    def shown(self, received: bytes, end: re.Pattern[str]) -> int | None:
        """Take in what the terminal shows; give the number in the end mark when it has come."""
        self._pending += received
        try:
            text, self._pending = self._pending.decode("utf-8"), b""
        except UnicodeDecodeError as error:
            if error.start < len(self._pending) - 4:
                text, self._pending = self._pending.decode("utf-8", "replace"), b""
            else:
                text, self._pending = self._pending[: error.start].decode("utf-8"), self._pending[error.start :]
        self._text += text
        found = end.search(self._text, max(0, len(self._text) - len(text) - 64))
        if found:
            self._text = self._text[: found.start()]
            return int(found[1])
        if len(self._text) > 2 * _LONGEST_OUTPUT:
            self._text = f"{self._text[:_LONGEST_OUTPUT]}\n[...]\n{self._text[-_LONGEST_OUTPUT // 2 :]}"
            self._answered = min(self._answered, len(self._text))
        return None

    def expected(self) -> str | None:
        """Give the answer to a known question at the end of what is shown."""
        tail = self._tail()
        return next((answer for pattern, answer in self._dialogue if pattern.search(tail)), None)

    def retyped(self) -> str | None:
        """Give the last answer once more when nothing but its echo came after it: it was thrown away."""
        if self._answer is None or self._tail().strip() not in ("", self._answer):
            return None
        answer, self._answer = self._answer, None
        return answer

    def unexpected(self) -> str | None:
        """Give Enter, and note it, when the last line looks like a question that nobody foresaw.

        Raises: TimeoutError when it is asked for ever.
        """
        tail = self._tail()
        if not _ENDING.search(tail) or _BAR.search(tail):
            return None
        if sum(asked.endswith(_UNEXPECTED) for asked in self._asked) == _MOST_UNEXPECTED:
            raise TimeoutError
        return self.answered("", _UNEXPECTED)

    def answered(self, answer: str, note: str = "") -> str:
        """Note the question at the end and its answer, which is given back."""
        self._asked.append(f"{self._tail().splitlines()[-1].strip()} {answer or '<Enter>'}{note}")
        self._answered, self._answer = len(self._text), answer
        return answer

    def _tail(self) -> str:
        return plain_text(self._text[max(self._answered, len(self._text) - _TAIL) :])

    def typed(self, status: int | None, duration_s: float, running: tuple[str, ...] = ()) -> Typed:
        """Give the result."""
        text = plain_text(self._text.removeprefix(self._echo))
        return Typed(Completed(status, text, "", duration_s, running), tuple(self._asked))


def write_script(path: Path, text: str) -> None:
    """Write what is to be typed, where the machine sees it. Raises: LabError when that cannot be done."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise LabError("machine-setup", f"'{path}' cannot be written: {error.strerror or error}.") from error


def plain_text(text: str) -> str:
    """Give what stays readable of a terminal's output: no escape sequences, of overwritten lines the last state."""
    lines = _ESCAPES.sub("", text).replace("\r\n", "\n").split("\n")
    return "\n".join(_last_state(line) for line in lines)


def _last_state(line: str) -> str:
    """Give a line as it stands after its carriage returns and backspaces."""
    shown = line
    if "\r" in line:
        shown = next((part for part in reversed(line.split("\r")) if part.strip()), "")
    while "\b" in shown:
        shown = re.sub(r"[^\x08]?\x08", "", shown, count=1)
    return shown
