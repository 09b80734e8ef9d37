"""Looks at a machine as values."""

from __future__ import annotations

import msgspec

from harness.model.state import State
from tests.harness.laws.values import PROGRAM, make_state


def test_what_the_package_owns() -> None:
    """It is looked up in a set, which is made once, and is no part of what is written down."""
    state = make_state()
    other = msgspec.structs.replace(state, owned=("/opt/b",))

    assert (state.owns(PROGRAM), state.owns("/opt/b"), other.owns(PROGRAM), other.owns("/opt/b")) == (
        True, False, False, True,
    )  # fmt: skip
    assert msgspec.json.decode(msgspec.json.encode(state), type=State) == state
