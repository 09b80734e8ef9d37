"""What a downgrade may keep of the newer release."""

from __future__ import annotations

import pytest

from harness.laws.same_in_the_end import judge
from tests.harness.laws.values import (
    HIMDS,
    OLD,
    PROGRAM,
    ROOT,
    make_state,
    make_transition,
    make_trial,
    new_file,
    payload,
)


@pytest.mark.parametrize(
    ("accounts", "is_found"),
    [(HIMDS, False), (("other:x:5:5::/:/bin/false",), True), ((), False)],
    ids=["declared", "not declared", "none"],
)
def test_an_account_stays_after_a_downgrade(accounts: tuple[str, ...], is_found: bool) -> None:
    """Accounts that the product declares are kept by design, as after a removal; others are left behind."""
    old = make_state(installed=OLD, accounts=ROOT)
    new, back = make_state(accounts=(*ROOT, *accounts)), make_state(installed=OLD, accounts=(*ROOT, *accounts))
    trial = make_trial(
        make_transition("install", old, old),
        make_transition("upgrade", old, new),
        make_transition("downgrade", new, back),
    )

    assert [f.summary for f in judge(trial) if "accounts" in f.summary] == [
        "up and down does not lead back: accounts"
    ] * is_found


@pytest.mark.parametrize(
    ("path", "link", "config", "is_found"),
    [("/etc/a.conf", "", True, False), ("/etc/a.conf", "", False, True),
     ("/etc/alternatives/a", PROGRAM, False, False), ("/etc/alternatives/a", "/bin/ed", False, True)],
    ids=["configuration", "not configuration", "alternative", "another's alternative"],
)  # fmt: skip
def test_a_file_stays_after_a_downgrade(path: str, link: str, config: bool, is_found: bool) -> None:
    """What the older release cannot take away, since it does not know it, is no defect."""
    files = {path: new_file(kind="l", link=link) if link else new_file()}
    old = make_state(installed=OLD, files={})
    trial = make_trial(
        make_transition("install", old, old),
        make_transition("upgrade", old, make_state(files=files)),
        make_transition("downgrade", make_state(files=files), make_state(installed=OLD, files=files)),
        files=(payload(path, config=config),),
    )

    assert [f.summary for f in judge(trial) if "down" in f.summary] == [
        f"up and down does not lead back: {path}"
    ] * is_found
