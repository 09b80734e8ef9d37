"""A step ends clean: its status, what it prints, what it asks, and what a scenario has expected."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from harness.laws import LAWS
from harness.laws.ends_clean import guilty_script
from harness.laws.trial import RUNS_INSTALLER, Finding
from harness.model.record import CommandRecord
from harness.model.state import Ending
from tests.harness.laws.values import (
    BARE,
    HIMDS,
    NEW,
    OLD,
    ROOT,
    make_state,
    make_transition,
    make_trial,
    payload,
    summaries,
)


@pytest.mark.parametrize(
    ("output", "exit_code", "expected"),
    [
        ("", 100, "'sudo apt upgrade' ends with exit status 100"),
        ("", None, "'sudo apt upgrade' does not end"),
        ("Failed to stop x.service: Unit x.service not loaded.", 0, "'sudo apt upgrade' prints errors"),
        ("warning: %post(azcmagent) scriptlet failed, exit status 1", 0, "'sudo apt upgrade' prints errors"),
        ("rm: cannot remove '/x': No such file or directory", 0, "'sudo apt upgrade' prints errors"),
        ("chown: invalid user: 'nobody-here:x'", 0, "'sudo apt upgrade' prints errors"),
        ("useradd: user 'himds' already exists", 0, "'sudo apt upgrade' prints errors"),
        (
            "Progress: [ 40%] [##..] Progress: [ 60%] [###.] Traceback (most recent call last):",
            0,
            "'sudo apt upgrade' prints errors",
        ),
        ("OSError: [Errno 101] Network is unreachable", 0, "'sudo apt upgrade' prints errors"),
        ("/var/tmp/rpm-tmp.x: line 3: [: =: unary operator expected", 0, "'sudo apt upgrade' prints errors"),
    ],
)
def test_an_unclean_end(
    output: str, exit_code: int | None, expected: str) -> None:  # fmt: skip
    """A status, a command that hangs and error text are told apart."""
    step = make_transition("upgrade", make_state(installed=OLD), make_state(), output=output, status=exit_code)

    assert summaries("ends-clean", make_trial(step)) == [expected]


@pytest.mark.parametrize(
    ("said", "is_told"),
    [
        ("+ set -e\n+ id himds\n++ cat /etc/os-release\n+ [ -d /a ]", True),
        ("+ one line\nthat begins so", False),
        ("a | b\n--+--\n+++\n+\n+", False),
    ],
)
def test_a_script_that_shows_its_commands(said: str, *, is_told: bool) -> None:
    """With whatever they are given, a password or a token too, to whoever reads the log of the installation."""
    step = make_transition("upgrade", make_state(installed=OLD), make_state(), output=said)
    told = "'sudo apt upgrade' shows each command of a script, with what it is given (set -x)"

    assert summaries("ends-clean", make_trial(step)) == ([told] if is_told else [])


@pytest.mark.parametrize("line", ["set -x", "set -eux", "[ -z $1 ] || set -o xtrace"])
def test_where_a_script_begins_to_show_its_commands(line: str) -> None:
    """Is what is blamed."""
    said = "+ id himds\n+ id himds\n+ id himds"
    step = make_transition("upgrade", make_state(installed=OLD), make_state(), output=said)
    trial = make_trial(step, scripts={"preinst": "#!/bin/sh\nset -e\n", "postinst": f"#!/bin/sh\nset -e\n{line}\n"})

    assert [(found.script, found.line) for found in LAWS["ends-clean"](trial)] == [("postinst", 3)]


def test_a_folder_that_is_not_empty_is_left() -> None:
    """That is what rmdir is called for, where others may have put something there."""
    said = "rmdir: failed to remove '/var/opt/x': Directory not empty"
    step = make_transition("upgrade", make_state(installed=OLD), make_state(), output=said)

    assert summaries("ends-clean", make_trial(step)) == []


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


def test_a_machine_that_is_ended_from_within_is_an_unclean_end() -> None:
    """Also where nobody could look afterwards; one that the previous release has ended is not the candidate's."""
    step = make_transition("upgrade", make_state(installed=OLD), make_state(installed=OLD))
    trial = make_trial()
    for kind, expected in (("upgrade", 1), ("install", 0)):
        ending = Ending(msgspec.structs.replace(step, kind=kind, title=kind), "shuts the machine down")
        run = msgspec.structs.replace(trial.runs[0], ending=ending)
        found = summaries("ends-clean", dataclasses.replace(trial, runs=(run,)))

        assert found == ["the step 'upgrade' shuts the machine down"] * expected


