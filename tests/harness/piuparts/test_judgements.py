"""Findings are sorted by what people have judged, and what nobody has judged stays visible."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.piuparts.comparing import known_packages
from harness.piuparts.judgements import idle_texts, judge, load_judgements
from tests.harness.piuparts.values import LEFT, PURGED, compared, judgement, result


def test_one_defect_that_both_tools_show_is_one_row() -> None:
    """Findings of both tools meet in the judgement that is about them."""
    both = judgement(f"gate: {LEFT}", f"piuparts: {PURGED}")

    judged = judge(compared(result(LEFT), result(PURGED)), [both])

    assert [(row.judgement, row.findings) for row in judged.rows] == [(both, {"gate": (LEFT,), "piuparts": (PURGED,)})]
    assert judged.open == ()


def test_a_defect_that_is_shown_twice_counts_once() -> None:
    """A tool has found a defect, however many of its findings show it."""
    judged = judge(compared(result(f"{LEFT} too", LEFT), result()), [judgement(f"gate: {LEFT}*")])

    assert (judged.found("gate", "true"), judged.found("piuparts", "true"), judged.found("gate", "false")) == (1, 0, 0)


def test_what_nobody_has_judged_stays_open() -> None:
    """A finding that changed by a word is not judged any more, and counts for nobody."""
    judged = judge(compared(result(f"{LEFT} again"), result()), [judgement(f"gate: {LEFT}")])

    assert (judged.rows, judged.open) == ((), (("gate", f"{LEFT} again"),))


@pytest.mark.parametrize(
    ("says", "package"),
    [(f"piuparts: {LEFT}", ""), (f"gate: {LEFT}", "echod"), ("gate: nothing-left: /etc/pong. is left behind", "")],
    ids=["another tool", "another package", "no pattern but the star"],
)
def test_a_judgement_is_about_no_more_than_it_says(says: str, package: str) -> None:
    """Tool, package and each letter of the text have to be the same."""
    judged = judge(compared(result(LEFT), result()), [judgement(says, package=package)])

    assert judged.open == (("gate", LEFT),)


def test_a_text_that_nothing_says_any_more_is_told() -> None:
    """Each text of a judgement is looked for by itself, and only in packages that were compared."""
    entries = [judgement(f"gate: {LEFT}", f"piuparts: {PURGED}"), judgement("gate: x", package="echod")]

    assert idle_texts([compared(result(LEFT), result())], entries) == [f"all packages, piuparts: {PURGED}"]


@pytest.mark.parametrize(
    ("change", "reference"),
    [
        (('"gate: x"', '"x"'), "judgement-tool"),
        (('["gate: x"]', "[]"), "judgement-file"),
        (('"true"', '"maybe"'), "judgement-file"),
        (('"because"', '""'), "judgement-file"),
    ],
    ids=["no tool", "no finding", "no such verdict", "no reason"],
)
def test_a_mistake_in_the_file_is_told(tmp_path: Path, change: tuple[str, str], reference: str) -> None:
    """A judgement without a tool, a finding, a verdict or a reason is refused before anything runs."""
    text = '[[judgement]]\nsays = ["gate: x"]\nverdict = "true"\ntitle = "a"\nreason = "because"\n'
    path = tmp_path / "judgements.toml"
    path.write_text(text)
    sound = load_judgements(path)
    path.write_text(text.replace(*change))

    assert [entry.says for entry in sound] == [("gate: x",)]
    with pytest.raises(UsageError) as error:
        load_judgements(path)
    assert error.value.reference == reference


def test_the_projects_judgements_are_about_packages_that_are_compared() -> None:
    """The file can be read, and no judgement names a package without a product file."""
    assert {entry.package for entry in load_judgements()} <= {"", *known_packages()}
