"""Lines of /etc/passwd and /etc/group are read: members, numbers, shells."""

from __future__ import annotations

from harness.laws.memberships import memberships, moved, numbers, of_those_that_stay, signs_in
from tests.harness.laws.values import HIMDS, ROOT, make_state, make_transition

USERS = "users:x:100:himds,anna"
ANNA = "anna:x:1000:1000::/home/anna:/bin/bash"


def test_what_the_lines_say() -> None:
    """An account and a group may have one name."""
    lines = (*ROOT, *HIMDS, USERS)

    assert memberships(lines) == {("users", "himds"), ("users", "anna")}
    assert numbers(lines)["account", "himds"] == numbers(lines)["group", "himds"] == "998"
    assert [signs_in(line) for line in (ANNA, USERS)] == [("anna", "/bin/bash"), ("users", "")]
    assert moved(lines, ("users:x:100:anna,berta",), "users") == ("berta", "himds")


def test_members_who_have_come_or_gone() -> None:
    """Are told of by themselves, and not once more by each of their groups."""
    with_himds, without = (*ROOT, *HIMDS, ANNA, USERS), (*ROOT, ANNA, "users:x:100:anna")
    step = make_transition("install", make_state(accounts=without), make_state(accounts=with_himds))
    before, after = of_those_that_stay(step)

    assert after - before == set(HIMDS)
    assert not before - after
