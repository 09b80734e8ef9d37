"""What Debian's tools note for a package is the package's, and stays until it is purged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest

from harness.laws import LAWS
from harness.model.state import FileState
from tests.harness.laws.values import (
    BARE,
    OLD,
    PROGRAM,
    file,
    make_state,
    make_transition,
    make_trial,
    new_file,
    payload,
    summaries,
)

_NOTED = "/var/lib/systemd/deb-systemd-helper-enabled/multi-user.target.wants/himdsd.service"
_LINK = "/etc/systemd/system/multi-user.target.wants/himdsd.service"
_SCRIPT = "/etc/init.d/himdsd"
NOTES = {
    _NOTED: new_file(""),
    "/var/lib/systemd/deb-systemd-helper-enabled/multi-user.target.wants": new_file(kind="d"),
    "/var/lib/systemd/deb-systemd-helper-enabled/himdsd.service.dsh-also": new_file(),
    "/etc/rc3.d/S01himdsd": new_file(kind="l", link=f"../init.d{_SCRIPT}"),
    _LINK: new_file(kind="l", link="/usr/lib/systemd/system/himdsd.service"),
}
FILES = (payload(), payload(_SCRIPT, config=True))


def _found(law: str, kind: str, files: dict[str, FileState]) -> Iterator[str]:
    """Judge a removal of an installed package after which these files are there."""
    installed = make_state(files={PROGRAM: new_file(mode="755"), **NOTES})
    steps = make_transition("install", BARE, installed), make_transition(kind, installed, _removed(files))
    return (finding.summary for finding in LAWS[law](make_trial(*steps, files=FILES)))


def _removed(files: dict[str, FileState]):  # type: ignore[no-untyped-def]
    return make_state(
        **{name: getattr(BARE, name) for name in ("package", "installed", "owned", "units", "listening")}, files=files
    )


def test_notes_come_and_go_with_the_package() -> None:
    """Nothing of others has changed."""
    assert [*_found("nothing-else", "uninstall", {})] == []


def test_notes_stay_until_the_purge() -> None:
    """A removal keeps them, the unit's link too; a purge that keeps them has left them behind."""
    left = [f"{path} is left behind" for path in sorted(NOTES)]

    assert [*_found("nothing-left", "remove", NOTES)] == []
    assert [summary for summary in _found("nothing-left", "uninstall", NOTES) if "behind" in summary] == left


@pytest.mark.parametrize(
    "path",
    [
        "/etc/rc3.d/S01other",
        "/var/lib/systemd/deb-systemd-helper-enabled/multi-user.target.wants/other.service",
        "/var/lib/systemd/other/himdsd.service",
    ],
)
def test_notes_of_others_are_theirs(path: str) -> None:
    """Neither kept by a removal nor the package's to make."""
    assert [*_found("nothing-else", "remove", {**NOTES, path: new_file()})] == [
        f"{path}, which is not the package's, appears at the removal"
    ]


def test_a_link_that_nothing_tells_of_is_left_behind() -> None:
    """systemctl alone would have taken it away."""
    assert [*_found("nothing-left", "remove", {_LINK: NOTES[_LINK]})] == [f"{_LINK} is left behind"]


_MADE = "/etc/agent.conf"


@pytest.mark.parametrize(
    ("declared", "edited", "found"),
    [("configuration", (), 1), ("generated", (), 1), ("renewed", (), 0), ("renewed", (_MADE,), 1)],
)
def test_scripts_renew_what_nobody_has_edited(declared: str, edited: tuple[str, ...], found: int) -> None:
    """Where the product file says so; what is another one on each machine is kept, and so is an edited file."""
    before, after = (make_state(files={_MADE: FileState(None, file(text))}) for text in "ab")
    trial = make_trial(make_transition("reinstall", before, after, edited=edited), files=FILES)
    trial = replace(trial, product=msgspec.structs.replace(trial.product, **{declared: (_MADE,)}))

    assert len([*LAWS["edits-survive"](trial)]) == found


def test_what_is_generated_differs_from_machine_to_machine() -> None:
    """Owner and mode do not."""
    states = [make_state(files={_MADE: new_file(text, mode=mode)}) for text, mode in (("a", "600"), ("b", "600"))]
    open_one = make_state(files={_MADE: new_file("c", mode="644")})
    found = []
    for other in (states[1], open_one):
        trial = make_trial(make_transition("reinstall", states[0], other), files=FILES)
        trial = replace(trial, product=msgspec.structs.replace(trial.product, generated=(_MADE,)))
        found.append([finding.summary for finding in LAWS["same-in-the-end"](trial)])

    assert found == [[], [f"installing twice is not installing once: {_MADE}"]]


@pytest.mark.parametrize(
    ("path", "after", "found"),
    [
        (_SCRIPT, {"mode": "640"}, 0),
        (_SCRIPT, {"mode": "600"}, 1),
        (_SCRIPT, {"mode": "640", "content": "b"}, 1),
        ("/etc/himds.conf", {"mode": "640"}, 1),
    ],
)
def test_an_init_script_of_a_removed_package_may_not_be_run(path: str, after: dict[str, str], found: int) -> None:
    """That is all that a removal may take from it."""
    before = make_state(files={path: FileState(None, file(mode="750"))})
    step = make_transition("remove", before, _removed({path: FileState(None, file(**after))}), edited=(path,))

    assert len([*LAWS["edits-survive"](make_trial(step, files=FILES))]) == found


def test_an_upgrade_that_leaves_nothing_is_judged() -> None:
    """It was one to the candidate, although no version of it is there before or after."""
    failed = make_transition("upgrade", make_state(installed=OLD), BARE, status=1627)

    assert summaries("ends-clean", make_trial(failed)) == ["'sudo apt upgrade' ends with exit status 1627"]
    assert summaries("package-database", make_trial(failed)) == ["the package is absent instead of installed"]
