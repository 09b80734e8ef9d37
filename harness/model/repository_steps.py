"""The steps about the package repository and the update server, as types."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from harness.model.words import Version, WordsBase
from simulator.contract import UpdateClass


class Publish(WordsBase, frozen=True):
    """Publish a release in the repository, or withdraw one."""

    version: Version = ""
    withdraw: Version = ""


class UpdateServer(WordsBase, frozen=True):
    """Act as the administrator of the organization's update server (WSUS), `http://wsus.arclab.example`.

    `synchronize` takes the agent's updates of one classification from now on, and no others; `approve` and `decline`
    decide on one release, `automatic-approval` is the rule for all that is not declined.
    """

    synchronize: UpdateClass | Literal[""] = ""
    approve: Version = ""
    decline: Version = ""
    automatic_approval: Literal["enabled", "disabled", ""] = msgspec.field(name="automatic-approval", default="")


class Repository(WordsBase, frozen=True):
    """Let the package repository have one fault, or `none`: docs/hostile-repositories.md lists the words.

    The machine has forgotten afterwards what it read there, and is less patient as long as there is a fault.
    """

    fault: Annotated[str, msgspec.Meta(min_length=1)]
