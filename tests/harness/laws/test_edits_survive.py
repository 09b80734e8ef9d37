"""What an administrator has edited is kept."""

from __future__ import annotations

import pytest

from harness.model.state import FileState
from tests.harness.laws.values import (
    OLD,
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
