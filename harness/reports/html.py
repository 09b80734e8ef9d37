"""report.html: the whole run on one page that needs nothing else, neither network nor other files."""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.record import write_whole
from harness.reports.cases import by_severity, count_outcomes, load_cases
from harness.reports.page import OF_MACHINES, case_views, common_causes, matrix_of
from harness.reports.run_json import read_run
from harness.reports.text import MARKS, WORDS, clipped, duration_text, one_line, seen_text, value_text, visible

HTML_FILE = "report.html"
_TEMPLATES = Path(__file__).resolve().parent / "templates"


def write_html(directory: Path) -> None:
    """Write `report.html`. Raises: UsageError without a readable run.json."""
    run = read_run(directory)
    cases = load_cases(directory, run.cases)
    templates = _environment()
    page = templates.get_template("report.html.j2").generate(
        run=run,
        counts=count_outcomes(cases),
        matrix=matrix_of(cases),
        causes=common_causes(cases),
        views=case_views(by_severity(cases)),
        script_hash=_csp_hash(templates.get_template("report.js").render()),
    )  # fmt: skip
    write_whole(directory / HTML_FILE, "".join(page).encode("utf-8", "replace"))


def _csp_hash(script: str) -> str:
    """Give the source expression that lets this one script run and no other."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


@functools.cache  # compiling the templates takes longer than making a page
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=_harmless,
    )  # fmt: skip
    environment.globals.update(marks=MARKS, words=WORDS, of_machines=OF_MACHINES)
    environment.filters.update(
        clipped=clipped, duration=duration_text, one_line=one_line, seen=seen_text, value=value_text
    )
    return environment


def _harmless(value: object) -> object:
    """Make control characters of every printed text visible; markup of our own passes."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
