"""The page about hostile repositories tells what records say, and is not made of a run that cannot tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.distros import load_distros, scenario_library
from harness.errors import UsageError
from harness.hostile import hostile_text, read_cases
from harness.model.record import CaseRecord, CommandRecord, Observation, Place, StepRecord, Verdict
from harness.plan import plan_cases
from harness.repository_faults import WORDS, find_fault
from harness.scenario.load import load_scenarios

EVERY_DISTRO = load_distros()
DISTROS = {name: EVERY_DISTRO[name] for name in ("debian-12", "yum-debian-12", "zypper-debian-12")}
PAGE = Path(__file__).parents[2] / "docs" / "hostile-repositories.md"


def _step(kind: str, *, exit_code: int = 0, said: str = "", seen: dict[str, Any] | None = None) -> StepRecord:
    commands = (CommandRecord("box-1", f"sudo apt {kind} azcmagent=1.28.1.2", exit_code, said, "", "", "", 0.1),)
    verdicts = tuple(Verdict("pass", subject, value, Observation(subject, "seen", value))
                     for subject, value in (seen or {}).items())  # fmt: skip
    return StepRecord(1, kind, kind, Place("x.yaml", 1), "pass", "", "", "", 0.1, verdicts=verdicts,
                      commands=() if kind == "repository" else commands)  # fmt: skip


def _case(word: str, distro: str, outcome: Any = "pass") -> CaseRecord:
    steps = (
        _step("repository"), _step("refresh", exit_code=100, said="E: a | b\r\n"),
        _step("install", exit_code=100, seen={"machine.package": "absent", "machine.changes": {}}),
        _step("repository"), _step("install"),
    )  # fmt: skip
    return CaseRecord(f"{word}.{distro}", "t", "f", distro, "latest", outcome, "why", "", 1.0, {"fault": word}, steps)


def _cases() -> list[CaseRecord]:
    applicable = [(word, name) for word in WORDS for name, facts in DISTROS.items()
                  if facts.family not in find_fault(word).not_applicable]  # fmt: skip
    return [_case(word, name) for word, name in applicable]


def test_a_row_for_each_command() -> None:
    """Who, what, how it ended, what it said, and what is left at the end."""
    page = hostile_text(_cases(), DISTROS)

    assert "\n| debian-12 | `apt refresh azcmagent` | 100 | a \\| b |  |\n" in page
    assert "\n|  | `apt install azcmagent` | 100 |  | nothing; the next try succeeds |\n" in page
    assert f"\nNot for yum: {find_fault('phased').not_applicable['yum']}\n" in page


def test_a_question_is_told() -> None:
    """With its answer, of a refresh that complains of nothing."""
    case = _case("wrong-key", "debian-12")
    command = msgspec.structs.replace(case.steps[1].commands[0], stdout="", asked=("Trust it? y",))
    steps = (case.steps[0], msgspec.structs.replace(case.steps[1], commands=(command,)), *case.steps[2:])
    others = [other for other in _cases() if other.id != case.id]
    page = hostile_text([*others, msgspec.structs.replace(case, steps=steps)], DISTROS)

    assert "| 100 | asks: Trust it? y |  |" in page


def test_a_case_that_did_not_pass() -> None:
    """Nothing is told of a run with a failure."""
    with pytest.raises(UsageError, match="did not pass: why"):
        hostile_text([*_cases(), _case("phased", "debian-12", "fail")], DISTROS)


def test_a_fault_that_a_family_did_not_meet() -> None:
    """A page with a hole is none."""
    with pytest.raises(UsageError, match="no machine of zypper has met 'wrong-key'"):
        hostile_text([case for case in _cases() if case.id != "wrong-key.zypper-debian-12"], DISTROS)


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    """It is refused with the command that makes one."""
    with pytest.raises(UsageError, match="no case in this folder"):
        read_cases(tmp_path)


def test_every_fault_is_met_by_every_family() -> None:
    """`scenarios-hostile` has a case of each fault on each distro of the set, and none twice."""
    scenarios = load_scenarios([scenario_library().parent / "scenarios-hostile"])
    cases = plan_cases(scenarios, EVERY_DISTRO)
    met = [(case.parameters["fault"], case.distro) for case in cases]
    wanted = {(word, name) for word in WORDS for name, distro in EVERY_DISTRO.items() if "default" in distro.sets}

    assert sorted(met) == sorted(wanted)


def test_the_page_tells_of_every_fault() -> None:
    """Each has its section in docs/hostile-repositories.md, with a row or a reason for each family."""
    page = PAGE.read_text(encoding="utf-8")
    for word in WORDS:
        fault, section = find_fault(word), page.partition(f"\n## {word}\n")[2].partition("\n## ")[0]
        told = {DISTROS[name].family for name in DISTROS if f"| {name} |" in section} | set(fault.not_applicable)

        assert fault.why in section
        assert (word, told) == (word, {facts.family for facts in DISTROS.values()})
