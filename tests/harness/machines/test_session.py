"""A session runs commands in a real bash, over the engine's stream format, and tells how each ended.

A local bash stands in for the container's: its outputs are cut into the engine's frames (one byte for the stream,
three of padding, four for the length). Not checked here: that an engine speaks so; see the tests that have one.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import LabError
from harness.machines.session import (
    OUTPUT_LIMIT_BYTES,
    Session,
    as_user,
    kill_tree_command,
    new_socket_path,
)
from harness.model.environment import Seat

pytestmark = pytest.mark.process


class LocalEngine:
    """Starts programs as an exec of the engine would. Lives until `close`, which ends them all."""

    def __init__(self, frame_bytes: int = 32768) -> None:
        self.processes: list[subprocess.Popen[bytes]] = []
        self.killed: list[int] = []
        self.waited = 0
        self._frame_bytes = frame_bytes
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def connect(self, command: list[str]) -> socket.socket:
        """Start a program and give its stream."""
        ours, theirs = socket.socketpair()
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.processes.append(process)
        self._sockets.append(theirs)
        guard = threading.Lock()
        assert process.stdin
        assert process.stdout
        assert process.stderr
        outputs = [self._start(self._frames, process.stdout, theirs, 1, guard)]
        outputs.append(self._start(self._frames, process.stderr, theirs, 2, guard))
        self._start(self._input, theirs, process.stdin)
        self._start(self._end, outputs, theirs)
        return ours

    def kill(self, pid: int) -> tuple[str, ...]:
        """Kill a process and all below it, with the command that the container would run."""
        self.killed.append(pid)
        return tuple(
            subprocess.run(kill_tree_command(pid), check=False, capture_output=True, text=True).stdout.splitlines()
        )

    def waits(self) -> None:
        """Count how often a command is waited for."""
        self.waited += 1

    def close(self) -> None:
        """End everything."""
        for process in self.processes:
            subprocess.run(kill_tree_command(process.pid), check=False)
            process.wait()
        for thread in self._threads:
            thread.join(timeout=5)
        for stream in self._sockets:
            stream.close()

    def _start(self, target: Callable[..., None], *arguments: object) -> threading.Thread:
        thread = threading.Thread(target=target, args=arguments)
        thread.start()
        self._threads.append(thread)
        return thread

    def _frames(self, output: IO[bytes], stream: socket.socket, kind: int, guard: threading.Lock) -> None:
        with output, contextlib.suppress(OSError):  # whoever listened may have gone
            while data := os.read(output.fileno(), self._frame_bytes):
                with guard:
                    stream.sendall(struct.pack(">BxxxI", kind, len(data)) + data)

    def _input(self, stream: socket.socket, target: IO[bytes]) -> None:
        with contextlib.suppress(OSError), target:
            while data := stream.recv(65536):
                target.write(data)
                target.flush()

    def _end(self, outputs: list[threading.Thread], stream: socket.socket) -> None:
        for thread in outputs:
            thread.join()
        with contextlib.suppress(OSError):
            stream.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def engine() -> Iterator[LocalEngine]:
    """Give an engine whose programs end with the test."""
    engine = LocalEngine()
    yield engine
    engine.close()


@pytest.fixture
def session(engine: LocalEngine) -> Iterator[Session]:
    """Give a session of a local bash."""
    session = Session(engine.connect, engine.kill, engine.waits)
    yield session
    session.close()


@pytest.mark.parametrize(
    ("script", "exit_code", "stdout", "stderr"),
    [
        ("echo out; echo err >&2", 0, "out\n", "err\n"),
        ("exit 7", 7, "", ""),
        ("false", 1, "", ""),
        ("no-such-command 2> /dev/null", 127, "", ""),
        ("kill -TERM $BASHPID", 143, "", "Terminated\n"),
        ("printf no-newline", 0, "no-newline", ""),
        ("printf '\\303\\251\\377'", 0, "é\ufffd", ""),
        ("printf '\\036abc 0\\036'; printf '\\036' >&2", 0, "\x1eabc 0\x1e", "\x1e"),
        ("echo \"it's\" '$HOME' \"a(b\" # )", 0, "it's $HOME a(b\n", ""),
        ("exec 1>&- 2>&-; true", 0, "", ""),
    ],
    ids=[
        "both streams", "exit", "false", "unknown command", "signal", "no newline", "not UTF-8", "bytes like a mark",
        "quotes", "closed outputs",
    ],
)  # fmt: skip
def test_tells_how_a_command_ended(session: Session, script: str, exit_code: int, stdout: str, stderr: str) -> None:
    """Exit status and both outputs are the command's own, to the byte."""
    done = session.run(script, timeout_s=10)

    assert (exit_code, stdout, stderr) == (done.exit, done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("stdin", "seen"),
    [("y\ny\n", "y\ny\n"), ("$HOME `id` \\\n", "$HOME `id` \\\n"), ("", ""), ("no newline", "no newline\n")],
    ids=["answers", "signs of the shell", "nothing", "no newline"],
)
def test_a_command_reads_its_input_and_then_the_end(session: Session, stdin: str, seen: str) -> None:
    """Input arrives as it is, and whoever asks for more gets the end."""
    assert seen == session.run("cat", timeout_s=10, stdin=stdin).stdout


