"""A real machine does what the harness's classes say: shells, terminal, snapshots, reboot, cable and clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from harness.machines.clock import PRELOAD
from harness.machines.file_changes import WORK
from harness.machines.machine import Machine
from harness.machines.package_managers import Script
from harness.machines.snapshot import changes_between
from harness.machines.unit_files import UNIT_FOLDERS, list_unit_files
from tests.e2e.running_lab import running_lab

if TYPE_CHECKING:
    from harness.context import Context
    from tests.e2e.conftest import Arclab

# httpcore leaves a unix socket to the garbage collector when nobody listens there yet.
pytestmark = [
    pytest.mark.engine,
    pytest.mark.filterwarnings("ignore:.*unclosed <socket:pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

_SCENARIO = "scenario: a machine\nmatrix: {distro: [debian-12]}\ngiven: {repository: none}\nsteps: [advance: 1m]\n"
_LATE_LISTENER = "import socket, time; time.sleep(3); s = socket.create_server(('127.0.0.1', 40342)); time.sleep(60)"
_AS_A_SERVICE = (
    "printf '[Service]\\nType=oneshot\\nExecStart=date -u +%%%%F\\nStandardOutput=truncate:/run/day\\n' "
    "> /run/systemd/system/day.service; systemctl start day"
)

_LINGERING = """
cat > /run/lingers.sh <<'END'
trap 'exit 0' TERM
(trap 'trap "" TERM; sleep 1; exit' TERM; touch /run/lingers; while :; do sleep 0.1; done) &
wait
END
cat > /run/systemd/system/lingers.service <<'END'
[Service]
TimeoutStopSec=600
ExecStart=bash /run/lingers.sh
END
systemctl start lingers
until [ -e /run/lingers ]; do sleep 0.05; done
"""


@pytest.fixture(scope="module")
def lab(make_arclab: Callable[[], Arclab]) -> Iterator[Context]:
    """Give the context of a running lab with a cloud and one machine, whose clock is the lab's."""
    with running_lab(make_arclab(), _SCENARIO) as context:
        yield context


@pytest.fixture
def machine(lab: Context) -> Machine:
    """Give the lab's machine."""
    return lab.machine


def _running(machine: Machine, command: str) -> bool:
    """Say whether a process has this command line on the machine."""
    return machine.read(f"pgrep -fx {command!r}").exit == 0


def test_a_shell_tells_outputs_apart_and_keeps_no_state(machine: Machine) -> None:
    """Exit status, both outputs and input are a command's own; the next command starts afresh."""
    done = machine.run("cd /tmp; export SEEN=1; cat; echo wrong >&2; exit 7", stdin="typed\n")
    after = machine.run('pwd; echo "[$SEEN]"')

    assert (done.exit, done.stdout, done.stderr) == (7, "typed\n", "wrong\n")
    assert after.stdout == "/root\n[]\n"


@pytest.mark.parametrize(
    "line",
    ["sleep 1234", "sleep 1234 & sleep 1234", "setsid sleep 1234", "sudo sleep 1234", "sudo sh -c 'sleep 1234; true'"],
)
@pytest.mark.parametrize("user", ["root", "tester"])
def test_a_hung_command_is_killed_with_all_it_started(machine: Machine, line: str, user: str) -> None:
    """Nothing of a command that took too long goes on, not even below sudo, and the next command runs."""
    done = machine.run(f"echo begun; {line}", user=user, timeout_s=2)

    assert (done.exit, done.timed_out, done.stdout) == (None, True, "begun\n")
    assert not _running(machine, "sleep 1234")
    assert machine.run("echo next").stdout == "next\n"


def test_a_hung_command_at_the_terminal_is_killed_too(machine: Machine) -> None:
    """A documented command that never ends is given up at its limit, with everything below sudo."""
    hung = machine.run_script(Script("sudo sleep 1234", timeout_s=1))
    after = machine.run_script(Script("echo next", timeout_s=10))

    assert (hung.exit, hung.timed_out) == (None, True)
    assert not _running(machine, "sleep 1234")
    assert (after.exit, after.stdout) == (0, "next\n")


