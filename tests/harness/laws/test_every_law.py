"""Each law sees its defect, and none sees one in a clean package's lifecycle. Pure values; no machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.laws import LAWS
from harness.laws.trial import CannotTell, Finding, Trial
from harness.model.state import FileState, JournalLine, Process, State, Transition, UnitState
from simulator.contract import Event, MachineState, PayloadFile
from tests.harness.laws.values import (
    BARE,
    HIMDS,
    NEW,
    OLD,
    PROGRAM,
    ROOT,
    file,
    make_state,
    make_transition,
    make_trial,
    new_file,
    payload,
)

BEFORE = {
    PROGRAM: new_file(mode="755"),
    "/var/opt/azcmagent/agentconfig.json": new_file("{}", mode="600", owner="998:998"),
}
BOX = MachineState("/m/box-1", "box-1", "vm-1", "Connected", "Succeeded", NEW, creates=1, principal_id="p-1")


def summaries(law: str, trial: Trial) -> list[str]:
    """Give what a law finds."""
    return [finding.summary for finding in LAWS[law](trial)]


@pytest.fixture
def clean() -> tuple[Transition, ...]:
    """Give a whole life: installed, again, upgraded, restarted, removed."""
    new, old = make_state(), make_state(installed=OLD)
    restarted = make_state(units={"himdsd": UnitState("active", "enabled", "running", 200)})
    gone = msgspec.structs.replace(BARE, accounts=(*ROOT, *HIMDS))
    return (
        make_transition("install", BARE, old),
        make_transition("upgrade", old, restarted, output="Setting up azcmagent ...\n"),
        make_transition("reinstall", restarted, new),
        make_transition("reboot", new, restarted),
        make_transition("uninstall", restarted, gone),
    )


@pytest.mark.parametrize("law", LAWS)
def test_a_clean_life_breaks_no_law(law: str, clean: tuple[Transition, ...]) -> None:
    """No alarm without a defect."""
    assert summaries(law, make_trial(*clean)) == []


@pytest.mark.parametrize("law", LAWS)
def test_a_law_without_evidence_is_silent(law: str) -> None:
    """A package that was never installed is judged by what is in it."""
    assert summaries(law, make_trial()) == []


def _upgrade(law: str, expected: str, **after: object) -> Callable[..., None]:
    def test() -> None:
        running = {"himdsd": UnitState("active", "enabled", "running", 200)}
        step = make_transition(
            "upgrade", make_state(installed=OLD, files=BEFORE), make_state(**{"units": running, **after})
        )

        assert expected in summaries(law, make_trial(step))

    return test


test_a_half_installed_package = _upgrade(
    "package-database", "the package is half-installed instead of installed", package="half-installed", installed=""
)
test_a_changed_payload = _upgrade(
    "package-database", "the installed package is not as it was delivered", problems=("??5?????? /usr/bin/x",)
)
test_a_stopped_service = _upgrade(
    "services-keep-state", "the service himdsd was active and is inactive",
    units={"himdsd": UnitState("inactive", "enabled")},
)  # fmt: skip
test_a_disabled_service = _upgrade(
    "services-keep-state", "the service himdsd was enabled and is disabled",
    units={"himdsd": UnitState("active", "disabled", "running", 200)},
)  # fmt: skip
test_a_service_that_still_runs_the_old_program = _upgrade(
    "services-keep-state", "the service himdsd still runs the old program: it was not restarted",
    units={"himdsd": UnitState("active", "enabled", "running", 100)},
)  # fmt: skip
test_a_crashing_service = _upgrade(
    "services-keep-state", "the service himdsd was restarted by systemd 2 times: it crashes",
    units={"himdsd": UnitState("active", "enabled", "running", 200, 2)},
)  # fmt: skip
test_a_foreign_file = _upgrade(
    "nothing-else", "/etc/hosts.allow, which is not the package's, changes",
    files={PROGRAM: new_file(mode="755"), "/etc/hosts.allow": FileState(file("a"), file("b"))},
)  # fmt: skip
test_a_foreign_file_taken_away = _upgrade(
    "nothing-else", "/usr/bin/tool, which is not the package's, is taken away",
    files={PROGRAM: new_file(mode="755"), "/usr/bin/tool": FileState(file("a"), None)},
)  # fmt: skip
test_a_foreign_package = _upgrade(
    "nothing-else", "the package tomcat changes", packages={"azcmagent": NEW, "curl": "8", "tomcat": "9"}
)
test_a_foreign_unit = _upgrade(
    "nothing-else",
    "the unit cron.service, which is not the package's, changes",
    other_units={"cron.service": "disabled"},
)
test_a_foreign_account = _upgrade(
    "nothing-else", "the account or group tomcat changes", accounts=(*ROOT, *HIMDS, "tomcat:x:5:")
)
test_an_undeclared_port = _upgrade(
    "nothing-else", "something listens on any:8080, which the product does not declare",
    listening=("loopback:40342", "any:8080"),
)  # fmt: skip
test_the_default_environment = _upgrade(
    "nothing-else", "the default environment of all services changes: PATH", environment=("PATH=/opt",)
)
test_a_file_that_anybody_may_write = _upgrade(
    "files-sane", "/var/opt/azcmagent/state may be written by anybody",
    files={"/var/opt/azcmagent/state": new_file(mode="666")},
)  # fmt: skip
test_a_file_that_belongs_to_nobody = _upgrade(
    "files-sane", "/var/opt/azcmagent/state belongs to nobody: 4711:root",
    files={"/var/opt/azcmagent/state": new_file(owner="4711:0")},
)  # fmt: skip
test_a_broken_link = _upgrade(
    "files-sane", "the link /usr/bin/azcmagent leads nowhere", broken_links=("/usr/bin/azcmagent",),
    files={"/usr/bin/azcmagent": new_file(kind="l", link="/gone")},
)  # fmt: skip
test_a_temporary_file_that_stays = _upgrade(
    "no-fixed-temporary-names", "/tmp/agent.lock stays in a folder that anybody may write to",
    temporary=("/tmp/agent.lock f 644 root",),
)  # fmt: skip
test_lost_state = _upgrade(
    "state-survives", "the product's /var/opt/azcmagent/agentconfig.json is lost",
    files={"/var/opt/azcmagent/agentconfig.json": FileState(None, None)},
)  # fmt: skip
test_state_that_opens_up = _upgrade(
    "state-survives", "the product's /var/opt/azcmagent/agentconfig.json changes its owner or mode",
    files={"/var/opt/azcmagent/agentconfig.json": new_file("other", mode="644", owner="998:998")},
)  # fmt: skip
test_a_stray_process = _upgrade(
    "no-strays", "a process runs outside of its service",
    processes=(Process(7, "root", "session-1.scope", f"/usr/bin/python3 {PROGRAM}"),),
)  # fmt: skip
test_a_command_line_of_the_old_version = _upgrade(
    "version-truth", f"the command line says {OLD} where {NEW} is installed", cli_version=OLD
)


@pytest.mark.parametrize(
    ("output", "exit_code", "expected"),
    [
        ("", 100, "'sudo apt upgrade' ends with exit status 100"),
        ("", None, "'sudo apt upgrade' does not end"),
        ("Failed to stop x.service: Unit x.service not loaded.", 0, "'sudo apt upgrade' prints errors"),
        ("warning: %post(azcmagent) scriptlet failed, exit status 1", 0, "'sudo apt upgrade' prints errors"),
        ("rm: cannot remove '/x': No such file or directory", 0, "'sudo apt upgrade' prints errors"),
    ],
)
def test_an_unclean_end(
    output: str, exit_code: int | None, expected: str) -> None:  # fmt: skip
    """A status, a command that hangs and error text are told apart."""
    step = make_transition("upgrade", make_state(installed=OLD), make_state(), output=output, status=exit_code)

    assert summaries("ends-clean", make_trial(step)) == [expected]


def test_a_question_is_an_unclean_end_and_a_progress_bar_is_none() -> None:
    """What merely stands still for a while asks nothing."""
    asked = (
        "Progress: [ 80%] [#####.....] <Enter> (unexpected)",
        "*** a.conf (Y/I/N) [default=N] ? <Enter> (unexpected)",
    )
    step = make_transition("upgrade", make_state(installed=OLD), make_state(), asked=asked)
    found: list[Finding] = list(LAWS["ends-clean"](make_trial(step)))

    assert [(finding.summary, finding.evidence) for finding in found] == [
        ("'sudo apt upgrade' asks a question", asked[1:])
    ]


def test_a_refused_downgrade_is_clean() -> None:
    """A package manager may refuse; then nothing has changed."""
    step = make_transition("downgrade", make_state(), make_state(), status=100)

    assert summaries("ends-clean", make_trial(step)) + summaries("package-database", make_trial(step)) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (UnitState("active", "enabled"), UnitState("failed", "enabled"),
         ["the service himdsd does not start at boot: failed"]),
        (UnitState("inactive", "disabled"), UnitState("active", "disabled"),
         ["the service himdsd starts at boot, although it is not enabled"]),
        (UnitState("inactive", "masked"), UnitState("inactive", "masked"), []),
    ],
)  # fmt: skip
def test_a_boot(
    before: UnitState, after: UnitState, expected: list[str]) -> None:  # fmt: skip
    """What is enabled starts, and nothing else."""
    step = make_transition("reboot", make_state(units={"himdsd": before}), make_state(units={"himdsd": after}))

    assert summaries("services-keep-state", make_trial(step)) == expected


def test_a_killed_service_comes_back() -> None:
    """One that stays away is a defect."""
    dead = make_state(units={"himdsd": UnitState("failed", "enabled")})

    assert summaries("services-keep-state", make_trial(make_transition("kill himdsd", make_state(), dead))) == [
        "the service himdsd does not come back after it was killed"
    ]


@pytest.mark.parametrize(
    "after", [file("theirs"), file("mine", mode="644"), file("mine", mode="600", owner="9:0"), None]
)
def test_an_edit_that_is_lost(after: object) -> None:
    """Content, mode, owner and the file itself are the administrator's."""
    path = "/etc/azcmagent.conf"
    before = make_state(installed=OLD, files={path: FileState(None, file("mine", mode="600"))})
    lost = make_state(files={path: FileState(None, after)})  # type: ignore[arg-type] # facts or None
    step = make_transition("upgrade", before, lost, edited=(path,))

    assert summaries("edits-survive", make_trial(step)) == [f"the administrator's {path} is not kept"]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ((), "the connected machine box-1 vanishes from Azure"),
        ((msgspec.structs.replace(BOX, vm_id="vm-2"),), "the connected machine box-1 is another one: vm_id changes"),
        ((msgspec.structs.replace(BOX, creates=2),), "the connected machine box-1 is another one: creates changes"),
        ((msgspec.structs.replace(BOX, status="Disconnected"),), "the connected machine box-1 is Disconnected"),
    ],
)
def test_a_lost_identity(
    after: tuple[MachineState, ...], expected: str) -> None:  # fmt: skip
    """An upgraded machine is the same machine."""
    step = make_transition("upgrade", make_state(installed=OLD, connected=(BOX,)), make_state(connected=after))

    assert summaries("identity", make_trial(step)) == [expected]


