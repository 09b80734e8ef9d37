"""What is told of a package manager's output is the line that says why, without what differs each time."""

from __future__ import annotations

import pytest

from harness.machines.package_managers import PACKAGE_MANAGERS

_SAID = {
    "apt: a detail": ("apt", "Err:1 https://x InRelease\r\n  429  Too Many Requests [IP: 10.1.2.3 443]\r\nW: Failed",
                      "429 Too Many Requests [IP: ADDRESS]"),
    "apt: an error": ("apt", "Reading... Done\nE: Release file for x is expired (invalid since 1d 0h 0min 3s). No.\n",
                      "Release file for x is expired (invalid since TIME). No."),
    "apt 3": ("apt", "Error: Unable to locate package azcmagent\n", "Unable to locate package azcmagent"),
    "apt: a warning": ("apt", "W: Something\n", "Something"),
    "apt: a key": ("apt", "Err:1 x\n  NO_PUBKEY 256CF3A847C2435B\n", "NO_PUBKEY KEY"),
    "yum: a status": ("yum", "Errors during\n  - Status code: 404 for https://x (IP: 10.1.2.3)\nError: Failed\n",
                      "Status code: 404 for https://x (IP: ADDRESS)"),
    "yum: a mirror": ("yum", f"[MIRROR] a-1.rpm: Checksum doesn't match. Calculated: {'0a' * 32}(sha256)\n",
                      "Checksum doesn't match. Calculated: HASH(sha256)"),
    "yum: an error": ("yum", "x\nError: GPG check FAILED\n", "GPG check FAILED"),
    "yum: no connection": ("yum", "  - Curl error (28): Why for x [Failed to connect to x after 21 ms: Why]\n",
                           "Curl error (7 or 28): [Failed to connect to x after TIME]"),
    "zypper: a status": ("zypper", "History:\n - [|] Error trying to read\n - Download\nError message: It is 429\n",
                         "It is 429"),
    "zypper: a signature": ("zypper", "History:\n - Signature verification failed\n - Can't\n",
                            "Signature verification failed"),
    "nothing": ("zypper", "All repositories have been refreshed.\n", ""),
}  # fmt: skip


@pytest.mark.parametrize(("family", "output", "told"), _SAID.values(), ids=_SAID)
def test_the_line_that_tells(family: str, output: str, told: str) -> None:
    """One line, in the package manager's own words."""
    assert PACKAGE_MANAGERS[family].complaint(output) == told  # type: ignore[index] # a family's name
