"""A terminal answers what commands ask, as a person does, over a real pseudo-terminal with a real bash.

Not checked here: that an engine's terminal is one; see the tests that have an engine.
"""

from __future__ import annotations

import contextlib
import os
import pty
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import LabError
from harness.machines.session import kill_tree_command
from harness.machines.terminal import Terminal, plain_text

pytestmark = pytest.mark.process

YES = ((r"go on\? \[y/N\] $", "y"),)


class LocalTerminals:
    """Opens terminals as an exec of the engine would. Lives until `close`, which ends their programs."""

    def __init__(self) -> None:
        self.waited = 0
        self.processes: list[subprocess.Popen[bytes]] = []
        self._theirs: list[socket.socket] = []

    def connect(self, command: list[str]) -> socket.socket:
        """Start a program at a terminal of its own and give the terminal's stream."""
        ours, theirs = socket.socketpair()
        master, slave = pty.openpty()
        own = ["setsid", "--ctty", *command]
        process = subprocess.Popen(own, stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        self.processes.append(process)
        self._theirs.append(theirs)
        self._run(_copy, lambda: os.read(master, 65536), theirs.sendall, lambda: theirs.shutdown(socket.SHUT_WR))
        self._run(_copy, lambda: theirs.recv(65536), lambda data: os.write(master, data), lambda: None)
        return ours

    def kill(self, pid: int) -> tuple[str, ...]:
        """Kill a process and all below it."""
        return tuple(
            subprocess.run(kill_tree_command(pid), check=False, capture_output=True, text=True).stdout.splitlines()
        )

    def waits(self) -> None:
        """Count how often a command is waited for."""
        self.waited += 1

    def close(self) -> None:
        """End everything."""
        for process in self.processes:
            self.kill(process.pid)
            process.wait()
        for stream in self._theirs:
            stream.close()

    def _run(self, target, *arguments) -> None:  # type: ignore[no-untyped-def] # callables of several shapes
        threading.Thread(target=target, args=arguments, daemon=True).start()


def _copy(read, write, end) -> None:  # type: ignore[no-untyped-def] # see above
    with contextlib.suppress(OSError):
        while data := read():
            write(data)
    with contextlib.suppress(OSError):
        end()


@pytest.fixture
def terminals() -> Iterator[LocalTerminals]:
    """Give terminals on this host."""
    opened = LocalTerminals()
    yield opened
    opened.close()


@pytest.fixture
def terminal(terminals: LocalTerminals) -> Iterator[Terminal]:
    """Give one terminal."""
    made = Terminal(terminals.connect, terminals.kill, terminals.waits)
    yield made
    made.close()


def _is_dead(pid: int) -> bool:
    """Say whether a process has ended; nobody may have taken note of it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


def _script(tmp_path: Path, text: str) -> str:
    path = tmp_path / "typed.sh"
    path.write_text(text)
    return str(path)


def test_a_command_has_a_terminal(terminal: Terminal, tmp_path: Path) -> None:
    """All three streams are a terminal, /dev/tty can be opened, and the width is known."""
    script = _script(tmp_path, "[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && : < /dev/tty && stty size; exit 7")

    typed = terminal.run(script, dialogue=(), timeout_s=10)

    assert (typed.completed.exit, typed.completed.stdout.strip(), typed.asked) == (7, "50 160", ())


def test_known_questions_are_answered(terminal: Terminal, tmp_path: Path) -> None:
    """Each question of the dialogue gets its answer, as often as it is asked, and is kept."""
    ask = "read -r -p 'go on? [y/N] ' answer; echo \"got $answer\"\n"
    typed = terminal.run(_script(tmp_path, ask + ask), dialogue=YES, timeout_s=10)

    assert typed.asked == ("go on? [y/N] y", "go on? [y/N] y")
    assert typed.completed.stdout == "go on? [y/N] y\ngot y\ngo on? [y/N] y\ngot y\n"


def test_a_question_on_the_terminal_device_is_answered(terminal: Terminal, tmp_path: Path) -> None:
    """A program that reads from /dev/tty, not from its input, hears the answer."""
    script = _script(tmp_path, "printf 'go on? [y/N] '; read -r answer < /dev/tty; echo \"got $answer\"")

    assert "got y" in terminal.run(script, dialogue=YES, timeout_s=10).completed.stdout


def test_an_unexpected_question_gets_its_default_and_is_marked(terminal: Terminal, tmp_path: Path) -> None:
    """A question that nobody foresaw is answered by Enter after a while, and says so."""
    typed = terminal.run(_script(tmp_path, "read -r -p 'Password: ' x; echo done"), dialogue=YES, timeout_s=20)

    assert (typed.completed.exit, typed.asked) == (0, ("Password: <Enter> (unexpected)",))


def test_a_question_without_end_is_a_command_without_end(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes no Enter for an answer is not asked until the deadline."""
    monkeypatch.setattr("harness.machines.terminal._UNEXPECTED_AFTER_S", 0.1)
    typed = terminal.run(
        _script(tmp_path, "while true; do read -r -p 'Which one? ' x; done"), dialogue=(), timeout_s=300
    )

    assert (typed.completed.timed_out, len(typed.asked)) == (True, 10)
    assert typed.completed.duration_s < 100


def test_an_answer_that_nobody_read_is_no_command(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was typed at something that asked nothing is left over, and the next command is itself."""
    monkeypatch.setattr("harness.machines.terminal._UNEXPECTED_AFTER_S", 0.1)
    terminal.run(_script(tmp_path, "printf 'Connecting [1/2] '; sleep 0.5"), dialogue=(), timeout_s=10)
    typed = terminal.run(_script(tmp_path, "echo next; exit 3"), dialogue=(), timeout_s=10)

    assert (typed.completed.exit, typed.completed.stdout.strip()) == (3, "next")


def test_a_bar_of_progress_that_stands_is_no_question(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """apt shows one below what it says; Enter would be typed into whatever runs."""
    monkeypatch.setattr("harness.machines.terminal._UNEXPECTED_AFTER_S", 0.1)
    told = "echo 'Fetched 4 B in 0s (9 kB/s)'; sleep 0.5"
    bar = f"{told}; printf '\\0337Progress: [ 20%%] [####...........] \\0338'; sleep 0.5"
    typed = terminal.run(_script(tmp_path, bar), dialogue=(), timeout_s=10)

    assert (typed.completed.exit, typed.asked) == (0, ())


def test_what_is_waited_for_is_said_again_and_again(
    terminal: Terminal, terminals: LocalTerminals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long command may wait for something that the lab has to do, also one that shows its progress meanwhile."""
    monkeypatch.setattr("harness.machines.terminal.RELEASE_EVERY_S", 0.1)
    terminal.run(_script(tmp_path, "for i in 1 2 3 4 5; do sleep 0.1; printf '#'; done"), dialogue=(), timeout_s=10)

    assert terminals.waited >= 3


def test_an_answer_that_was_thrown_away_is_typed_again(terminal: Terminal, tmp_path: Path) -> None:
    """A program that flushes its input after asking hears the answer the second time."""
    flush = "import sys, termios, time\nprint('go on? [y/N] ', end='', flush=True)\ntime.sleep(0.7)\n"
    flush += "termios.tcflush(sys.stdin, termios.TCIFLUSH)\nprint('got', input())\n"
    (tmp_path / "flush.py").write_text(flush)

    typed = terminal.run(_script(tmp_path, f"python3 {tmp_path}/flush.py"), dialogue=YES, timeout_s=20)

    assert (typed.completed.exit, typed.asked) == (0, ("go on? [y/N] y",))
    assert "got y" in typed.completed.stdout


def test_one_shell_serves_many_commands(terminal: Terminal, terminals: LocalTerminals, tmp_path: Path) -> None:
    """Commands follow one another at one terminal."""
    for number in range(20):
        assert (
            f"{number}\n"
            == terminal.run(_script(tmp_path, f"echo {number}"), dialogue=(), timeout_s=10).completed.stdout
        )

    assert len(terminals.processes) == 1


def test_the_typed_line_is_no_output(terminal: Terminal, tmp_path: Path) -> None:
    """What the terminal shows of the line itself is left out, and the same text from the command is not."""
    script = _script(tmp_path, f"echo {tmp_path}/typed.sh")

    assert terminal.run(script, dialogue=(), timeout_s=10).completed.stdout == f"{tmp_path}/typed.sh\n"


def test_a_command_that_fails_without_echo_leaves_it_on(terminal: Terminal, tmp_path: Path) -> None:
    """A command that is killed while it hides what is typed does not hide the next one's answers."""
    terminal.run(_script(tmp_path, "stty -echo; exit 130"), dialogue=(), timeout_s=10)

    typed = terminal.run(_script(tmp_path, "stty -a"), dialogue=(), timeout_s=10)

    assert " echo " in typed.completed.stdout


def test_a_command_that_hangs_is_killed_with_its_children(
    terminal: Terminal, terminals: LocalTerminals, tmp_path: Path
) -> None:
    """At the deadline everything it started dies, what it had said is kept, and the next command gets a new shell."""
    hang = f"echo before; setsid --wait sh -c 'echo $$ > {tmp_path}/pid; exec sleep 60'"
    typed = terminal.run(_script(tmp_path, hang), dialogue=(), timeout_s=1)

    child = int((tmp_path / "pid").read_text())
    assert _is_dead(child)

    assert (typed.completed.exit, typed.completed.stdout) == (None, "before\n")
    assert any(re.search(r"^ *\d+ +S\S* +\S+ +sleep 60$", line) for line in typed.completed.running)
    assert terminal.run(_script(tmp_path, "echo again"), dialogue=(), timeout_s=10).completed.stdout == "again\n"
    assert len(terminals.processes) == 2


def test_a_terminal_that_breaks_is_an_error(terminal: Terminal, terminals: LocalTerminals, tmp_path: Path) -> None:
    """When the machine goes away the step is told so."""
    terminal.run(_script(tmp_path, "true"), dialogue=(), timeout_s=10)
    terminals.kill(terminals.processes[0].pid)

    with pytest.raises(LabError, match="terminal broke"):
        terminal.run(_script(tmp_path, "true"), dialogue=(), timeout_s=10)


@pytest.mark.parametrize(
    ("shown", "kept"),
    [
        ("a\r\nb\r\n", "a\nb\n"),
        ("10%\r50%\rdone\r\n", "done\n"),
        ("\x1b[1mbold\x1b[0m \x1b7x\x1b8", "bold x"),
        ("Retrieving: a [..\b\bdone]\r\n", "Retrieving: a [done]\n"),
        ("\x1b]0;title\x07text", "text"),
        ("", ""),
    ],
    ids=["line ends", "overwritten", "escapes", "backspaces", "title", "nothing"],
)
def test_what_stays_readable(shown: str, kept: str) -> None:
    """Control sequences go, and a line that was overwritten has its last state."""
    assert kept == plain_text(shown)


@given(st.text(alphabet=st.characters(blacklist_categories=["Cc", "Cs"], blacklist_characters="\x1b")))
def test_plain_text_stays(text: str) -> None:
    """Text without control characters is kept as it is."""
    assert text == plain_text(text)


@given(st.text())
def test_no_escape_stays_whole(text: str) -> None:
    """Colours and cursor movements never stay, whatever surrounds them."""
    assert re.search(r"\x1b\[[0-9;?]*[a-zA-Z]", plain_text(text)) is None