def test_azure_shows_an_old_version() -> None:
    """Heartbeats that name another version than the package database are found at the next transition."""
    stale = make_state(connected=(msgspec.structs.replace(BOX, agent_version=OLD),))

    assert summaries("version-truth", make_trial(make_transition("reboot", stale, stale))) == [
        f"Azure shows version {OLD} where {NEW} is installed"
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"files": {"/opt/azcmagent/cache": new_file()}}, "/opt/azcmagent/cache is left behind"),
        ({"accounts": (*ROOT, "stray:x:9:")}, "the account or group stray is left behind"),
        ({"units": {"himdsd": UnitState("active", "absent")}}, "the service himdsd still runs"),
        ({"units": {"himdsd": UnitState("inactive", "disabled")}}, "systemd still knows the unit himdsd"),
        ({"listening": ("loopback:40342",)}, "something of the package still listens"),
        ({"packages": {"curl": "8", "helper": "1"}}, "packages that came with it stay"),
    ],
)
def test_leftovers(
    changes: dict[str, object], expected: str) -> None:  # fmt: skip
    """What is neither declared nor the system's own is told."""
    full = make_state(files={PROGRAM: new_file(mode="755"), "/opt/azcmagent/cache": new_file()})
    steps = (
        make_transition("install", BARE, full),
        make_transition("uninstall", full, msgspec.structs.replace(BARE, **changes)),
    )

    assert summaries("nothing-left", make_trial(*steps)) == [expected]


