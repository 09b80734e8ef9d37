"""What both tools say of a package, for tests."""

from __future__ import annotations

from harness.piuparts.judgements import Judgement, Verdict
from harness.piuparts.results import GATE, PEER, Compared, ToolResult

LEFT = "nothing-left: /etc/pongd is left behind"
PURGED = "Package purging left files on system: /etc/pongd/"


def result(*findings: str, verdict: str = "unfit", version: str = "", untold: tuple[str, ...] = ()) -> ToolResult:
    """Give what a tool said in a minute and a half."""
    return ToolResult(verdict, findings, untold, 90.0, version)


def compared(gate: ToolResult, peer: ToolResult, package: str = "pongd") -> Compared:
    """Give a package with what each tool said of it."""
    return Compared(package, "2.0-1", "1.0-1", {GATE: gate, PEER: peer})


def judgement(*says: str, verdict: Verdict = "true", title: str = "the folder stays", package: str = "") -> Judgement:
    """Give a judgement about findings."""
    return Judgement(says, verdict, title, "nobody declared it", package)
