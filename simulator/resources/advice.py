"""What Advisor says of connected machines: that an agent is older than the newest release.

Source: the published metadata of the recommendation: its type, category, impact and the two versions that it names.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from simulator.clock import arm_time
from simulator.resources.entities import Machine, Suppression

OUTDATED_AGENT = "9d5717d2-4708-4e3f-bdda-93b3e6f1715b"
_LINK = "https://learn.microsoft.com/azure/azure-arc/servers/manage-agent"
_TTL = re.compile(r"(\d{1,5})[.:](\d{1,2}):(\d{2}):(\d{2})")
DISMISSED = -1  # the time to live of a suppression that does not end


def is_outdated(machine: Machine, newest: tuple[int, ...]) -> bool:
    """Say whether the agent that was heard last is of an older release than the newest; `newest` is `(1, 67)`.

    Assumed: releases are compared, not builds of one.
    """
    told = re.match(r"(\d+)\.(\d+)", str(machine.facts.get("agentVersion", ""))) if machine.last_heartbeat else None
    return told is not None and (int(told[1]), int(told[2])) < newest


def recommendation_id(machine: Machine) -> str:
    """Give the ARM id of the recommendation for a machine; it is the same each time."""
    number = uuid.uuid5(uuid.UUID(OUTDATED_AGENT), machine.key.lower())
    return f"{machine.key}/providers/Microsoft.Advisor/recommendations/{number}"


def shown(machine: Machine, newest: str, suppressions: list[Suppression], now: float) -> dict[str, Any]:
    """Give the recommendation for a machine as Advisor shows it. Source: OpenAPI; Assumed: texts are ours."""
    key = recommendation_id(machine)
    problem = "Upgrade to the latest version of the Azure Connected Machine agent"
    properties: dict[str, Any] = {
        "category": "HighAvailability", "impact": "Medium", "impactedField": "Microsoft.HybridCompute/machines",
        "impactedValue": machine.name, "lastUpdated": arm_time(now), "recommendationTypeId": OUTDATED_AGENT,
        "shortDescription": {"problem": problem, "solution": problem},
        "extendedProperties": {"installedVersion": str(machine.facts["agentVersion"]), "latestVersion": newest},
        "resourceMetadata": {"resourceId": machine.key, "source": ""}, "learnMoreLink": _LINK,
        "potentialBenefits": "Fixed mistakes, a steadier agent, new functions",
    }  # fmt: skip
    if suppressions:
        properties["suppressionIds"] = [suppression.number for suppression in suppressions]
    return {"id": key, "name": key.rpartition("/")[2], "type": "Microsoft.Advisor/recommendations",
            "properties": properties}  # fmt: skip


def seconds_of(ttl: str) -> int | None:
    """Give how long a suppression lasts by its `ttl`: days, hours, minutes, seconds as `07:00:00:00` or `7.00:00:00`.

    `-1` or nothing is DISMISSED: for ever. None for another form. Source: OpenAPI's examples, and Advisor's `-1`.
    """
    if ttl in ("", str(DISMISSED)):
        return DISMISSED
    match = _TTL.fullmatch(ttl)
    if match is None:
        return None
    days, hours, minutes, seconds = map(int, match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def shown_suppression(suppression: Suppression) -> dict[str, Any]:
    """Give a suppression as Advisor shows it. Source: OpenAPI."""
    properties = {"suppressionId": suppression.number, "ttl": suppression.ttl}
    if suppression.expires:
        properties["expirationTimeStamp"] = arm_time(suppression.expires)
    return {"id": suppression.key, "name": suppression.key.rpartition("/")[2],
            "type": "Microsoft.Advisor/recommendations/suppressions", "properties": properties}  # fmt: skip


def is_in_force(suppression: Suppression, now: float) -> bool:
    """Say whether a suppression has not ended yet."""
    return not suppression.expires or now < suppression.expires