def test_a_declared_leftover_is_none() -> None:
    """What the product file says stays, stays."""
    kept = {"/var/opt/azcmagent/agentconfig.json": new_file()}
    gone = msgspec.structs.replace(BARE, files=kept, accounts=(*ROOT, *HIMDS))
    steps = (
        make_transition("install", BARE, make_state(files=kept)),
        make_transition("uninstall", make_state(files=kept), gone),
    )

    assert summaries("nothing-left", make_trial(*steps)) == []


def test_an_exposed_secret() -> None:
    """Each place is told."""
    step = make_transition("connect", make_state(), make_state(), exposed=("/var/log/agent.log", "journal"))

    assert summaries("secrets-hidden", make_trial(step)) == [
        "a secret stands in /var/log/agent.log", "a secret stands in journal",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "message", "found"),
    [
        ("systemd", f"{PROGRAM}:3: Unknown key name 'Restrat' in section 'Service', ignoring.", True),
        ("systemd", f"{PROGRAM}:3: Failed to parse boolean value, ignoring: maybe", True),
        ("systemd", "/usr/lib/systemd/system/of-others.service:3: Unknown key name 'a' in section 'b'", False),
        ("himds", f"{PROGRAM}:3: Unknown key", False),
        ("systemd", f"{PROGRAM}: started", False),
    ],
)
def test_a_unit_file_with_a_mistake(source: str, message: str, found: bool) -> None:
    """systemd goes on without the line, so that nothing else shows it."""
    line = JournalLine("himdsd.service", source, 4, message)
    step = make_transition("upgrade", make_state(installed=OLD), make_state(), journal=(line,))

    assert summaries("journal-quiet", make_trial(step)) == [f"systemd does not understand {PROGRAM}"] * found


