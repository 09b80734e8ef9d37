"""Releases of the agent, as Resource Manager lists them."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from simulator.releases import load_releases

Arm = Callable[..., httpx.Response]
PATH = "/providers/Microsoft.HybridCompute/osType/{}/agentVersions"
NAMES = [release.name for release in load_releases().releases]


@pytest.mark.parametrize("system", ["windows", "Linux"])
def test_all_releases_are_listed(arm: Arm, system: str) -> None:
    """Each release is there, oldest first, with a place to get it; `latest` is the last."""
    path = PATH.replace("{}", system)
    listed = arm("GET", path).json()["value"]

    assert [item["agentVersion"] for item in listed] == NAMES
    assert {item["osType"] for item in listed} == {system.lower()}
    assert all(item["downloadLink"].startswith("https://") for item in listed)
    assert arm("GET", f"{path}/latest").json() == listed[-1] == arm("GET", f"{path}/{NAMES[-1]}").json()


@pytest.mark.parametrize("path", ["plan9/agentVersions", "linux/agentVersions/9.9"])
def test_what_is_not_known(arm: Arm, path: str) -> None:
    """Another system and another version are not found."""
    answer = arm("GET", f"/providers/Microsoft.HybridCompute/osType/{path}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "HCRP404")
