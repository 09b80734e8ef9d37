"""The guilty line is found by what a finding is about; where there is none, the path or the process is named."""

from __future__ import annotations

import msgspec
import pytest

from harness.laws import LAWS
from harness.laws.trial import STARTS, STOPS, Finding, Seen, Trial
from harness.model.validation import Blame
from harness.validation.blame import blame, score_of
from tests.harness.laws.values import BARE, OLD, PROGRAM, make_state, make_transition, make_trial, payload

POSTINST = (
    "#!/bin/sh\n# systemctl stop himdsd\nset -e\nsystemctl stop himdsd\nsystemctl start extd\nsystemctl stop extd\n"
)
PRERM = "#!/bin/sh\nrm -f /usr/bin/azcmagent /opt/azcmagent/bin/himds\nfind /etc/azcmagent -type f -delete\n"


def _trial() -> Trial:
    trial = make_trial(
        make_transition("upgrade", make_state(installed=OLD), make_state()),
        make_transition("uninstall", make_state(), BARE),
        scripts={"postinst": POSTINST, "preinst": "#!/bin/sh\n# exit 1\n[ -e /x ] || exit 5\n", "prerm": PRERM},
    )
    assert trial.old is not None
    old = msgspec.structs.replace(trial.old, scripts={"postrm": "#!/bin/sh\nuserdel himds\n"})
    return Trial(trial.product, trial.new, old, trial.runs)


def _seen(number: int) -> Seen:
    run = _trial().runs[0]
    return Seen(run, run.transitions[number], run.transitions[:number])


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (Finding(_seen(0), "", about=("himdsd",)), Blame("postinst", 4, None)),
        (Finding(_seen(1), "", about=("/usr/bin/azcmagent",)), Blame("prerm", 2, None)),
        (Finding(_seen(1), "", about=("/etc/azcmagent/mine",)), Blame("prerm", 3, None)),
        (Finding(_seen(0), "", about=("extd",), deed=STARTS), Blame("postinst", 5, None)),
        (Finding(_seen(0), "", about=("extd",), deed=STOPS), Blame("postinst", 6, None)),
        (Finding(_seen(0), "", about=("himds",)), Blame("previous postrm", 2, None)),
        (Finding(_seen(0), "", about=("/usr/bin/azcmagent",)), None),
        (Finding(None, "", about=(PROGRAM,)), Blame(PROGRAM, None, None)),
        (Finding(_seen(0), "", script="preinst"), Blame("preinst", 3, None)),
        (Finding(_seen(1), "", script="postrm"), Blame("postrm", None, None)),
        (Finding(_seen(0), "", process="himdsd.service"), Blame("", None, "himdsd.service")),
    ],
    ids=[
        "unit",
        "path",
        "all of a folder",
        "what starts",
        "what stops",
        "previous release",
        "script that did not run",
        "payload",
        "script that gives up",
        "named script",
        "process",
    ],
)
def test_blame(finding: Finding, expected: Blame | None) -> None:
    """Only scripts that ran in the transition are read, and no comments."""
    assert blame(finding, _trial()) == expected


GIVES_UP = """#!/bin/sh
set -e
if [ -e /never ]; then exit 7; fi
case "$1" in
    configure)
        adduser --system --quiet \\
            --gecos "Agent daemon" himds
        chown himds /var/opt/azcmagent
        exit 3;;
    *)
        echo "called with unknown argument" >&2
        exit 1;;
esac
"""


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("post-installation script subprocess returned error exit status 7", 3),
        ("post-installation script subprocess returned error exit status 3", 9),
        ("post-installation script subprocess returned error exit status 1", None),
        ("fatal: the user `himds' is no system account\nreturned error exit status 13", 6),
        ("chown: cannot access '/var/opt/azcmagent'\nreturned error exit status 1", 8),
        ("it ended badly", 3),
    ],
)
def test_where_a_script_gives_up(said: str, line: int | None) -> None:
    """With the status that was told, and not for arguments that nobody gives; else what was printed tells."""
    trial = _trial()
    new = msgspec.structs.replace(trial.new, scripts={"postinst": GIVES_UP})
    found = Finding(_seen(0), "", tuple(said.splitlines()), script="postinst")

    assert blame(found, Trial(trial.product, new, trial.old, trial.runs)) == Blame("postinst", line, None)


@pytest.mark.parametrize(
    ("line", "word", "score"),
    [
        ("rm -f /usr/bin/azcmagent", "/usr/bin/azcmagent", 3),
        ("rm -f $dir/azcmagent", "/usr/bin/azcmagent", 2),
        ("rm -rf /opt/azcmagent/bin", "/opt/azcmagent/bin/himds", 1),
        ("systemctl stop himdsd", "himds", 0),
        ("systemctl stop himdsd extd", "extd", 3),
    ],
)
def test_a_line_names_a_word(line: str, word: str, score: int) -> None:
    """A whole path counts more than its last part, that more than its folder; a part of a word counts nothing."""
    assert score_of(line, word) == score


def test_a_trigger_of_an_rpm_is_blamed() -> None:
    """It runs when another package comes, and is a script of this one."""
    name = "%triggerin -- bash"
    trial = _trial()
    package = msgspec.structs.replace(trial.new.package, format="rpm")
    new = msgspec.structs.replace(trial.new, package=package, scripts={name: "systemctl stop himdsd\n"})

    assert blame(Finding(_seen(0), "", about=("himdsd",)), Trial(trial.product, new, None, trial.runs)) == Blame(
        name, 1, None
    )


def test_what_is_read_at_boot_is_blamed() -> None:
    """No script runs then."""
    path = "/usr/lib/tmpfiles.d/agent.conf"
    trial = make_trial(make_transition("reboot", make_state(), make_state()), files=(payload(), payload(path)),
                       scripts={"postinst": "mkdir /var/opt/a\n"})  # fmt: skip
    seen = Seen(trial.runs[0], trial.runs[0].transitions[0], ())

    assert blame(Finding(seen, "", about=("/var/opt/a",)), trial) == Blame(path, None, None)


def test_a_traceback_is_of_who_calls_python() -> None:
    """The script is not named by what is printed."""
    output = "Progress: [ 60%] [###..] Traceback (most recent call last):\nOSError: unreachable"
    script = "#!/bin/sh\nset -e\npython3 -c 'import socket'\nsystemctl start himdsd\n"
    trial = make_trial(make_transition("install", BARE, make_state(), output=output), scripts={"postinst": script})
    found = next(iter(LAWS["ends-clean"](trial)))

    assert blame(found, trial) == Blame("postinst", 3, None)
