"""What scripts make counts as delivered; what a package manager has put aside does not."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from harness.laws.made_files import made_by, made_files
from harness.model.state import FileFacts, FileState
from tests.harness.laws.values import BARE, PRODUCT, make_state, make_transition, make_trial, payload

JOB = "/etc/cron.d/azcmagent"


@pytest.mark.parametrize("path", [f"{JOB}.dpkg-dist", f"{JOB}.rpmnew", f"{JOB}.dpkg-old"])
def test_a_copy_of_configuration_is_made_by_no_script(path: str) -> None:
    """The edited one or the new one, which nobody reads on purpose."""
    script = "/etc/cron.d/azcmagent-of-a-script"
    text = FileState(None, FileFacts("f", "644", "0:0", text="* * * * * root true\n"))
    after = make_state(files={path: text, JOB: text, script: text})
    trial = make_trial(make_transition("upgrade", BARE, after), files=(payload(JOB, config=True),))
    trial = replace(trial, product=msgspec.structs.replace(PRODUCT, made=(script,)))

    assert [file.path for file in made_files(trial, after)] == [script]
    assert [file.path for file in made_by(trial, trial.new)] == [script]