@pytest.mark.parametrize(
    "asked",
    [
        "*** pongd.conf (Y/I/N/O/D/Z) [default=N] ? N",
        "What do you want to do about modified configuration file pongd.conf? 2",
    ],
    ids=["dpkg", "ucf"],
)
def test_a_question_about_an_edited_file_was_foreseen(asked: str) -> None:
    """The administrator's own edit makes it asked; where nobody has edited that file, a script has."""
    steps = [make_transition("upgrade", make_state(installed=OLD), make_state(), asked=(asked,), edited=edited)
             for edited in (("/etc/pongd/pongd.conf",), ("/etc/pongd/other.conf",), ())]  # fmt: skip

    assert [len(summaries("ends-clean", make_trial(step))) for step in steps] == [0, 1, 1]


def test_an_account_that_a_script_finds_made_is_no_error() -> None:
    """Debian's addgroup says so of a system group, and ends with success; of another one it is an error."""
    fine = "addgroup: The group `himds' already exists as a system group. Exiting."
    steps = [make_transition("upgrade", make_state(installed=OLD), make_state(), output=said)
             for said in (fine, "addgroup: The group `himds' already exists.")]  # fmt: skip

    assert [len(summaries("ends-clean", make_trial(step))) for step in steps] == [0, 1]


def test_a_refused_downgrade_is_clean() -> None:
    """A package manager may refuse; then nothing has changed."""
    step = make_transition("downgrade", make_state(), make_state(), status=100)

    assert summaries("ends-clean", make_trial(step)) + summaries("package-database", make_trial(step)) == []


def test_a_purge_after_a_removal_is_judged() -> None:
    """The package manager says of both states that the package is absent."""
    gone = msgspec.structs.replace(BARE, accounts=(*ROOT, *HIMDS))
    steps = (make_transition("install", BARE, make_state()), make_transition("remove", make_state(), gone),
             make_transition("uninstall", gone, gone, status=1))  # fmt: skip

    assert "'sudo apt uninstall' ends with exit status 1" in summaries("ends-clean", make_trial(*steps))


@pytest.mark.parametrize(("statuses", "is_found"), [((1, 0), False), ((0, 0), True), ((0, 1), True)])
def test_errors_of_a_command_that_was_accepted(statuses: tuple[int, int], is_found: bool) -> None:
    """A step that goes on after a failure has expected it, as the repair of what dpkg calls broken does."""
    errors = make_transition("repair", make_state(), make_state(), output="E: no", status=statuses[0]).commands
    last = make_transition("repair", make_state(), make_state(), status=statuses[1]).commands
    step = make_transition("repair", make_state(), make_state())
    trial = make_trial(msgspec.structs.replace(step, commands=(*errors, *last)))

    assert bool(summaries("ends-clean", trial)) is is_found


def test_a_candidate_that_leaves_nothing_is_judged() -> None:
    """An installation that failed before anything was unpacked is the candidate's, not that of an old release."""
    transition = make_transition("install", BARE, BARE, status=100, output="dpkg: error\n")
    titled = [msgspec.structs.replace(transition, title=f"install {version}") for version in ("candidate", "previous")]

    assert [summaries("ends-clean", make_trial(one)) for one in titled] == [
        ["'sudo apt install' ends with exit status 100"], []
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "dpkg: warning: unable to delete old directory '/etc/azcmagent': Directory not empty",
        "warning: /etc/a.conf saved as /etc/a.conf.rpmsave",
        "Progress: [  0%] [.....]",
        "Created symlink /etc/systemd/system/a.service, which does not exist in any other place.",
    ],
)
def test_what_package_managers_say_by_the_way(line: str) -> None:
    """It is no error, although a word of it may look like one."""
    step = make_transition("upgrade", make_state(installed=OLD), make_state(), output=line)

    assert summaries("ends-clean", make_trial(step)) == []


