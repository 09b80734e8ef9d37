"""What both tools found in a package, in the same form, read from what each has left behind."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from harness.model.validation import VERDICT_FILE, Validation
from harness.piuparts.archive import Pair
from harness.piuparts.peer import read_log

GATE, PEER = "gate", "piuparts"
TOOLS = (GATE, PEER)
_FOLDERS = re.compile(r"/\S*/(?=\S+\.yaml:)")  # of the lifecycles' files, which are gone after the run
LOGS = ("purge.log", "upgrade.log")


class ToolResult(msgspec.Struct, frozen=True):
    """What a tool said of a package. Findings are lines; `untold` is what it could not tell, and why."""

    verdict: str
    findings: tuple[str, ...]
    untold: tuple[str, ...]
    duration_s: float
    version: str = ""


class Compared(msgspec.Struct, frozen=True):
    """A package and what each tool said of it, by the tool's name."""

    package: str
    new: str
    old: str
    tools: dict[str, ToolResult]

    @property
    def is_told(self) -> bool:
        """Say whether both tools could tell all that they look for."""
        return all(result.verdict != "unknown" and not result.untold for result in self.tools.values())


def read_compared(pair: Pair, verdict: Path, logs: Path) -> Compared:
    """Read what both tools have left: the gate's report folder, and the folder of piuparts' logs."""
    new, old = pair.versions
    return Compared(pair.package, new, old, {GATE: read_gate(verdict, pair), PEER: read_peer(logs)})


def read_gate(report: Path, pair: Pair) -> ToolResult:
    """Read the gate's verdict. Versions are named NEW and OLD, so that the same finding stays the same text."""
    found = msgspec.json.decode((report / VERDICT_FILE).read_bytes(), type=Validation)
    new, old = pair.versions
    findings = dict.fromkeys(
        f"{defect.law}: {defect.summary}".replace(new, "NEW").replace(old, "OLD")
        for defect in found.defects
        if not defect.accepted
    )
    broken = tuple(f"{run.lifecycle}: {_FOLDERS.sub('', run.reason)}" for run in found.runs if run.outcome == "error")
    return ToolResult(found.verdict, tuple(findings), (*broken, *map(str, found.untold)), found.duration_s)


def read_peer(logs: Path) -> ToolResult:
    """Read the logs of both of piuparts' tests; the time is that of both."""
    read = [read_log((logs / name).read_text(errors="replace")) for name in LOGS]
    findings = dict.fromkeys(finding for log in read for finding in log.findings)
    silent = tuple(
        f"{name}: it ended without success, and does not say why"
        for name, log in zip(LOGS, read, strict=True)
        if not log.has_passed and not log.findings
    )
    verdict = "pass" if all(log.has_passed for log in read) else "fail"
    return ToolResult(verdict, tuple(findings), silent, sum(log.duration_s for log in read), read[0].version)


def is_judged(report: Path, sha256: str) -> bool:
    """Say whether the gate's report is there, could tell whether the package is fit, and is about this digest."""
    path = report / VERDICT_FILE
    if not path.exists():
        return False
    found = msgspec.json.decode(path.read_bytes(), type=Validation)
    return found.verdict in ("fit", "unfit") and any(f"sha256:{sha256}" in package for package in found.packages)
