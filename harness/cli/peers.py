"""The command that compares the gate with another tool."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from harness.cli.options import CONSOLE, Commas, current_settings, listed
from harness.piuparts.comparing import compare, known_packages
from harness.piuparts.judgements import load_judgements
from harness.piuparts.page import page_text
from harness.piuparts.results import Compared
from harness.record import write_whole


def against_piuparts(*, report: Path, page: Path, package: Commas = "") -> int:
    """Let the gate and piuparts look at packages of Debian's archive, and write a page about what each found.

    Needs root and a mirror of Debian. What the folder has already of the same packages is not done again, but for what
    the gate could not tell. Exit codes: 0 everything that was found is judged, 1 something is not yet, 2 a tool could
    not tell all, or could not be run, 5 bad usage.

    Parameters
    ----------
    report
        The folder for packages, logs and the reports of the gate.
    page
        The file for the page.
    package
        Only these, separated by commas; default: all that have a product file.
    """
    judgements = load_judgements()  # a mistake in it is told before anything runs
    results = compare(listed(package) or known_packages(), report, current_settings(), CONSOLE)
    text, unjudged = page_text(results, judgements)
    write_whole(page, text.encode())
    if unjudged:
        CONSOLE.print(f"{unjudged} findings are not judged: see '{page}'", highlight=False)
    return _exit_of(results, unjudged)


def _exit_of(results: Iterable[Compared], unjudged: int) -> int:
    """Give the exit code for what both tools said and a number of findings that nobody has judged."""
    if unjudged:
        return 1
    return 0 if all(result.is_told for result in results) else 2