def test_questions_at_the_terminal_are_answered(machine: Machine) -> None:
    """A known question gets its answer; one that nobody foresaw gets Enter, and is noted so."""
    script = Script(
        "test -t 0 && read -p 'Go on? [y/N] ' a && read -p 'And this? ' b && echo \"<$a><$b>\"",
        dialogue=((r"Go on\? \[y/N\] $", "y"),), timeout_s=20,
    )  # fmt: skip

    done = machine.run_script(script)

    assert done.exit == 0, done
    assert done.stdout.endswith("<y><>\n")
    assert done.asked == ("Go on? [y/N] y", "And this? <Enter> (unexpected)")


def test_a_snapshot_sees_what_changed(machine: Machine) -> None:
    """A second look costs no list of files; it has what was added, changed and removed in between, and nothing else."""
    machine.must("mkdir -p /opt/thing; echo 1 > /opt/thing/a; echo 1 > /opt/thing/b", "prepare")
    machine.snapshot()
    before = machine.snapshot()
    machine.must("echo 22 > /opt/thing/a; rm /opt/thing/b; echo 1 > '/opt/thing/c d'; useradd odd", "change")
    changes = changes_between(before, machine.snapshot())
    machine.must("rm -r /opt/thing; userdel odd", "clean up")

    assert before.files == ()
    assert changes["files"]["added"] == ["/opt/thing/c d"]
    assert changes["files"]["removed"] == ["/opt/thing/b"]
    assert "/opt/thing/a" in changes["files"]["changed"]
    assert [name.split(":")[0] for name in changes["accounts"]["added"]] == ["odd", "odd"]
    assert "packages" not in changes


_UNIT_FILE_CHANGES = [
    "cd /etc/systemd/system; printf '[Install]\\nWantedBy=multi-user.target\\nAlias=other.service\\n' > own.service",
    "systemctl enable own",
    "systemctl disable own",
    "systemctl mask own; systemctl mask --runtime cron",
    "rm /etc/systemd/system/own.service; systemctl unmask --runtime cron",
    "printf '[Install]\\nWantedBy=multi-user.target\\n' > /etc/systemd/system/t@.service",
    "systemctl enable t@one t@two",
    "systemctl disable t@one t@two",
    "mkdir /etc/systemd/system/cron.service.d; printf '[Install]\\nAlias=c.service\\n' > $_/own.conf",
    "systemctl reenable cron",
    "printf '[Install]\\nAlso=cron.service\\n' > /etc/systemd/system/also.service",
    "systemctl enable also; systemctl link /run/lingers.service 2>/dev/null; systemctl add-wants basic.target cron",
    "rm -r /etc/systemd/system/{t@,also}.service /etc/systemd/system/cron.service.d",
    "systemd-run --quiet --unit own-transient sleep 60",
]


def test_unit_files_that_did_not_change_need_no_question(machine: Machine) -> None:
    """Asking for those that differ gives what systemd says of all, whatever is done to them."""
    narrow = f"( {list_unit_files(UNIT_FOLDERS, WORK)}; ) | awk '{{print $1, $2}}' | sort"
    whole = "systemctl list-unit-files --plain --no-legend | awk '{print $1, $2}' | sort"

    machine.must(narrow, "list its unit files")
    for change in _UNIT_FILE_CHANGES:
        machine.must(f"{change}; true", "change its unit files")
        assert machine.must(narrow, "list its unit files") == machine.must(whole, "list its unit files"), change


def test_a_reboot_keeps_files_and_is_counted(machine: Machine) -> None:
    """PID 1 starts anew in the same file system, temporary folders are empty, the clock is the lab's again."""
    boots = machine.boots
    machine.must("echo kept > /root/kept; echo gone > /run/gone", "prepare")

    machine.reboot()

    assert machine.boots == boots + 1
    assert machine.boot_mark() == machine.last_boot_mark
    assert machine.run("cat /root/kept; ls /run/gone; systemctl is-system-running").stdout == "kept\nrunning\n"
    assert machine.read("cat /etc/ld.so.preload").exit == 0
    assert machine.run_script(Script("echo typed", timeout_s=10)).stdout == "typed\n"


