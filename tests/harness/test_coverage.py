"""The table of what is covered is current, tells what is not, and knows the document's headings and commands."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.coverage import Heading, coverage_text, read_document
from harness.distros import load_distros, scenario_library, windows_scenarios
from harness.errors import UsageError
from harness.model.product import Product, load_product
from harness.model.scenario import Scenario
from harness.products import DEFAULT_PRODUCT
from harness.scenario.decode import decode_scenario
from harness.scenario.document import Document
from harness.scenario.load import load_scenarios

ROOT = Path(__file__).resolve().parents[2]
SEED = ROOT.parent / "shared" / "seed"


@pytest.fixture
def product() -> Product:
    """Give the product file that is shipped."""
    return load_product(DEFAULT_PRODUCT)


@pytest.fixture
def rows(product: Product) -> Callable[[Heading, str], list[str]]:
    """Give the rows that a heading has with one scenario, of which the steps are given."""

    def give(heading: Heading, steps: str) -> list[str]:
        text = f"scenario: one\nsource: [{heading.title}]\nmatrix: {{distro: [debian-12]}}\nsteps: {steps}\n"
        scenario: Scenario = decode_scenario(Document("one.yaml", text), name="one")
        table = coverage_text([heading], [scenario], load_distros(), product)
        return [line for line in table.splitlines() if line.startswith(("| **", "| `"))]

    return give


def test_the_table_in_the_documentation_is_current(product: Product) -> None:
    """`arclab coverage > docs/coverage.md` rewrites it."""
    library = scenario_library()
    scenarios = load_scenarios([library, windows_scenarios()])
    text = coverage_text(read_document(library / "document.toml"), scenarios, load_distros(), product)

    assert (ROOT / "docs" / "coverage.md").read_text() == text


@pytest.mark.parametrize(
    ("command", "steps"),
    [
        ("sudo apt install azcmagent=VERSION", "[install: {version: '1.50'}]"),
        ("sudo apt install azcmagent=1.28.02260.736", "[install: {version: '1.28'}]"),
        ("sudo apt update", "[upgrade: {}]"),
        ("sudo apt purge azcmagent", "[uninstall: {}]"),
        ("azcmagent disconnect --force-local-only", "[disconnect: {force-local-only: true}]"),
        ('azcmagent config set proxy.url "http://ProxyServerFQDN:port"',
         "[azcmagent: {arguments: [config, set, proxy.url, 'http://p']}]"),
    ],
)  # fmt: skip
def test_a_command_is_covered_by_the_step_that_runs_it(
    rows: Callable[[Heading, str], list[str]], command: str, steps: str
) -> None:
    """Versions and proxies stand for any of their kind."""
    assert rows(Heading("Title", (command,)), steps) == ["| **Title** | one |", f"| `{command}` | one |"]


def test_a_command_that_nothing_runs_is_not_covered(rows: Callable[[Heading, str], list[str]]) -> None:
    """A scenario that names the heading and runs something else covers the heading only."""
    wanted = "sudo apt install azcmagent=1.28.02260.736"

    assert rows(Heading("Title", (wanted,)), "[install: {version: '1.50'}]")[1] == f"| `{wanted}` | nothing |"


def test_what_is_not_covered_says_why(rows: Callable[[Heading, str], list[str]], product: Product) -> None:
    """The reason stands where the scenarios would."""
    table = coverage_text([Heading("Windows", ("msiexec",), "no scenario yet")], [], load_distros(), product)

    assert "| `msiexec` | no scenario yet |" in table


def test_a_source_that_the_document_does_not_have_is_refused(
    rows: Callable[[Heading, str], list[str]], product: Product
) -> None:
    """A heading that was renamed must not leave scenarios behind that cover nothing."""
    scenario = decode_scenario(
        Document("one.yaml", "scenario: one\nsource: [Gone]\nsteps: [refresh: {}]\n"), name="one"
    )

    with pytest.raises(UsageError, match="no heading 'Gone'"):
        coverage_text([Heading("Here")], [scenario], load_distros(), product)


@pytest.mark.parametrize("text", ["headings = 3", "[[headings]]\nname = 'x'", "nothing = 1", "["])
def test_a_broken_description_is_refused(tmp_path: Path, text: str) -> None:
    """The mistake has its place."""
    path = tmp_path / "document.toml"
    path.write_text(text)

    with pytest.raises(UsageError, match=str(path)):
        read_document(path)


@pytest.mark.skipif(not SEED.is_dir(), reason="the document is not here")
def test_every_heading_and_command_of_the_document_has_a_row() -> None:
    """The description has the document's headings in order, and every line of its code blocks."""
    headings, lines, is_code = [], [], False
    for line in next(SEED.iterdir()).read_text().splitlines():
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif is_code and line.strip() and not line.strip().startswith("#"):
            lines.append(line.strip())
        elif not is_code and line.startswith("#"):
            headings.append(re.sub(r"\[(.*?)\]\(.*?\)", r"\1", line.lstrip("# ")).strip())
    document = read_document(scenario_library() / "document.toml")

    assert [heading.title for heading in document] == headings
    assert set(lines) <= {command for heading in document for command in heading.commands}
