"""Repository faults are files; each can be read, does something, and is none for no family without a reason."""

from __future__ import annotations

import re

import pytest

from harness.distros import load_distros
from harness.errors import UsageError
from harness.model.repository_fault import RepositoryFault
from harness.repository_faults import NONE, WORDS, find_fault, not_applicable
from harness.scenario.decode import decode_scenario
from harness.scenario.document import Document
from simulator import contract


@pytest.mark.parametrize("word", WORDS)
def test_each_does_something(word: str) -> None:
    """The cloud builds something else, does something to requests, or the name leads nowhere."""
    fault = find_fault(word)

    assert (fault.repository, fault.requests, fault.nowhere) != (contract.RepositoryFault(), (), False)
    assert fault.title
    assert fault.why.endswith(".")
    assert len(fault.not_applicable) < len({distro.family for distro in load_distros().values() if distro.repository})


def test_none_is_nothing() -> None:
    """A sound repository has no fault of any kind."""
    assert find_fault(NONE) == RepositoryFault(title="nothing is wrong", why="")


def test_an_unknown_word() -> None:
    """It is refused with those that there are."""
    with pytest.raises(UsageError) as caught:
        find_fault("wrong-kee")

    assert "wrong-key" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("distro", "reason"),
    [
        ("debian-12", "^$"),
        ("yum-debian-12", "^'phased': rpm metadata know no phases"),
        ("windows-wine", "^'wrong-key': there is no package repository"),
    ],
)
def test_a_scenario_without_meaning(distro: str, reason: str) -> None:
    """It says which of its faults the distro does not have, and why."""
    text = "scenario: a\nsteps: [{repository: {fault: wrong-key}}, install, {repository: {fault: phased}}]\n"
    found = not_applicable(decode_scenario(Document("s.yaml", text), name="s"), load_distros()[distro])

    assert re.search(reason, found)