def test_what_starts_at_boot_sees_the_lab_clock(machine: Machine, lab: Context) -> None:
    """A service that an agent's package has enabled does not live in another time after a boot; nothing of it stays."""
    unit = "[Service]\\nType=oneshot\\nExecStart=date -u +%%%%s\\nStandardOutput=truncate:/root/booted"
    machine.must(
        f"printf '{unit}' > /etc/systemd/system/booted.service\n"
        "mkdir -p /etc/systemd/system/basic.target.wants\n"
        "ln -s ../booted.service /etc/systemd/system/basic.target.wants/",
        "let a service start at boot",
    )
    lab.control.advance(90 * 86400)

    machine.reboot()

    booted = int(machine.must("cat /root/booted", "tell when it booted"))
    assert abs(booted - lab.control.lab_now().timestamp()) < 60
    assert machine.read("ls /usr/lib/systemd/system /usr/lib/systemd/system/*.wants | grep arclab-clock").exit == 1


def test_systemd_may_start_again_any_number_of_times(machine: Machine) -> None:
    """PID 1 tells the lab of each start, as newer ones do of each reload; it must not wait for somebody to listen.

    It keeps true time only where it starts before the machine follows the lab's clock.
    """
    machine.must(f"rm -f {PRELOAD}", "follow no clock")

    done = machine.read("for i in $(seq 20); do timeout 20 systemctl daemon-reexec || exit 7; done", timeout_s=120)
    machine.follow_lab_clock()

    assert (done.exit, done.stderr) == (0, "")
    assert machine.read("grep -c faketime /proc/1/maps").stdout == "0\n"


def test_a_service_that_runs_is_awaited_until_it_listens(machine: Machine) -> None:
    """systemd calls a simple service active as soon as its process is there; without the service nothing is awaited."""
    listens = "ss -Hltn sport = :40342"
    machine.await_answer()
    machine.must(
        f'printf %s "{_LATE_LISTENER}" > /run/late.py\n'
        "systemd-run --quiet --unit himdsd.service --service-type simple python3 /run/late.py\n"
        "systemctl is-active himdsd",
        "start a service",
    )
    before = machine.read(listens).stdout

    machine.await_answer()
    after = machine.read(listens).stdout
    machine.must("systemctl stop himdsd", "stop the service")

    assert before == ""
    assert "127.0.0.1:40342" in after


def test_a_service_whose_child_ends_late_is_seen_to_stop(machine: Machine) -> None:
    """Nobody tells the systemd of a container that a control group of version 1 has emptied, except arclab."""
    machine.must(_LINGERING, "start a service")

    stopped = machine.run("systemctl stop lingers", timeout_s=60)

    assert (stopped.exit, machine.read("systemctl is-active lingers").stdout) == (0, "inactive\n")


def test_the_cable_is_pulled_and_plugged(machine: Machine) -> None:
    """Without the cable the cloud is out of reach; with it the machine has its old address again."""
    look = "hostname -I; curl -sS -m 5 -o /dev/null -w '%{http_code}' https://management.azure.com/; echo"
    before = machine.run(look)

    machine.unplug()
    without = machine.run(look)
    machine.plug()
    after = machine.run(look)

    assert (before.exit, before.stdout) == (0, after.stdout)
    assert before.stdout.startswith(machine.network.address(1))
    assert "000" in without.stdout
    assert machine.network.address(1) not in without.stdout


def test_programs_see_the_lab_clock(lab: Context, machine: Machine) -> None:
    """Root, an ordinary user, sudo and the terminal see the same day, also below systemd; true time goes on."""
    lab.control.advance(3 * 86400)
    wanted = lab.control.lab_now().strftime("%F")

    ways = [
        machine.run("date -u +%F").stdout,
        machine.run("date -u +%F", user="tester").stdout,
        machine.run("sudo date -u +%F", user="tester").stdout,
        machine.run(f"{_AS_A_SERVICE}; cat /run/day").stdout,
        machine.run_script(Script("sudo date -u +%F", timeout_s=10)).stdout,
    ]

    assert ways == [f"{wanted}\n"] * len(ways)
    assert wanted != datetime.now(UTC).strftime("%F")
