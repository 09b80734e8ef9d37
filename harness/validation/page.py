"""validation.html: the verdict, then the defects in order of harm, for a maintainer who does not know arclab."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.console import Console
from rich.markup import escape

from harness.model.validation import Defect, Validation
from harness.record import write_whole

PAGE_FILE = "validation.html"
_TEMPLATES = Path(__file__).with_name("templates")
_COLOURS = {"fit": "green", "unfit": "red", "unknown": "yellow"}


def write_page(result: Validation, directory: Path) -> None:
    """Write `validation.html`."""
    templates = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined,
                            trim_blocks=True, lstrip_blocks=True)  # fmt: skip
    page = templates.get_template("validation.html.j2").render(
        result=result, place=place, open=[d for d in result.defects if not d.accepted],
        accepted=[d for d in result.defects if d.accepted], untold=[r for r in result.runs if r.outcome == "error"],
    )  # fmt: skip
    write_whole(directory / PAGE_FILE, page.encode("utf-8", "replace"))


def print_verdict(result: Validation, directory: Path, console: Console) -> None:
    """Print the verdict and the defects, a few lines each."""
    colour = _COLOURS[result.verdict]
    console.print(f"[bold {colour}]{result.verdict.upper()}[/bold {colour}]: {escape(result.summary)}", highlight=False)
    for defect in result.defects:
        if not defect.accepted:
            console.print(f"\n[bold]{escape(defect.summary)}[/bold]", highlight=False)
            console.print(f"  {defect.law}: {escape(place(defect))}", highlight=False)
            if defect.blame is not None:
                console.print(f"  look at: {escape(blamed(defect))}", highlight=False)
            for line in defect.evidence[:6]:
                console.print(f"    {escape(line)}", highlight=False)
    for run in result.runs:
        if run.outcome == "error":
            console.print(f"\ncould not be told: {escape(run.id)}: {escape(run.reason)}", highlight=False)
    for entry in result.untold:
        console.print(f"\ncould not be told: {escape(str(entry))}", highlight=False)
    for gap in result.not_judged:
        console.print(f"not judged: {escape(str(gap))}", highlight=False)
    for word, reason in result.skipped.items():
        console.print(f"not tried: the environment {word}: {escape(reason)}", highlight=False)
    console.print(f"\nreport: {directory / PAGE_FILE}", highlight=False, soft_wrap=True)


def place(defect: Defect) -> str:
    """Say where a defect was seen."""
    if not defect.lifecycle:
        return f"in the {defect.format} itself"
    return f"{defect.transition} in the lifecycle '{defect.lifecycle}' on {defect.machine} ({defect.format})"


def blamed(defect: Defect) -> str:
    """Say what is blamed in a few words."""
    if defect.blame is None:
        return ""
    line = f", line {defect.blame.line}" if defect.blame.line else ""
    if defect.blame.row:
        return f"the row '{defect.blame.row}' of the table {defect.blame.file}"
    process = f"process {defect.blame.process}" if defect.blame.process else ""
    return ", ".join(filter(None, (f"{defect.blame.file}{line}" if defect.blame.file else "", process)))