def test_a_purge_after_a_removal_is_judged() -> None:
    """The package manager says of both states that the package is absent."""
    gone = msgspec.structs.replace(BARE, accounts=(*ROOT, *HIMDS))
    steps = (make_transition("install", BARE, make_state()), make_transition("remove", make_state(), gone),
             make_transition("uninstall", gone, gone, status=1))  # fmt: skip

    assert "'sudo apt uninstall' ends with exit status 1" in summaries("ends-clean", make_trial(*steps))


def test_what_is_left_until_the_machine_restarts() -> None:
    """Below /run; what was there before is another's."""
    states = [
        msgspec.structs.replace(BARE, runtime=("/run/himdsd.lock", *more))
        for more in ((), ("/run/himdsd.pid", "/var/opt/azcmagent/declared"))
    ]
    steps = (make_transition("install", states[0], make_state()), make_transition("uninstall", make_state(), states[1]))

    assert summaries("nothing-left", make_trial(*steps)) == [
        "/run/himdsd.pid is left behind until the machine restarts"
    ]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ((), (payload("/usr/local/bin/tool"),), "/usr/local/bin/tool is where no package may put a file"),
        ((), (payload("/run/agent", kind="d"),), ""),
        ((payload("/opt/a", kind="d"),), (payload("/opt/a", kind="l", mode="777", link="/srv"),),
         "/opt/a becomes another kind of file: an upgrade cannot do that"),
        ((payload("/opt/a", kind="l"),), (payload("/opt/a"),), ""),
    ],
    ids=["place", "folder", "kind", "link"],
)  # fmt: skip
def test_files_that_no_package_may_have(
    before: tuple[PayloadFile, ...], after: tuple[PayloadFile, ...], found: str
) -> None:
    """Where they are, and what they are instead of what they were."""
    trial = make_trial(files=after)
    assert trial.old is not None
    trial = replace(trial, old=msgspec.structs.replace(trial.old, files=before))

    assert summaries("sound-package", trial) == [found] * bool(found)


@pytest.mark.parametrize(
    "message", ["himdsd.service: Main process exited, code=dumped", "himdsd.service: Failed with result 'exit-code'."]
)
def test_a_loud_journal(message: str) -> None:
    """A crash is an error although systemd logs it as a notice."""
    line = JournalLine("himdsd.service", "systemd", 5, message)
    step = make_transition("upgrade", make_state(installed=OLD), make_state(), journal=(line,))

    assert summaries("journal-quiet", make_trial(step)) == ["himdsd.service logs errors"]


