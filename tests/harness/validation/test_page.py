"""The page opens with the verdict, shows defects before what could not be told, and lets no markup of a package in."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
from rich.console import Console

from harness.model.validation import Blame, Validation
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
