"""What stays after a removal, and may not."""

from __future__ import annotations

import msgspec
import pytest

from harness.laws.trial import Trial
from harness.model.state import UnitState
from tests.harness.laws.values import (
    BARE,
    HIMDS,
    OLD,
    PROGRAM,
    ROOT,
    make_state,
    make_transition,
    make_trial,
    new_file,
    payload,
    summaries,
)


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
    ("path", "content", "is_told"),
    [
        ("/var/opt/azcmagent/backup/himds", "old", True),
        ("/var/opt/azcmagent/backup/himds", "of both", False),
        ("/var/opt/azcmagent/state.json", "its own", False),
        ("/opt/azcmagent/backup/himds", "old", False),
    ],
    ids=["a copy", "as the new one's", "data", "elsewhere"],
)
def test_copies_of_what_was_replaced(path: str, content: str, *, is_told: bool) -> None:
    """Fill the disk with each upgrade."""
    before = make_state(installed=OLD)
    step = make_transition("upgrade", before, make_state(files={**before.files, path: new_file(content)}))
    same, other = payload("/opt/azcmagent/lib/same", sha256="of both", size=7), payload(sha256="old", size=3)
    trial = make_trial(step, files=(same, payload(sha256="new", size=3)))
    trial = Trial(trial.product, trial.new, msgspec.structs.replace(trial.new, files=(same, other)), trial.runs)

    told = "an upgrade leaves copies of the previous release's files in /var/opt/azcmagent"
    assert summaries("nothing-left", trial) == ([told] if is_told else [])