def _event(seq: int, minute: float, kind: str = "heartbeat", host: str = "") -> Event:
    moment = f"2026-01-01T12:{int(minute):02}:{int(60 * (minute % 1)):02}.000000Z"
    return Event(seq, moment, moment, kind, host=host, client="10.0.0.2")  # type: ignore[arg-type] # a kind's name


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ([0, 5, 10, 15], []),
        ([0, 11, 16], ["no heartbeat for 660 s, more than two periods"]),
        ([0, 5, 10, 10.5, 15], ["heartbeats are doubled"]),
    ],
)
def test_heartbeats(
    minutes: list[float], expected: list[str]) -> None:  # fmt: skip
    """The gap across a transition counts; the first beat after a start may come at once."""
    events = tuple(_event(number, minute) for number, minute in enumerate(minutes, start=1))
    connected = make_state(connected=(BOX,))
    step = make_transition("upgrade", connected, connected, since=1, until=1)

    assert summaries("heartbeats-steady", make_trial(step, events=events)) == expected


def test_heartbeats_after_the_removal() -> None:
    """Nobody is left to send them."""
    step = make_transition("uninstall", make_state(connected=(BOX,)), BARE, since=1, until=2)

    assert summaries("heartbeats-steady", make_trial(step, events=(_event(1, 0), _event(2, 1), _event(3, 6)))) == [
        "heartbeats come after the agent has gone"
    ]


def test_undeclared_and_late_hosts() -> None:
    """A host is told once; after a removal no host but the repository's is asked."""
    events = (
        _event(2, 1, "dns", "telemetry.example.com"), _event(3, 2, "request", "telemetry.example.com"),
        _event(3, 2, "dns", "9.0.0.10.in-addr.arpa"), _event(6, 6, "request", "management.azure.com"),
    )  # fmt: skip
    steps = (
        make_transition("install", BARE, make_state(), since=1, until=4),
        make_transition("uninstall", make_state(), BARE, since=4, until=5),
    )

    assert summaries("hosts-declared", make_trial(*steps, events=events)) == [
        "the undeclared host telemetry.example.com is contacted", "the machine still contacts Azure after the removal",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("touch /tmp/.x-upgrade", True), ("echo 1 > /var/tmp/agent.state", True), ("cp a /dev/shm/agent", True),
        ("t=$(mktemp /tmp/agent.XXXXXX)", False), ("# touch /tmp/x", False), ("[ -d /tmp/agent ]", False),
        ('echo 1 > "/tmp/agent.$$.$RANDOM"', False),
    ],
)  # fmt: skip
def test_fixed_temporary_names(line: str, is_found: bool) -> None:
    """A name that anybody can foresee is found, a made-up one is not."""
    assert (
        bool(summaries("no-fixed-temporary-names", make_trial(scripts={"postinst": f"#!/bin/sh\n{line}\n"})))
        is is_found
    )


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"mode": "4755"}, f"{PROGRAM} runs with the rights of its owner or group (setuid, setgid)"),
        ({"mode": "777"}, f"{PROGRAM} may be written by anybody"),
    ],
)
def test_modes_in_the_package(changed: dict[str, str], expected: str) -> None:
    """What is delivered wrong needs no machine to be seen."""
    assert summaries("files-sane", make_trial(files=(payload(**changed),))) == [expected]


def test_an_unsound_package() -> None:
    """Digests that strict clients demand; configuration that an upgrade would overwrite."""
    no_digest = make_trial(kind="rpm", digests=("header-md5", "header-sha256", "files-sha256"))
    unmarked = make_trial(files=(payload("/etc/agent.conf", mode="644"),))
    replaced = make_trial(files=(payload("/etc/agent.conf", mode="644", config=True, replaced=True),))

    assert [summaries("sound-package", trial) for trial in (no_digest, unmarked, replaced)] == [
        ["the package has no payload-sha256 digest"],
        ["/etc/agent.conf is not marked as configuration: an upgrade overwrites edits"],
        ["an edited /etc/agent.conf gives way to the new one on upgrade"],
    ]


def test_a_new_dependency_is_told() -> None:
    """What the package manager will bring along is announced."""
    assert summaries(
        "within-budget", make_trial(relations={"depends": ("curl",), "recommends": ("unattended-upgrades",)})
    ) == ["new since the previous release: recommends unattended-upgrades"]


