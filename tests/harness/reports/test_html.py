"""report.html: one page, safe to open whatever machines printed, small however long a case was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import msgspec
import pytest

from harness.record import read_case, write_case
from harness.reports import render_all
from harness.reports.html import write_html
from harness.reports.run_json import write_run_json
from tests.harness.reports.conftest import write_run_of_every_outcome

MakeRun = Callable[..., Path]
BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
VOID = {"meta", "link", "input", "br", "hr", "img"}
OPTIONAL_END = {"tr", "td"}


class _Page(HTMLParser):
    """Collects what a page has: elements with attributes, texts, mistakes of nesting."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.scripts: list[str] = []
        self.open: list[str] = []
        self.mistakes: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID | OPTIONAL_END:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in OPTIONAL_END:
            return
        if not self.open or self.open.pop() != tag:
            self.mistakes.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        else:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def _page(directory: Path) -> _Page:
    render_all(directory)
    return _Page((directory / "report.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, _Page]:
    """Give a run with every outcome and its page, which no test changes."""
    directory = write_run_of_every_outcome(tmp_path_factory.mktemp("reported") / "run")
    return directory, _page(directory)


@pytest.fixture
def page(reported: tuple[Path, _Page]) -> _Page:
    """Give the page of a run with every outcome."""
    return reported[1]


def test_hostile_output_is_text(page: _Page) -> None:
    """Markup in outputs, reasons and paths is shown and never becomes an element; the one script is ours."""
    assert len(page.scripts) == 1
    assert "alert(1)" not in page.scripts[0]
    assert "<script>alert(1)</script> ]]> </template> &" in page.text
    assert "{{ 7*7 }}" in page.text
    assert [name for _, attributes in page.elements for name in attributes if name.startswith("on")] == []


def test_control_characters_are_visible(page: _Page) -> None:
    """What a terminal would act on is shown as pictures, colours are left out."""
    assert "before ␀red␈ <script>" in page.text
    assert [character for character in page.text if character < " " and character not in "\n\t"] == []


def test_elements_are_nested_well(page: _Page) -> None:
    """Every element is closed where it should be."""
    assert (page.mistakes, page.open) == ([], [])


def test_hostile_names_are_text(make_run: MakeRun) -> None:
    """A lost case's id and the versions are as untrusted as outputs are."""
    directory = make_run({"a.rocky-9": "pass"}, selected=['"><script>alert(2)</script>.rocky-9'])
    write_run_json(directory, started=BEGIN, duration_s=1.0, versions={"engine": "<script>alert(3)</script>"})

    page = _page(directory)
    assert len(page.scripts) == 1
    assert page.mistakes == []


def test_nothing_is_fetched(page: _Page) -> None:
    """No element loads anything from elsewhere, and the page's own policy forbids it."""
    addresses = [a[name] for _, a in page.elements for name in ("href", "src", "action", "srcset", "data") if name in a]
    (policy,) = [meta["content"] for meta in page.all("meta") if "http-equiv" in meta]

    assert [address for address in addresses if not address.startswith(("#", "./", "data:,"))] == []
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-")


def test_links_lead_somewhere(page: _Page, reported: tuple[Path, _Page]) -> None:
    """Each anchor is an element of the page, each file is in the run directory."""
    identifiers = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    targets = [unquote(a["href"]) for a in page.all("a")]

    assert [target for target in targets if target.startswith("#") and target[1:] not in identifiers] == []
    assert [target for target in targets if target.startswith("./") and not (reported[0] / target).is_file()] == []


def test_what_did_not_pass_is_open(page: _Page) -> None:
    """Failed and broken cases are open and first; others are closed."""
    cases = [(a["id"], "open" in a) for a in page.all("details") if a.get("class", "").startswith("case ")]

    assert cases == [
        ("upgrade-stays-connected.rocky-9.1.36", True),
        ("upgrade-stays-connected.ubuntu-24.04.1.36", True),
        ("upgrade-stays-connected.debian-12.previous", True),
        ("heartbeat-a-day-connected.debian-12", False),
        ("install-specific-version.ubuntu-24.04", False),
    ]


def test_three_hundred_heartbeats_are_one_row(page: _Page, reported: tuple[Path, _Page]) -> None:
    """Repeated rows are folded; a page with a day in each case stays small."""
    assert "300 × heartbeat accepted, every 5 min 00 s" in page.text  # noqa: RUF001 - the page's own sign
    assert (reported[0] / "report.html").stat().st_size < 250_000


def test_tells_expected_and_seen(page: _Page) -> None:
    """A failed expectation shows place, expected and seen values, looks and waited time."""
    assert "machine.services expected {himdsd: active}, saw {himdsd: failed}" in page.text
    assert "scenarios/upgrade/stays-connected.yaml:27:19" in page.text
    assert "120 in 30.1 s" in page.text


def test_everything_of_a_step_is_there(page: _Page) -> None:
    """Commands, exit statuses, long outputs, changes and phases are in the page."""
    for words in ("exit 100", "no end in time", "31 lines", "20 added", "himds:x:997", "boot 2.0 s", "loopback:40342"):
        assert words in page.text


def test_remakes_without_journals(run_directory: Path) -> None:
    """Damaged or missing files of a case are told, and the page is still made."""
    folder = run_directory / "cases" / "upgrade-stays-connected.debian-12.previous"
    (folder / "journal.jsonl").write_bytes(b"nonsense\n")
    (folder / "machine-journal.jsonl").unlink()
    (folder / "collect-errors.txt").write_text("the machine is gone\n")

    page = _page(run_directory)
    assert "journal.jsonl: 1 of 1 lines cannot be read" in page.text
    assert "collect-errors.txt: the machine is gone" in page.text


def test_names_the_machines_where_there_are_several(run_directory: Path, page: _Page) -> None:
    """The timeline says whose each row is, and a step whose a command is that ran elsewhere; one machine needs none."""
    folder = run_directory / "cases/heartbeat-a-day-connected.debian-12"
    alone, record = page.text, read_case(folder)
    step = msgspec.structs.replace(record.steps[0], machine="box-2")
    write_case(msgspec.structs.replace(record, steps=(step,), machines={"box-1": "a", "box-2": "b"}), folder)
    together = _page(run_directory).text

    assert ("machine box-1" in alone, "machine box-1" in together) == (False, True)
    assert ("box-1, box-2" in alone, "box-1, box-2" in together) == (False, True)
    assert ("box-1 $ apt-get" in alone, "box-1 $ apt-get" in together) == (False, True)


def test_versions_may_lack_everything(make_run: MakeRun) -> None:
    """A run that knows nothing of its versions, and has no case, has a page."""
    directory = make_run({})
    write_run_json(directory, started=BEGIN, duration_s=0.0, versions={})

    assert "Nothing ran" in _page(directory).text


def test_long_output_loses_its_middle(make_run: MakeRun) -> None:
    """Much output does not make the page as much longer."""
    directory = make_run({"a.rocky-9": "fail"}, hostile="x" * 400_000)
    write_html(directory)

    assert "characters left out" in (directory / "report.html").read_text(encoding="utf-8")
    assert (directory / "report.html").stat().st_size < 300_000


def test_timelines_are_linked(page: _Page, reported: tuple[Path, _Page]) -> None:
    """The unabridged timeline is beside each case and linked."""
    path = "cases/heartbeat-a-day-connected.debian-12/timeline.json"

    assert f"./{path}" in [a["href"] for a in page.all("a")]
    assert len(msgspec.json.decode((reported[0] / path).read_bytes())) > 1800
