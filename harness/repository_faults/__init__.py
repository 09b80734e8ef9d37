"""Repository faults: what may be wrong with the package repository, a TOML file and one word each.

The step `repository: {fault: WORD}` lets the repository have one. docs/hostile-repositories.md says what package
managers make of them.
"""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path

import msgspec

from harness.errors import UsageError
from harness.model.distro import Distro
from harness.model.repository_fault import RepositoryFault
from harness.model.repository_steps import Repository
from harness.model.scenario import Scenario

_FOLDER = Path(__file__).parent
NONE = "none"  # the word for a sound repository
WORDS: tuple[str, ...] = tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@functools.cache
def find_fault(word: str) -> RepositoryFault:
    """Give a fault by its word; `none` is one in which nothing is wrong. Raises: UsageError when there is none."""
    if word == NONE:
        return RepositoryFault(title="nothing is wrong", why="")
    if word not in WORDS:
        raise UsageError("repository-fault-unknown", f"the repository has no fault '{word}'.",
                         hint=f"Faults: {', '.join((*WORDS, NONE))}.")  # fmt: skip
    return msgspec.convert(tomllib.loads((_FOLDER / f"{word}.toml").read_text(encoding="utf-8")), RepositoryFault)


def not_applicable(scenario: Scenario, distro: Distro) -> str:
    """Say why a scenario has no meaning on a distro: one of its faults has no such thing there; else an empty text."""
    words = [step.arguments.fault for step in scenario.steps if isinstance(step.arguments, Repository)]
    if words and not distro.repository:
        return f"'{words[0]}': there is no package repository for {distro.id}."
    reasons = {word: find_fault(word).not_applicable.get(distro.family, "") for word in words}
    return next((f"'{word}': {reason}" for word, reason in reasons.items() if reason), "")