def test_ways_that_differ() -> None:
    """Fresh and upgraded, up and down, twice and once: each pair is compared."""
    fresh, old = make_state(), make_state(installed=OLD)
    odd = {PROGRAM: new_file(mode="755"), "/usr/bin/azcmagent": new_file(kind="l", link="/x")}
    first = make_trial(
        make_transition("install", BARE, fresh), make_transition("reinstall", fresh, make_state(files=odd))
    )
    second = make_trial(
        make_transition("install", BARE, old),
        make_transition("upgrade", old, make_state(files=odd)),
        make_transition("downgrade", make_state(files=odd), make_state(installed=OLD, files=odd)),
    )
    trial = Trial(first.product, first.new, first.old, (*first.runs, *second.runs))

    assert summaries("same-in-the-end", trial) == [
        "installing twice is not installing once: /usr/bin/azcmagent",
        "up and down does not lead back: /usr/bin/azcmagent",
        "an upgraded machine differs from a new one: /usr/bin/azcmagent",
    ]


def test_services_that_differ_are_one_finding() -> None:
    """What stops one usually stops all."""
    stopped = make_state(units={"himdsd": UnitState("inactive", "disabled")})
    trial = make_trial(make_transition("reinstall", make_state(), stopped))
    found = list(LAWS["same-in-the-end"](trial))

    assert [(finding.summary, finding.about, finding.evidence) for finding in found] == [
        ("installing twice is not installing once: services himdsd", ("himdsd",),
         ("himdsd expected: ('active', 'enabled'), found: ('inactive', 'disabled')",)),
    ]  # fmt: skip


def hostile_trial(before: State, after: State, word: str = "umask-077", **run: Any) -> Trial:
    """Give a trial of an ordinary installation and of one in an environment."""
    ordinary = make_trial(make_transition("install", BARE, make_state()))
    hostile = make_trial(make_transition("install", before, after))
    changed = msgspec.structs.replace(hostile.runs[0], environment=word, **run)
    return Trial(ordinary.product, ordinary.new, ordinary.old, (changed, *ordinary.runs))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"files": {PROGRAM: new_file(mode="700")}}, PROGRAM),
        ({"accounts": (*ROOT, *HIMDS, "new:x:7:7::/:/bin/sh")}, "accounts"),
        ({"listening": ()}, "listening ports"),
        ({"environment": ("PATH=/bin", "NEW=1")}, "the default environment"),
        ({"units": {"himdsd": UnitState("failed", "enabled")}}, "services himdsd"),
    ],
)
def test_an_environment_changes_nothing(changes: dict[str, Any], what: str) -> None:
    """What an installation does in it differs from what it does on an ordinary machine: a defect."""
    trial = hostile_trial(BARE, make_state(**changes))

    assert summaries("same-in-the-end", trial) == [f"with umask-077 a new machine differs from an ordinary one: {what}"]


def test_what_an_environment_brings_is_no_difference() -> None:
    """Accounts with other homes, ports and variables that were there before the installation."""
    taken = (*ROOT, "himds:x:4811:4711::/home/himds:/usr/sbin/nologin", "himds:x:4711:")
    before = msgspec.structs.replace(BARE, accounts=taken, listening=("any:22",), environment=("PATH=/bin", "LANG=C"))
    after = make_state(
        accounts=taken, listening=("any:22", "loopback:40342"), environment=("PATH=/bin", "LANG=C")
    )  # fmt: skip

    assert summaries("same-in-the-end", hostile_trial(before, after, "uid-taken")) == []


def test_what_an_environment_lacks_and_what_tools_say_there() -> None:
    """A cron file that has no place is no difference, nor is a line of a system tool; elsewhere both are."""
    cron = {"/etc/cron.d/job": new_file(), PROGRAM: new_file(mode="755")}
    said = "Failed to set locale, defaulting to C.UTF-8\n"
    ordinary = make_trial(make_transition("install", BARE, make_state(files=cron)))
    found: dict[str, list[str]] = {}
    for word in ("no-cron", "no-locale"):
        hostile = make_trial(make_transition("install", BARE, make_state(), output=said))
        run = msgspec.structs.replace(hostile.runs[0], environment=word)
        trial = Trial(ordinary.product, ordinary.new, ordinary.old, (run, *ordinary.runs))
        found[word] = [*summaries("same-in-the-end", trial), *summaries("ends-clean", trial)]

    assert found == {
        "no-cron": ["'sudo apt install' prints errors"],
        "no-locale": ["with no-locale a new machine differs from an ordinary one: /etc/cron.d/job"],
    }


