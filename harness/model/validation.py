"""`verdict.json`: what `arclab validate` found. Scripts read it, so that fields are only added."""

from __future__ import annotations

from typing import Literal

import msgspec

from simulator.contract import PackageFormat

Fitness = Literal["fit", "unfit", "unknown"]
VERDICT_FILE = "verdict.json"
EXIT_OF_FITNESS: dict[Fitness, int] = {"fit": 0, "unfit": 1, "unknown": 2}


class Blame(msgspec.Struct, frozen=True):
    """Where to look first: a maintainer script or a path of the package with its line, or a process.

    Of an .msi `file` is a table, `line` the number of the row in it, and `row` the row's key.
    """

    file: str
    line: int | None
    process: str | None
    row: str = ""


class Defect(msgspec.Struct, frozen=True):
    """One broken law, as it was seen first. `transition` is the step's word, or `package` for what is in the package.

    `machine` is the distro, `lifecycle` the row of steps, `reproduce` what was typed until it was seen.
    """

    law: str
    transition: str
    machine: str
    format: PackageFormat
    summary: str
    evidence: tuple[str, ...]
    blame: Blame | None
    accepted: bool
    reason: str = ""  # why it is accepted
    lifecycle: str = ""
    also: tuple[str, ...] = ()  # other machines and lifecycles that show the same
    reproduce: tuple[str, ...] = ()
    environment: str = ""  # what was hostile about the machine, one word


class ValidatedRun(msgspec.Struct, frozen=True):
    """One lifecycle on one machine. `outcome` is pass, fail, or error where it could not be told."""

    id: str
    lifecycle: str
    machine: str
    format: PackageFormat
    outcome: str
    duration_s: float
    reason: str
    environment: str = ""


class Untold(msgspec.Struct, frozen=True):
    """What a law could not compare on a machine, and why."""

    law: str
    machine: str
    reason: str

    def __str__(self) -> str:
        """Say it in a line."""
        return f"{self.law} on {self.machine}: {self.reason}"


class NotJudged(msgspec.Struct, frozen=True):
    """What was not tried or judged of packages of a format: a law, a lifecycle, environments, crashes; and why."""

    format: PackageFormat
    what: str
    reason: str

    def __str__(self) -> str:
        """Say it in a line."""
        return f"{self.what} (.{self.format}): {self.reason}"


class Validation(msgspec.Struct, frozen=True):
    """The whole result; defects in order of harm. `packages` say which files were judged, with version and SHA-256.

    `untold` is what laws could not compare, `environments` those in which something ran, and `skipped` those that the
    product declares to be unsupported. `not_judged` is what cannot be for a format.
    """

    verdict: Fitness
    summary: str
    packages: tuple[str, ...]
    defects: tuple[Defect, ...]
    runs: tuple[ValidatedRun, ...]
    laws: tuple[str, ...]
    duration_s: float
    untold: tuple[Untold, ...] = ()
    environments: tuple[str, ...] = ()
    skipped: dict[str, str] = {}  # environment -> reason
    not_judged: tuple[NotJudged, ...] = ()
    schema_version: int = 2