def test_a_command_never_reads_the_next_one(session: Session) -> None:
    """Without input a command that reads gets nothing, and the session goes on."""
    first = session.run("read line; echo $?", timeout_s=10)
    second = session.run("echo next", timeout_s=10)

    assert (first.stdout, second.stdout) == ("1\n", "next\n")


def test_commands_share_a_shell_and_nothing_else(session: Session, engine: LocalEngine) -> None:
    """Folder and variables of one command do not reach the next."""
    session.run("cd /; leaked=1; exec 3> /dev/null", timeout_s=10)
    done = session.run('echo "${leaked:-clean}"; [ "$PWD" = / ] || echo elsewhere', timeout_s=10)

    assert (done.stdout, len(engine.processes)) == ("clean\nelsewhere\n", 1)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_five_megabytes_lose_their_middle(session: Session, stream: str) -> None:
    """A long output keeps both ends, and says that something is left out."""
    line = "head -c 5000000 /dev/zero | tr '\\0' x; printf end"
    done = session.run(f"printf start; {line}" if stream == "stdout" else f"(printf start; {line}) >&2", timeout_s=30)
    text = getattr(done, stream)

    assert (text[:7], text[-4:], text.count("\n[...]\n")) == ("startxx", "xend", 1)
    assert len(text) == OUTPUT_LIMIT_BYTES + len("\n[...]\n")