def test_a_candidate_that_leaves_nothing_is_judged() -> None:
    """An installation that failed before anything was unpacked is the candidate's, not that of an old release."""
    transition = make_transition("install", BARE, BARE, status=100, output="dpkg: error\n")
    titled = [msgspec.structs.replace(transition, title=f"install {version}") for version in ("candidate", "previous")]

    assert [summaries("ends-clean", make_trial(one)) for one in titled] == [
        ["'sudo apt install' ends with exit status 100"], []
    ]  # fmt: skip


def test_a_repair_leads_to_what_undisturbed_is() -> None:
    """The interrupted installation itself is not judged; what its repair leaves is, whole and by its commands."""
    unpacked = make_state(package="half-installed", units={"himdsd": UnitState("inactive", "disabled")}, listening=())
    ordinary = make_trial(make_transition("install", BARE, make_state()))
    found: dict[str, list[list[str]]] = {}
    for name, after in (("healed", make_state()), ("stopped", make_state(units=unpacked.units, listening=()))):
        interrupted = make_transition("interrupt", BARE, unpacked, status=137, output="dpkg: error\n")
        repaired = make_trial(
            msgspec.structs.replace(interrupted, title="interrupt kill at=postinst"),
            make_transition("repair", unpacked, after),
        )
        trial = replace(ordinary, runs=(*repaired.runs, *ordinary.runs))
        found[name] = [told for law in LAWS if (told := summaries(law, trial))]

    begin = "repaired after 'interrupt kill at=postinst' a machine differs from an undisturbed one"
    assert found == {"healed": [], "stopped": [[f"{begin}: services himdsd", f"{begin}: listening ports"]]}


def test_a_repair_that_fails_is_told() -> None:
    """By its command, and by what it leaves; and nothing is called the same without something to compare with."""
    unpacked = make_state(package="half-installed")
    trial = make_trial(make_transition("repair", unpacked, unpacked, status=100))

    assert summaries("ends-clean", trial) == ["'sudo apt repair' ends with exit status 100"]
    assert summaries("package-database", trial) == ["the package is half-installed instead of installed"]
    with pytest.raises(CannotTell, match="lifecycle"):
        summaries("same-in-the-end", trial)


def test_without_systemd_services_are_enabled_and_do_not_run() -> None:
    """Neither law asks for more; a service that was started all the same is a defect."""
    enabled = make_state(units={"himdsd": UnitState("inactive", "enabled")}, listening=())
    disabled = make_state(units={"himdsd": UnitState("inactive", "disabled")}, listening=())
    found = {
        law: [summaries(law, hostile_trial(BARE, after, "no-systemd", services=False))
              for after in (enabled, disabled, make_state())]
        for law in ("services-keep-state", "same-in-the-end")
    }  # fmt: skip

    assert found["services-keep-state"] == [
        [], ["the service himdsd is not enabled"],
        ["the service himdsd was started, although no service can run there"],
    ]  # fmt: skip
    assert found["same-in-the-end"] == [
        [], ["with no-systemd a new machine differs from an ordinary one: services himdsd"], []
    ]  # fmt: skip


def test_an_environment_with_nothing_to_compare_with_cannot_be_told() -> None:
    """Without an ordinary installation, or with one that failed, the law says so after its findings."""
    alone = hostile_trial(BARE, make_state())
    failed = make_trial(make_transition("install", BARE, BARE))
    for runs in (alone.runs[:1], (alone.runs[0], *failed.runs)):
        with pytest.raises(CannotTell, match="that lifecycle could"):
            summaries("same-in-the-end", replace(alone, runs=runs))


def test_every_law_is_explained_and_has_a_file() -> None:
    """docs/laws.md has a paragraph for each law, in the order of the table; the file has the law's name."""
    text = (Path(__file__).parents[3] / "docs" / "laws.md").read_text()
    explained = [line.removeprefix("## `").removesuffix("`") for line in text.splitlines() if line.startswith("## `")]

    assert explained == list(LAWS)
    assert [judge.__module__.rpartition(".")[2].replace("_", "-") for judge in LAWS.values()] == list(LAWS)


