"""What laws see of Windows: values of the registry are files without rights, and a verdict says what is not judged."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from harness.laws import LAWS, NOT_JUDGED
from harness.laws.trial import Trial, shown
from harness.model.state import FileFacts, FileState, Transition, UnitState
from tests.harness.laws.values import BARE, OLD, PRODUCT, make_state, make_transition, make_trial, payload, summaries

OWN = "HKLM\\Software\\Agent\\Version"
TABLES = {"Registry": "Registry=r1\tRoot=2\tKey=SOFTWARE\\Agent\tName=Version\n"}
SERVICE = "HKLM\\System\\CurrentControlSet\\Services\\himdsd\\Start"


_OF_32_BITS = "HKLM\\Software\\Wow6432Node\\Agent\\Version"


def value(data: str) -> FileState:
    """Give a value that was not there at first."""
    return FileState(None, FileFacts("v", "0", "0:0", len(data), content=data))


def make_msi_trial(*transitions: Transition) -> Trial:
    """Give a trial of an .msi that brings one value of the registry."""
    trial = make_trial(*transitions)
    run = msgspec.structs.replace(trial.runs[0], format="msi")
    packages = [
        msgspec.structs.replace(
            contents, package=msgspec.structs.replace(contents.package, format="msi"), scripts=TABLES,
            files=(payload("HKLM\\SOFTWARE\\Agent\\Version", kind="v", mode="0"),), digests=(),
        )
        for contents in (trial.new, trial.old) if contents is not None
    ]  # fmt: skip
    return Trial(PRODUCT, packages[0], packages[1], (run,))


def test_a_value_of_the_package_is_its_own() -> None:
    """In letters of any size; so is what Windows notes of its services."""
    step = make_transition("install", BARE, make_state(files={OWN: value("1"), SERVICE: value("dword:2")}))

    assert summaries("nothing-else", make_msi_trial(step)) == []


@pytest.mark.parametrize("redirected", [(), (_OF_32_BITS,)])
def test_a_value_of_a_component_of_32_bits(redirected: tuple[str, ...]) -> None:
    """It is where Windows of 64 bits keeps those; one of 64 bits has nothing there."""
    trial = make_msi_trial(make_transition("install", BARE, make_state(files={_OF_32_BITS: value("1")})))
    files = (msgspec.structs.replace(trial.new.files[0], redirected=redirected),)
    trial = Trial(trial.product, msgspec.structs.replace(trial.new, files=files), None, trial.runs)

    assert summaries("nothing-else", trial) == (
        [] if redirected else [f"{_OF_32_BITS}, which is not the package's, appears"]
    )


def test_a_value_of_others() -> None:
    """It appears, and nobody declares it."""
    run = "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\x"
    step = make_transition("install", BARE, make_state(files={run: value("1")}))

    assert summaries("nothing-else", make_msi_trial(step)) == [f"{run}, which is not the package's, appears"]


def test_a_value_that_stays() -> None:
    """It is told as a file is; the notes of a service are told with the service."""
    there = make_state(files={OWN: value("1"), SERVICE: value("dword:2")})
    known = {"himdsd": UnitState("inactive", "enabled", path="HKLM\\System\\CurrentControlSet\\Services\\himdsd")}
    gone = msgspec.structs.replace(BARE, files=there.files, units=known)
    steps = (make_transition("install", BARE, there), make_transition("uninstall", there, gone))

    assert summaries("nothing-left", make_msi_trial(*steps)) == [
        f"{OWN} is left behind", "Windows still knows the unit himdsd",
    ]  # fmt: skip


def test_an_upgrade_that_leaves_another_value() -> None:
    """An upgraded machine has the values of a new one."""
    fresh = make_state(files={OWN: value("new")})
    old = make_state(installed=OLD, files={OWN: value("old")})
    upgraded = make_state(files={OWN: value("old")})
    trial = make_msi_trial(make_transition("install", BARE, fresh))
    other = msgspec.structs.replace(
        trial.runs[0],
        transitions=(make_transition("install", BARE, old), make_transition("upgrade", old, upgraded)),
    )
    both = Trial(trial.product, trial.new, trial.old, (*trial.runs, other))

    assert summaries("same-in-the-end", both) == [f"an upgraded machine differs from a new one: {OWN}"]


def test_an_edited_value_stays() -> None:
    """What an administrator has set in the registry survives an upgrade."""
    edited = "HKLM\\System\\CurrentControlSet\\Control\\Session Manager\\Environment\\EDITED_BY"
    before = make_state(installed=OLD, files={edited: value("administrator")})
    step = make_transition("upgrade", before, make_state(files={edited: FileState(None, None)}), edited=(edited,))

    assert summaries("edits-survive", make_msi_trial(step)) == [f"the administrator's {edited} is not kept"]


def test_people_are_shown_data() -> None:
    """And no rights, which a value has not."""
    assert shown(value('"1.2"').now) == 'value "1.2"'
    assert shown(value("").now) == "a key of the registry"


@pytest.mark.parametrize("law", sorted({*LAWS} - {*NOT_JUDGED["msi"]}))
def test_an_empty_trial_of_an_msi_can_be_judged(law: str) -> None:
    """Every law that is not off knows the format."""
    assert summaries(law, make_msi_trial()) == []


def test_what_is_not_judged_has_a_reason_that_people_can_read() -> None:
    """docs/windows.md names each law, and no other is off."""
    text = (Path(__file__).parents[3] / "docs" / "windows.md").read_text()

    assert set(NOT_JUDGED["msi"]) <= set(LAWS)
    assert [law for law, reason in NOT_JUDGED["msi"].items() if f"`{law}`" not in text or not reason] == []
