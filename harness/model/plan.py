"""A planned run: cases, fully expanded, and the versions they may name."""

from __future__ import annotations

import msgspec

from harness.model.scenario import Scenario


class PackageVersion(msgspec.Struct, frozen=True):
    """One published version of the agent in one format; `agent` is what the CLI and heartbeats call it."""

    release: str  # "1.28" or "candidate"
    version: str  # as the package manager writes it: "1.28.02260-755"
    package: str = ""  # its name, which may have been another one

    @property
    def agent(self) -> str:
        """Give the four-part number: an rpm's release is its fourth part.

        Source: azcmagent release notes, which write one number for both formats.
        """
        return self.version.replace("-", ".")


class Case(msgspec.Struct, frozen=True):
    """Scenario x distro x version: the unit of isolation, parallelism, re-run and report."""

    id: str
    scenario: Scenario
    distro: str
    agent_version: str  # the release or version name that the matrix gives, else "latest"
    parameters: dict[str, str]  # axis -> value, without `distro`
