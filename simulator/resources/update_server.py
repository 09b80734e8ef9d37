"""What an organization's update server (WSUS) does with an update: its administrator's decisions, and its one rule."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from simulator.contract import UpdateServerChange
from simulator.resources.entities import UpdateServer

KEY = "update-server"
#: As the protocol calls it; an empty text is an update that no computer hears of.
Action = Literal["Install", "PreDeploymentCheck", ""]


def action_of(server: UpdateServer, release: str, classifications: Iterable[str]) -> Action:
    """Say what computers are to do with a release.

    Source: Windows Server Update Services. What is not synchronized is unknown there. A declined update is not offered,
    whatever a rule says; one that nobody has decided on is only looked for and reported.
    """
    if not set(server.classifications).intersection(classifications):
        return ""
    decision = server.decisions.get(release, "approved" if server.approves_automatically else "")
    return {"approved": "Install", "declined": ""}.get(decision, "PreDeploymentCheck")  # type: ignore[return-value]


def changed(server: UpdateServer | None, change: UpdateServerChange, now: float) -> UpdateServer:
    """Give the server after what its administrator has done."""
    before = server or UpdateServer(key=KEY)
    decided = dict.fromkeys(change.approve, "approved") | dict.fromkeys(change.decline, "declined")
    kept = {release: word for release, word in before.decisions.items() if release not in change.forget}
    rule = change.approve_automatically
    return msgspec.structs.replace(
        before,
        classifications=before.classifications if change.synchronize is None else change.synchronize,
        approves_automatically=before.approves_automatically if rule is None else rule,
        decisions=kept | decided,
        decided=now,
    )
