"""The page that compares both tools: a function of what they found and of what people have judged of it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from harness.piuparts.archive import NEW_SUITE, OLD_SUITE
from harness.piuparts.judgements import Judged, Judgement, Row, Verdict, idle_texts, judge
from harness.piuparts.results import GATE, PEER, TOOLS, Compared

_HEAD = """<!-- made by `make against-piuparts`; not to be edited -->
# Against piuparts

[piuparts](https://piuparts.debian.org/) installs, upgrades and purges Debian's packages in a chroot and looks at what
is left. Here it meets the same agents of Debian's archive as `arclab validate`: their versions in {old} and in {new}.

- **gate**: `arclab validate NEW --previous OLD --product FILE --quick` on {new}: the package alone is upgraded, beside
  what it needs, in the lifecycles and the most telling hostile environments, with services that run.
- **piuparts** {version}: a new installation and a purge in {new}; and an installation in {old}, an upgrade of the whole
  system and a purge. With the scripts that Debian runs it with, but for those that divert /bin/sync, which fail where
  /bin is /usr/bin; with `adequate`; and told to tell apart what other packages leave. It starts no service.

Each finding was judged by hand, with the reason: [judgements.toml](../harness/piuparts/judgements.toml). Findings
that show one defect are one row, and a tool that shows a defect in several ways has found it once. A change on purpose
is one between both versions that the gate tells once, to be accepted. What nobody has judged is listed as such and
counts for nobody. Laws that told wrong things of these very packages were mended, so the gate has met them before;
piuparts has met all of Debian. Minutes are by the clock of the machine that made this page, which may have had other
work too: they tell the order of magnitude.
"""

#: What is counted of each tool: a kind of findings, and in its table the first and the last heading, and an empty cell.
_KINDS: dict[Verdict, tuple[str, str, str]] = {
    "true": ("defect", "why it is one", "missed"),
    "false": ("false alarm", "why it is none", "silent"),
    "intended": ("change on purpose", "why it is right", "silent"),
}
_LONGEST = 240
_FIGURES = ("defects", "false alarms", "changes", "minutes")


def page_text(results: Iterable[Compared], judgements: Iterable[Judgement]) -> tuple[str, int]:
    """Give the page in Markdown, and how many findings nobody has judged."""
    entries = tuple(judgements)
    judged = [judge(result, entries) for result in results]
    versions = sorted({each.compared.tools[PEER].version for each in judged} - {""})
    lines = [_HEAD.format(old=OLD_SUITE, new=NEW_SUITE, version=" and ".join(versions)), *_overview(judged)]
    for each in judged:
        lines += ["", *_section(each)]
    idle = idle_texts((each.compared for each in judged), entries)
    if idle:
        lines += ["", "## Judged, and not found this time", "", *(f"- {_code(text)}" for text in idle)]
    return "\n".join([*lines, ""]), sum(len(each.open) for each in judged)


def _overview(judged: list[Judged]) -> Iterator[str]:
    columns = ["package", *(cell for tool in TOOLS for cell in (f"{tool} says", *_FIGURES))]
    yield f"| {' | '.join(columns)} |"
    yield "|---" * len(columns) + "|"
    totals = {tool: [0.0] * len(_FIGURES) for tool in TOOLS}
    for each in judged:
        cells = [each.compared.package]
        for tool in TOOLS:
            result = each.compared.tools[tool]
            figures = [*(each.found(tool, verdict) for verdict in _KINDS), result.duration_s]
            totals[tool] = [a + b for a, b in zip(totals[tool], figures, strict=True)]
            cells += [result.verdict, *_figures(figures)]
        yield f"| {' | '.join(cells)} |"
    sums = [cell for tool in TOOLS for cell in ("", *_figures(totals[tool]))]
    yield f"| {' | '.join(['**all**', *sums])} |"
    both = sum(all(row.findings.values()) for each in judged for row in each.rows if row.judgement.verdict == "true")
    alone = {tool: int(totals[tool][0]) - both for tool in TOOLS}
    yield ""
    yield (f"Of {both + sum(alone.values())} defects both found {both}, the gate alone {alone[GATE]}, "
           f"piuparts alone {alone[PEER]}.")  # fmt: skip


def _figures(figures: list[float]) -> list[str]:
    *counts, duration_s = figures
    return [*(f"{count:.0f}" for count in counts), f"{duration_s / 60:.1f}"]


def _section(each: Judged) -> Iterator[str]:
    result = each.compared
    yield f"## {result.package}"
    yield ""
    yield f"{result.old} to {result.new}."
    for verdict, (what, why, missed) in _KINDS.items():
        rows = [row for row in each.rows if row.judgement.verdict == verdict]
        if rows:
            yield from ("", f"| {what} | gate | piuparts | {why} |", "|---|---|---|---|")
            yield from (_row(row, missed) for row in rows)
    if not each.rows and not each.open:
        yield from ("", "Neither found anything.")
    yield from _list("Nobody has judged yet:", [f"{tool}: {finding}" for tool, finding in each.open])
    untold = [f"{tool}: {text}" for tool in TOOLS for text in result.tools[tool].untold]
    yield from _list("Could not be told:", untold)


def _list(title: str, texts: list[str]) -> Iterator[str]:
    if texts:
        yield from ("", title, "", *(f"- {_code(text)}" for text in texts))


def _row(row: Row, missed: str) -> str:
    cells = ["<br>".join(_code(finding) for finding in row.findings[tool]) or missed for tool in TOOLS]
    return f"| {_cell(row.judgement.title)} | {' | '.join(cells)} | {_cell(row.judgement.reason)} |"


def _code(text: str) -> str:
    """Show what a tool said, or the beginning of it: in a cell of a table a bar has to be escaped, also in code."""
    shown = textwrap.shorten(text.replace("`", "'"), _LONGEST, placeholder=" ...")
    return f"`{_cell(shown)}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
