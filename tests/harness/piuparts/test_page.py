"""The page counts what was judged, names what each tool missed, and hides nothing."""

from __future__ import annotations

from harness.piuparts.page import page_text
from tests.harness.piuparts.values import LEFT, PURGED, compared, judgement, result

STARTED = "services-keep-state: the service pongd was inactive and is active"


def test_the_overview_counts_each_tool_and_both() -> None:
    """Defects, false alarms and changes are counted apart, and the sums are those of the rows."""
    judgements = [
        judgement(f"gate: {LEFT}", f"piuparts: {PURGED}"), judgement(f"gate: {STARTED}", title="it is started"),
        judgement("*: dust", verdict="false"), judgement("gate: within-budget: more", verdict="intended"),
    ]  # fmt: skip
    one = compared(
        result(LEFT, STARTED, "within-budget: more"), result(PURGED, "dust", verdict="fail", version="1.1.7")
    )
    two = compared(result("dust"), result("dust", verdict="fail", version="1.1.7"), package="echod")

    text, unjudged = page_text([one, two], judgements)

    assert "| pongd | unfit | 2 | 0 | 1 | 1.5 | fail | 1 | 1 | 0 | 1.5 |" in text
    assert "| echod | unfit | 0 | 1 | 0 | 1.5 | fail | 0 | 1 | 0 | 1.5 |" in text
    assert "| **all** |  | 2 | 1 | 1 | 3.0 |  | 1 | 2 | 0 | 3.0 |" in text
    assert "Of 2 defects both found 1, the gate alone 1, piuparts alone 0." in text
    assert f"| it is started | `{STARTED}` | missed | nobody declared it |" in text
    assert "- **piuparts** 1.1.7:" in text
    assert unjudged == 0


def test_what_is_not_judged_is_listed_and_counted() -> None:
    """A finding that nobody has judged stands on the page, and the caller hears of it."""
    text, unjudged = page_text([compared(result(LEFT), result(PURGED))], [])

    assert unjudged == 2
    assert f"Nobody has judged yet:\n\n- `gate: {LEFT}`\n- `piuparts: {PURGED}`\n" in text
    assert "Of 0 defects" in text


def test_what_could_not_be_told_is_listed() -> None:
    """A lifecycle that broke, or a test that ended without a reason, is neither a finding nor silence."""
    text, _ = page_text([compared(result(verdict="unknown", untold=("fresh: the lab broke",)), result())], [])

    assert "Could not be told:\n\n- `gate: fresh: the lab broke`\n" in text


def test_a_judgement_that_became_idle_is_listed() -> None:
    """Who reads the page sees that a judged finding has gone."""
    text, _ = page_text([compared(result(), result())], [judgement(f"gate: {LEFT}")])

    assert text.endswith(f"## Judged, and not found this time\n\n- `all packages, gate: {LEFT}`\n")


def test_what_a_tool_says_breaks_no_table() -> None:
    """Bars, line ends and back quotes of a finding stay in its cell."""
    text, _ = page_text([compared(result("a|b\n`c`"), result())], [judgement("gate: a*")])

    assert "| the folder stays | `a\\|b 'c'` | missed |" in text


def test_a_long_finding_is_cut() -> None:
    """A command line of a hundred packages does not make the page unreadable."""
    text, _ = page_text([compared(result("installs " + "libpong " * 100), result())], [])

    assert max(len(line) for line in text.splitlines() if "libpong" in line) < 260
    assert " ...`" in text
