"""The steps about the package repository, as types."""

from __future__ import annotations

from typing import Annotated

import msgspec

from harness.model.words import Version, WordsBase


class Publish(WordsBase, frozen=True):
    """Publish a release in the repository, or withdraw one."""

    version: Version = ""
    withdraw: Version = ""


class Repository(WordsBase, frozen=True):
    """Let the package repository have one fault, or `none`: docs/hostile-repositories.md lists the words.

    The machine has forgotten afterwards what it read there, and is less patient as long as there is a fault.
    """

    fault: Annotated[str, msgspec.Meta(min_length=1)]
