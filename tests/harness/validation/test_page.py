"""The page opens with the verdict, shows defects before what could not be told, and lets no markup of a package in."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
from rich.console import Console

from harness.model.validation import Blame, NotJudged, Validation
from harness.validation.page import PAGE_FILE, print_verdict, write_page
from tests.harness.validation.test_judging import DEFECT, RUN

RESULT = Validation(
    "unfit", "1 defects in 2 lifecycles", ("new.deb 1.68 sha256:0",),
    (msgspec.structs.replace(DEFECT, evidence=("<script>",), blame=Blame("postinst", 7, None),
                             reproduce=("sudo apt upgrade",)),
     msgspec.structs.replace(DEFECT, summary="it grows", accepted=True, reason="a runtime more")),
    (RUN, msgspec.structs.replace(RUN, id="twice.debian-12", outcome="error", reason="the machine died")),
    ("ends-clean",), 1.0,
)  # fmt: skip


def test_the_page(tmp_path: Path) -> None:
    """Verdict, defect with blame and how to reproduce it, untold runs, accepted defects: in this order."""
    write_page(RESULT, tmp_path)
    page = (tmp_path / PAGE_FILE).read_text()
    words = [
        "Not fit for release",
        "it fails",
        "postinst</code>, line 7",
        "&lt;script&gt;",
        "sudo apt upgrade",
        "the machine died",
        "a runtime more",
    ]
    places = [page.find(word) for word in words]

    assert -1 not in places
    assert places == sorted(places)
    assert "<script>" not in page


def test_an_msi(tmp_path: Path) -> None:
    """A row of a table is blamed, and what was not judged stands with its reason on the page and at the terminal."""
    defect = msgspec.structs.replace(
        RESULT.defects[0], format="msi", blame=Blame("ServiceControl", 1, None, "C1 (himds)")
    )
    gap = NotJudged("msi", "law journal-quiet", "Wine has no event log")
    result = msgspec.structs.replace(RESULT, defects=(defect,), not_judged=(gap,))
    out = io.StringIO()
    write_page(result, tmp_path)
    print_verdict(result, tmp_path, Console(file=out, width=200))
    page = (tmp_path / PAGE_FILE).read_text()

    assert "  look at: the row 'C1 (himds)' of the table ServiceControl" in out.getvalue().splitlines()
    assert "not judged: law journal-quiet (.msi): Wine has no event log" in out.getvalue().splitlines()
    assert "the row <code>C1 (himds)</code> of the table <code>ServiceControl</code>" in page
    assert "Not judged: law journal-quiet (.msi): Wine has no event log." in page


def test_the_terminal(tmp_path: Path) -> None:
    """The verdict first, each open defect with its place and blame; accepted ones are silent."""
    out = io.StringIO()
    print_verdict(RESULT, tmp_path, Console(file=out, width=200))
    lines = out.getvalue().splitlines()

    assert lines[0] == "UNFIT: 1 defects in 2 lifecycles"
    assert lines[2:5] == [
        "it fails", "  ends-clean: upgrade in the lifecycle 'fresh' on debian-12 (deb)", "  look at: postinst, line 7",
    ]  # fmt: skip
    assert "could not be told: twice.debian-12: the machine died" in lines
    assert "it grows" not in out.getvalue()