def test_what_is_left_of_a_very_long_output_are_its_ends(session: Session) -> None:
    """Numbered lines show that the kept parts are the first and the last without a gap."""
    half = OUTPUT_LIMIT_BYTES // 2
    done = session.run("seq -f %07.0f 2200000", timeout_s=60)
    head, _, tail = done.stdout.partition("\n[...]\n")

    assert head == "".join(f"{number:07}\n" for number in range(1, half // 8 + 1))
    assert tail == "".join(f"{number:07}\n" for number in range(2200001 - half // 8, 2200001))


def test_kills_what_takes_too_long_and_all_that_it_started(session: Session, engine: LocalEngine) -> None:
    """The deadline ends the whole session; what was printed until then is kept, and a new shell comes next."""
    session.run("true", timeout_s=10)
    hung = session.run("echo before; sleep 60 & sleep 60", timeout_s=0.5)
    after = session.run("echo after", timeout_s=10)

    assert (hung.exit, hung.timed_out, hung.stdout) == (None, True, "before\n")
    assert (after.exit, after.stdout) == (0, "after\n")
    assert engine.killed == [engine.processes[0].pid]
    assert sum(line.endswith(" sleep 60") for line in hung.running) == 2
    assert engine.processes[0].wait(timeout=5) in (0, -signal.SIGKILL, -signal.SIGPIPE)  # it may speak on before that


def test_what_is_waited_for_is_said_again_and_again(
    session: Session, engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quiet command may wait for something that the lab has to do; a quick one is left alone."""
    monkeypatch.setattr("harness.machines.session.RELEASE_EVERY_S", 0.1)
    session.run("true", timeout_s=10)
    before = engine.waited
    session.run("sleep 0.5", timeout_s=10)

    assert (before, engine.waited >= 3) == (0, True)


def test_a_command_that_swallows_signals_is_killed_as_well(session: Session, engine: LocalEngine) -> None:
    """zypper ignores SIGTERM, so the session is killed."""
    session.run("true", timeout_s=10)
    done = session.run("trap '' TERM INT HUP; echo deaf; while :; do sleep 0.05; done", timeout_s=0.5)

    assert (done.timed_out, done.stdout) == (True, "deaf\n")
    assert engine.processes[0].wait(timeout=5) in (0, -signal.SIGKILL, -signal.SIGPIPE)  # it may speak on before that


@pytest.mark.parametrize("script", ["kill -KILL $$", "echo ("], ids=["killed", "syntax error"])
def test_a_dead_shell_is_an_error_of_the_lab(session: Session, script: str) -> None:
    """Nothing is known about a command whose shell died; the next one gets a new shell."""
    with pytest.raises(LabError, match="the machine's shell broke") as caught:
        session.run(script, timeout_s=10)

    assert caught.value.reference == "machine-gone"
    assert session.run("echo again", timeout_s=10).stdout == "again\n"


def test_a_late_word_of_a_background_process_does_no_harm(session: Session) -> None:
    """What a left-behind process prints after the command's end is not taken for the command's status."""
    first = session.run("(sleep 0.4; echo late) & echo early; exit 3", timeout_s=10)
    session.run("sleep 0.6", timeout_s=10)
    third = session.run("echo third", timeout_s=10)

    assert (first.exit, first.stdout, third.stdout) == (3, "early\n", "third\n")


def test_what_follows_the_mark_in_one_frame_is_not_the_status() -> None:
    """A background process may print so early that its word is in the frame with the mark."""
    ours, theirs = socket.socketpair()
    session = Session(lambda _: ours, lambda _: (), lambda: None)
    token = session._token.encode()
    outputs = [b"42\x1e%s 0\x1e", b"\x1e%s\x1e", b"out\x1e%s 3\x1elate", b"\x1e%s\x1e"]
    frames = [(1 + index % 2, output % token) for index, output in enumerate(outputs)]

    with theirs:
        theirs.sendall(b"".join(struct.pack(">BxxxI", kind, len(data)) + data for kind, data in frames))
        done = session.run("true", timeout_s=5)
        session.close()

    assert (done.exit, done.stdout) == (3, "out")


@given(st.binary(max_size=300), st.binary(max_size=300), st.integers(0, 255), st.integers(1, 9))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_any_bytes_come_through_in_any_frames(out: bytes, err: bytes, status: int, frame_bytes: int) -> None:
    """Frames may end anywhere, in a character and in a mark as well."""
    engine = LocalEngine(frame_bytes)
    session = Session(engine.connect, engine.kill, engine.waits)
    octal = [shlex.quote("".join(f"\\{byte:03o}" for byte in data)) for data in (out, err)]
    try:
        done = session.run(f"printf {octal[0]}; printf {octal[1]} >&2; exit {status}", timeout_s=20)
    finally:
        session.close()
        engine.close()

    assert (done.exit, done.stdout, done.stderr) == (
        status, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"),
    )  # fmt: skip


def test_an_engine_that_refuses_is_passed_on() -> None:
    """The container's own error says more than a broken shell."""

    def refuse(_: list[str]) -> socket.socket:
        raise LabError("machine-gone", "no such container.")

    with pytest.raises(LabError, match="no such container"):
        Session(refuse, lambda _: (), lambda: None).run("true", timeout_s=1)


def test_closing_twice_is_fine(session: Session) -> None:
    """A session may be closed whether or not it was used."""
    session.run("true", timeout_s=10)
    session.close()
    session.close()

    assert session.run("echo new", timeout_s=10).stdout == "new\n"


def test_another_user_gets_a_clean_environment() -> None:
    """The shell text survives quoting, and nothing of root's environment is passed on."""
    words = shlex.split(as_user('echo "it\'s $HOME"', "tester", {"MORE": "a b"}))

    assert words[:6] == ["exec", "runuser", "-u", "tester", "--", "env"]
    assert words[-3:] == ["bash", "-c", 'cd /home/tester || exit\necho "it\'s $HOME"']
    assert {"HOME=/home/tester", "TERM=dumb", "MORE=a b"} <= set(words)


def test_a_seat_says_how_it_is_typed() -> None:
    """Below another program, with other variables, in a folder that is there."""
    seat = Seat({"LANG": "C"}, enter=("nsenter", "--mount=/x", "--"), home=False)
    words = shlex.split(as_user("id", "root", {"LANG": "no"}, seat))

    assert words[:5] == ["exec", "nsenter", "--mount=/x", "--", "env"]
    assert words[-1] == "cd /tmp || exit\nid"
    assert [word for word in words if word.startswith("LANG=")] == ["LANG=C"]


def test_a_socket_path_may_have_107_bytes() -> None:
    """The kernel's limit counts bytes."""
    folder = "/" + "é" * 52

    assert new_socket_path(Path(folder), "s") == f"{folder}/s"
    assert len(f"{folder}/s".encode()) == 107


def test_a_longer_socket_path_is_refused_with_what_to_do() -> None:
    """The error names the path and the variable that shortens it."""
    with pytest.raises(LabError, match="too long for a socket") as caught:
        new_socket_path(Path("/" + "é" * 53), "s")

    assert "TMPDIR" in caught.value.hint