@pytest.mark.parametrize(
    ("parent", "unit", "command", "found"),
    [
        (1, "", "/bin/sleep 1000", ["a script leaves sleep running"]),
        (1, "init.scope", "python3 -c pass", ["a script leaves python3 running"]),
        (0, "", "bash", []),
        (1, "himdsd.service", "sleep 1000", []),
        (1, "", "gpg-agent --homedir /var/cache/dnf", []),
    ],
    ids=["left", "of no service", "of the laboratory", "of a service", "of the package manager"],
)
def test_a_process_that_a_script_leaves(parent: int, unit: str, command: str, found: list[str]) -> None:
    """It is an orphan that no service holds, and that was not there before."""
    stray = Process(7, "root", unit, command, parent)
    news = make_transition("reinstall", make_state(), make_state(processes=(stray,)))
    known = make_transition("reinstall", make_state(processes=(stray,)), make_state(processes=(stray,)))

    assert summaries("no-strays", make_trial(news)) == found
    assert summaries("no-strays", make_trial(known)) == []


@pytest.mark.parametrize("law", ["files-sane", "state-survives", "nothing-else"])
def test_what_comes_into_force_at_the_next_boot(law: str) -> None:
    """tmpfiles.d and sysusers.d of a package are read then."""
    state = "/var/opt/azcmagent/agentconfig.json"
    before = make_state(files=BEFORE)
    after = make_state(files={PROGRAM: BEFORE[PROGRAM], state: new_file("{}", mode="666", owner="998:998")},
                       accounts=(*ROOT, *HIMDS, "more:x:7:"))  # fmt: skip

    assert len(summaries(law, make_trial(make_transition("reboot", before, after)))) == 1


@pytest.mark.parametrize(("old", "new", "is_found"), [("", "1", True), ("1", "", True), ("1", "1", False)])
def test_an_epoch_comes_or_goes(old: str, new: str, is_found: bool) -> None:
    """An rpm's is nowhere in its file's name, and all that follow have to have it."""
    trial = make_trial(epoch=new)
    assert trial.old is not None
    trial = replace(trial, old=msgspec.structs.replace(trial.old, epoch=old))

    assert (
        summaries("version-truth", trial)
        == ["the epoch of its version changes, which no later release can take back"] * is_found
    )


@pytest.mark.parametrize(("statuses", "is_found"), [((1, 0), False), ((0, 0), True), ((0, 1), True)])
def test_errors_of_a_command_that_was_accepted(statuses: tuple[int, int], is_found: bool) -> None:
    """A step that goes on after a failure has expected it, as the repair of what dpkg calls broken does."""
    errors = make_transition("repair", make_state(), make_state(), output="E: no", status=statuses[0]).commands
    last = make_transition("repair", make_state(), make_state(), status=statuses[1]).commands
    step = make_transition("repair", make_state(), make_state())
    trial = make_trial(msgspec.structs.replace(step, commands=(*errors, *last)))

    assert bool(summaries("ends-clean", trial)) is is_found


@pytest.mark.parametrize(("child", "is_found"), [(101, True), (201, False)])
def test_children_that_outlive_a_restart(child: int, is_found: bool) -> None:
    """As with KillMode=process: the old program goes on beside the new one."""
    states = [
        make_state(
            installed=version,
            units={"himdsd": UnitState("active", "enabled", "running", main)},
            processes=tuple(Process(pid, "himds", "himdsd.service", "himds", 1) for pid in (main, worker)),
        )
        for version, main, worker in ((OLD, 100, 101), (NEW, 200, child))
    ]

    assert (
        summaries("no-strays", make_trial(make_transition("upgrade", *states)))
        == ["the service himdsd was restarted, and processes of the old one go on"] * is_found
    )


def test_a_child_of_a_service_that_has_gone() -> None:
    """Whatever it is called."""
    child = Process(101, "himds", "himdsd.service", "sleep 86400", 1)
    gone = msgspec.structs.replace(BARE, processes=(child,))

    assert summaries("no-strays", make_trial(make_transition("uninstall", make_state(), gone))) == [
        "a process of the package still runs"
    ]
