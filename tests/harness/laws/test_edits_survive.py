"""What an administrator has edited is kept."""

from __future__ import annotations

import pytest

from harness.model.state import FileState
from tests.harness.laws.values import (
    HIMDS,
    OLD,
    ROOT,
    file,
    make_state,
    make_transition,
    make_trial,
    summaries,
)


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


NOBODY = "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin"
GIVEN = (*ROOT, HIMDS[0], NOBODY, "himds:x:998:nobody,himds", "users:x:100:himds")


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ((*ROOT, HIMDS[0], NOBODY, "himds:x:998:nobody", "users:x:100:himds"), []),
        (
            (*ROOT, *HIMDS, NOBODY, "users:x:100:himds"),
            ["the administrator's member nobody of the group himds is not kept"],
        ),
        ((*ROOT, HIMDS[0], "himds:x:998:", "users:x:100:himds"), []),
        ((*ROOT, NOBODY, "users:x:100:"), []),
        (
            (*ROOT, NOBODY, HIMDS[0].replace("998", "997", 1), "himds:x:997:nobody,himds", "users:x:100:himds"),
            ["the account himds gets another number", "the group himds gets another number"],
        ),
    ],
    ids=["its own member", "made anew", "who has gone", "all gone", "another number"],
)
def test_whom_an_administrator_lets_into_a_group(after: tuple[str, ...], told: list[str]) -> None:
    """Stays in it as long as both are there; numbers stay as well."""
    step = make_transition("upgrade", make_state(installed=OLD, accounts=GIVEN), make_state(accounts=after))

    assert summaries("edits-survive", make_trial(step)) == told


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ((*ROOT, NOBODY, "users:x:100:"), []),
        ((*ROOT, *HIMDS, NOBODY, "users:x:100:"), ["the account or group users changes"]),
    ],
    ids=["with the account", "without"],
)
def test_a_group_of_others_that_an_account_of_the_product_leaves(after: tuple[str, ...], told: list[str]) -> None:
    """It leaves it when it goes; else somebody has been put out who was let in."""
    step = make_transition("remove", make_state(accounts=GIVEN), make_state(accounts=after))

    assert [found for found in summaries("nothing-else", make_trial(step)) if "account" in found] == told