def test_a_shell_names_the_script_and_its_line() -> None:
    """Which is the place to look at."""
    said = "/var/lib/dpkg/info/azcmagent.postinst: 7: [: =: unexpected operator"
    step = make_transition("upgrade", make_state(installed=OLD), make_state(), output=said)
    (found,) = LAWS["ends-clean"](make_trial(step))

    assert (found.script, found.line) == ("postinst", 7)


@pytest.mark.parametrize(("installed", "found"), [(NEW, False), ("", True)], ids=["all as it was", "gone"])
def test_a_refused_downgrade_says_so(installed: str, found: bool) -> None:
    """Its error text is the refusal; it is a mistake where something has changed."""
    after = make_state(installed=installed, package="installed" if installed else "absent")
    said = "dpkg: error processing archive azcmagent.deb (--unpack):"
    step = make_transition("downgrade", make_state(), after, output=said, status=100, accepted_exits=(0, 100))

    assert bool(summaries("ends-clean", make_trial(step))) == found


@pytest.mark.parametrize(
    ("status", "package", "told"),
    [
        (0, "absent", ["the installer says that it has succeeded, and the package is not there"]),
        (0, "half-installed", ["the installer says that it has succeeded, and the package is not there"]),
        (1, "half-installed", ["the installer leaves the package half-installed"]),
        (1, "absent", []),
        (0, "installed", []),
    ],
)
def test_an_installer_whose_package_cannot_be_had(status: int, package: str, told: list[str]) -> None:
    """It says so by its exit status."""
    after = make_state() if package == "installed" else msgspec.structs.replace(BARE, package=package)
    step = make_transition("onboard", BARE, after, output="E: nothing there", status=status, accepted_exits=(status,))
    assert step.title.startswith(RUNS_INSTALLER)

    assert summaries("ends-clean", make_trial(step)) == told


def test_an_installer_that_was_never_run() -> None:
    """A step that came to grief before its first command says nothing of the package."""
    step = msgspec.structs.replace(make_transition("onboard", BARE, BARE), commands=())

    assert not summaries("ends-clean", make_trial(step))


def test_an_installer_that_fails_has_installed_nothing() -> None:
    """It was to install the candidate, so that it is judged although no version tells of it."""
    step = make_transition("install", BARE, BARE, output="The lock is held.", status=1)
    step = msgspec.structs.replace(step, title="onboard installer=#!/bin/sh")

    assert summaries("ends-clean", make_trial(step)) == ["'sudo apt install' ends with exit status 1"]


def test_the_script_that_does_not_undo_is_guilty() -> None:
    """Not the one of the package that refuses to come."""
    output = (
        "new azcmagent package pre-installation script subprocess returned error exit status 1\n"
        "dpkg: error while cleaning up:\n"
        " installed azcmagent package post-installation script subprocess returned error exit status 1\n"
    )

    assert guilty_script(output) == "postinst"
    assert guilty_script(output.partition("\n")[0]) == "preinst"


@pytest.mark.parametrize(("status", "how"), [(127, "ends with exit status 127"), (None, "does not end")])
def test_a_job_that_fails_at_night(status: int | None, how: str) -> None:
    """Its table is to blame; one that does its work is nothing to tell of."""
    table = payload("/etc/cron.d/azcmagent-report", text="17 3 * * * root report --all\n", mode="644")
    fails, works = (CommandRecord("box-1", line, ended, "", "sh: 1: report: not found", "lab", "true", 1.0)
                    for line, ended in (("report --all", status), ("true", 0)))  # fmt: skip
    step = make_transition("jobs", make_state(), make_state())
    step = msgspec.structs.replace(step, commands=(works, fails))

    (found,) = LAWS["ends-clean"](make_trial(step, files=(payload(), table)))

    assert found.summary == f"the job 'report --all' {how}"
    assert found.evidence == ("sh: 1: report: not found",)
    assert found.about[0] == table.path
