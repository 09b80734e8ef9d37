"""The rotation of a package's logs works on machines that have it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harness.laws.rotations import Rotation, judge_rotations, read_rotations
from tests.harness.laws.values import BARE, make_state, make_transition, make_trial, new_file, payload

PATH, FOLDER = "/etc/logrotate.d/azcmagent", "/var/opt/azcmagent/log"
SOUND = (
    f"{FOLDER}/*.log {{\n  weekly\n  missingok\n  create 0640 himds himds\n  postrotate\n    true\n  endscript\n}}\n"
)


def _found(text: str, *, old: str = "", folder: dict[str, str] | None = None) -> list[str]:
    files = {
        FOLDER: new_file(kind="d", **(folder or {"mode": "750", "owner": "998:998"})),
        f"{FOLDER}/himds.log": new_file(owner="998:998"),
        "/var/opt/azcmagent/agentconfig.json": new_file(owner="998:998"),
    }
    step = make_transition("install", BARE, make_state(files=files))
    trial: Any = make_trial(step, files=(payload(PATH, mode="644", text=text),))
    before = msgspec.structs.replace(trial.old, files=(payload(PATH, mode="644", text=old),) if old else ())
    trial = type(trial)(trial.product, trial.new, before, trial.runs)
    return [finding.summary.removeprefix(f"{PATH} ") for finding in judge_rotations(trial)]


def test_the_blocks_of_a_file() -> None:
    """Several logs have one block, the lines of scripts are none of it, and what stands outside holds for all."""
    text = 'su root adm\n# x\n/a/*.log\n"/b/c.log" {\n  weekly\n  prerotate\n  rotate 9\n  endscript\n}\n/d {\n}\n'

    assert read_rotations(text) == [
        Rotation(("/a/*.log", "/b/c.log"), ("su root adm", "weekly", "prerotate")),
        Rotation(("/d",), ("su root adm",)),
    ]


@pytest.mark.parametrize(
    ("folder", "su", "is_rotated"),
    [
        ({"mode": "750", "owner": "998:998"}, "", True),
        ({"mode": "775", "owner": "998:0"}, "", True),
        ({"mode": "770", "owner": "998:998"}, "", False),
        ({"mode": "770", "owner": "998:998"}, "su himds himds\n", True),
        ({"mode": "1777", "owner": "0:0"}, "", False),
    ],
)
def test_a_folder_that_others_may_write_to(folder: dict[str, str], su: str, *, is_rotated: bool) -> None:
    """Is passed over by logrotate, which says so each night, but where it acts as somebody else."""
    told = f"does not rotate what is in {FOLDER}: others than root may write to that folder, and there is no 'su'"

    assert _found(su + SOUND, folder=folder) == ([] if is_rotated else [told])


@pytest.mark.parametrize(
    ("line", "is_written"),
    [
        ("create 0640 root root", False),
        ("create 0660 root himds", True),
        ("create 0640 root himds", False),
        ("create 0640", True),
        ("create 0640 root root\n  copytruncate", True),
    ],
)
def test_who_writes_a_log_that_is_made_anew(line: str, *, is_written: bool) -> None:
    """May go on in the new one."""
    told = f"makes {FOLDER}/himds.log anew so that himds, who writes it, may not: {line}"
    text = SOUND.replace("create 0640 himds himds", line)

    assert _found(text) == ([] if is_written else [told])
    assert _found(text, old=text) == []


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (SOUND, []),
        (SOUND.replace("  missingok\n", ""), ["fails where there is no log yet: 'missingok' has gone"]),
        (
            f"{FOLDER}/*.log {{\n  missingok\n}}\n",
            ["does not tell the program of a new log any more, which writes on to the old one"],
        ),
        (f"{FOLDER}/*.log {{\n  missingok\n  copytruncate\n}}\n", []),
        (SOUND.replace("weekly", "rotate 0"), ["keeps no old log any more: rotate 0"]),
    ],
)
def test_a_rotation_that_does_less_than_before(new: str, told: list[str]) -> None:
    """Is told of; what it does in another way is not."""
    assert _found(new, old=SOUND) == told
