"""What the tests of the hybrid identity service ask for, and how they read a refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

Send = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
HIS = "https://eus.his.arc.azure.com"
VM_ID = "7e1c2d34-0000-4000-8000-000000000001"
IDENTITY = f"{HIS}/machine/{VM_ID}/identity?api-version=2.1"
HEARTBEAT = f"{HIS}/machine/{VM_ID}/heartbeat?api-version=2.1"
AGENT_SERVICE = "eec53b1f-b9a4-4479-acf5-6b247c6a49f2"
BEAT = {"agentVersion": "1.67.03504.1320", "osName": "linux", "status": "Connected", "secret": "not kept"}


def code(answer: httpx.Response) -> tuple[int, str]:
    """Give status and error code of an answer."""
    return answer.status_code, answer.json()["error"]["code"]


def body_of(machine: dict[str, Any], **change: str) -> dict[str, str]:
    """Give the body that asks for a certificate."""
    return {"resourceId": machine["id"], "publicKey": machine["properties"]["clientPublicKey"], **change}
