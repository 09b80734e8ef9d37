"""A script runs in a process of its own: parameters reach it, limits end it, a restart of the agent loses nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

pytestmark = pytest.mark.process

Import = Callable[[str], ModuleType]
Make = Callable[[], Any]


class Storage:
    """A blob storage: what was put where."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.headers: list[dict[str, str]] = []
        self.status = 201

    def request(self, method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
        """Answer as append blobs do: create, then append."""
        self.headers.append(headers or {})
        if method == "PUT" and self.status == 201:
            name = url.partition("?")[0]
            appended = "comp=appendblock" in url
            self.blobs[name] = (self.blobs[name] if appended else b"") + (body or b"")
        found = b"echo from afar" if method == "GET" else b""
        return SimpleNamespace(status=200 if method == "GET" else self.status, body=found)


@pytest.fixture
def storage() -> Storage:
    """Give an empty storage."""
    return Storage()


@pytest.fixture
def make(agent_module: Import, make_agent: Callable[..., Any], storage: Storage) -> Make:
    """Give a maker of the scripts' keeper: made again it is what a restarted daemon has."""
    return lambda: agent_module("run_commands").RunCommands(make_agent()[0], storage, lambda it: f"token for {it}")


def operation(text: str = "exit 0", **more: Any) -> dict[str, Any]:
    """Give a run command."""
    return {"operationId": "op-1", "name": "r", "source": {"script": text}, **more}


def result(commands: Any, later_s: float = 0.0) -> dict[str, Any]:
    """Wait for the end of the one script; `later_s` moves the clock that is looked at."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for run, status, found in commands.news(time.time() + later_s):
            commands.was_told(run, status)
            if status == "succeeded":
                ended: dict[str, Any] = found
                return ended
    raise AssertionError("the script did not end")


def test_parameters(make: Make) -> None:
    """Named ones are environment variables, nameless ones arguments, in order; protected ones are alike."""
    commands = make()
    commands.start(operation(
        'echo "$port $key $1 $2 $#"', parameters=[{"name": "port", "value": "433"}, {"name": "", "value": "a b"}],
        protectedParameters=[{"name": "key", "value": "hush"}, {"name": "", "value": "c"}],
    ))  # fmt: skip

    assert result(commands)["output"] == "433 hush a b c 2\n"


@pytest.mark.parametrize(
    ("text", "state", "code"), [("exit 0", "Succeeded", 0), ("exit 3", "Failed", 3), ("nonsense-xyz", "Failed", 127)]
)
def test_exit_statuses(make: Make, text: str, state: str, code: int) -> None:
    """Anything but 0 is a failure; output and error are apart."""
    commands = make()
    commands.start(operation(f"echo out; echo err >&2; {text}"))
    found = result(commands)

    assert (found["executionState"], found["exitCode"], found["output"]) == (state, code, "out\n")
    assert found["error"].startswith("err\n")
    assert found["executionMessage"] == "RunCommand script execution completed"


def test_a_script_may_have_another_interpreter(make: Make) -> None:
    """Its first line is heeded."""
    commands = make()
    commands.start(operation("#!/usr/bin/env python3\nprint(6 * 7)\n"))

    assert result(commands)["output"] == "42\n"


def test_a_script_from_elsewhere(make: Make, storage: Storage) -> None:
    """It is downloaded, with the machine's token where a managed identity is named."""
    commands = make()
    commands.start({**operation(), "source": {"scriptUri": "https://b/s.sh", "scriptUriManagedIdentity": {}}})

    assert result(commands)["output"] == "from afar\n"
    assert storage.headers == [{"Authorization": "Bearer token for https://storage.azure.com/"}]


def test_a_user_assigned_identity_cannot_be_used(make: Make, agent_module: Import) -> None:
    """The stand-in has the machine's own identity only."""
    source = {"scriptUri": "https://b/s.sh", "scriptUriManagedIdentity": {"clientId": "x"}}
    with pytest.raises(agent_module("errors").AgentError):
        make().start({**operation(), "source": source})


def test_a_late_script_is_stopped(make: Make) -> None:
    """After its time it is killed with all it has started; its output until then is told."""
    commands = make()
    commands.start(operation("echo $$; sleep 600 & echo $!; wait", timeoutInSeconds=100))
    [(run, _, _)] = commands.news(time.time())
    commands.was_told(run, "transitioning")
    out = Path(run["folder"], "stdout")
    deadline = time.monotonic() + 20
    while len(out.read_text().split()) < 2:
        assert time.monotonic() < deadline
    too_early = commands.has_news(time.time() + 99)
    found = result(commands, later_s=100)
    pids = [int(pid) for pid in found["output"].split()]

    assert (too_early, found["executionState"], found["exitCode"]) == (False, "TimedOut", -1)
    assert not any(is_alive(pid) for pid in pids)


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that nobody has waited for runs no more."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return False
    return True


def test_without_a_limit_it_is_never_late(make: Make) -> None:
    """0 means no limit."""
    commands = make()
    commands.start(operation("exec sleep 600", timeoutInSeconds=0))
    [(run, _, _)] = commands.news(time.time())
    commands.was_told(run, "transitioning")
    news = commands.has_news(time.time() + 10**6)
    commands.stop("r")

    assert (news, commands._runs()) == (False, [])


def test_a_restarted_agent_goes_on(make: Make) -> None:
    """The script goes on while the daemon is away; whoever comes next tells of it, and starts nothing twice."""
    before, commands = make(), make()
    before.start(operation("echo once"))
    [child] = before._children.values()
    while child.poll() is None and not Path(f"/proc/{child.pid}/cmdline").read_bytes():
        time.sleep(0.01)  # the kernel gives a process its name a moment after it has one
    commands.start(operation("echo once"))

    assert result(commands)["output"] == "once\n"
    assert child.wait() in (0, -signal.SIGKILL)  # it may be stopped once it has left its status


def test_a_script_that_was_killed(make: Make) -> None:
    """A process that is gone without a word has failed."""
    commands = make()
    commands.start(operation("exec sleep 600"))
    os.killpg(commands._runs()[0]["pid"], 9)
    found = result(commands)

    assert (found["executionState"], found["exitCode"]) == ("Failed", -1)


def test_a_start_that_was_broken_off(make: Make, make_agent: Callable[..., Any], agent_module: Import) -> None:
    """Nobody knows whether it ran, so it is not run again; the next operation is."""
    commands = make()
    Path(make_agent()[0].run_commands, "op-1").mkdir(parents=True)

    with pytest.raises(agent_module("errors").AgentError):
        commands.start(operation())
    commands.start(operation("exit 0"))
    assert result(commands)["exitCode"] == 0


def test_a_new_run_stops_the_one_before(make: Make) -> None:
    """Of one name there is one script."""
    commands = make()
    commands.start(operation("exec sleep 600"))
    old = commands._runs()[0]["pid"]
    commands.start({**operation("echo new"), "operationId": "op-2"})

    assert [run["operationId"] for run in commands._runs()] == ["op-2"]
    assert (result(commands)["output"], is_alive(old)) == ("new\n", False)


def test_secrets_are_for_root(make: Make) -> None:
    """Script, output and what is noted cannot be read by others, and go when all is told."""
    commands = make()
    commands.start(operation("exit 0"))
    folder = Path(commands._runs()[0]["folder"])
    mode = folder.stat().st_mode & 0o777
    result(commands)

    assert (mode, folder.exists()) == (0o700, False)


def test_output_is_cut_to_its_end(make: Make) -> None:
    """Only the last 4 KB are told."""
    commands = make()
    commands.start(operation("head -c 5000 /dev/zero | tr '\\0' a; echo end"))
    found = result(commands)["output"]

    assert (len(found), found[-5:]) == (4096, "aend\n")


def test_whole_output_goes_to_a_blob(make: Make, storage: Storage) -> None:
    """The blob is made anew and gets everything, with a token where an identity is named."""
    commands = make()
    commands.start(operation("echo out; echo err >&2", outputBlobUri="https://b/out?sig=x",
                             errorBlobUri="https://b/err", errorBlobManagedIdentity={}))  # fmt: skip
    message = result(commands)["executionMessage"]

    assert storage.blobs == {"https://b/out": b"out\n", "https://b/err": b"err\n"}
    assert ["Authorization" in headers for headers in storage.headers] == [False, False, True, True]
    assert message == "RunCommand script execution completed"


def test_a_blob_that_refuses(make: Make, storage: Storage) -> None:
    """The script has succeeded; the message says what is missing."""
    storage.status = 403
    commands = make()
    commands.start(operation("echo out", outputBlobUri="https://b/out"))
    found = result(commands)

    assert (found["executionState"], "answered 403" in found["executionMessage"]) == ("Succeeded", True)


def test_another_user(make: Make, need_program: Callable[[str], str]) -> None:
    """The script runs as that user, with its home; the files of both are gone afterwards."""
    need_program("runuser")
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    commands = make()
    commands.start(operation('id -un; echo "$HOME $greeting"; pwd', runAsUser="nobody",
                             parameters=[{"name": "greeting", "value": "hi"}]))  # fmt: skip
    place = Path(commands._runs()[0]["place"])
    found = result(commands)

    assert found["output"].splitlines() == ["nobody", "/nonexistent hi", str(place)]
    assert not place.exists()


def test_an_unknown_user(make: Make, agent_module: Import) -> None:
    """Nothing is run, and nothing is left."""
    commands = make()

    with pytest.raises(agent_module("errors").AgentError, match="nobody-here"):
        commands.start(operation(runAsUser="nobody-here"))
    assert commands._runs() == []
