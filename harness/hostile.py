"""What package managers make of a hostile repository, as a table: a function of a run of `scenarios-hostile`.

Each case of such a run lets the repository have one fault, and then none. What was typed in between met the fault.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from harness.errors import UsageError
from harness.machines.package_managers import PACKAGE_MANAGERS, PackageManager
from harness.model.distro import Distro
from harness.model.record import CaseRecord, CommandRecord, StepRecord
from harness.record import read_case
from harness.repository_faults import WORDS, find_fault

_AXIS = "fault"
_HEAD = """<!-- made by `make hostile`; not to be edited -->
# Hostile repositories

What real package managers make of a repository with one fault. Each case has a new machine: it is configured, meets the
fault, is told by the documented commands to read the repository and to install the agent, and tries once more when the
fault is gone. What a command says is shortened to the line that tells, with `KEY`, `HASH`, `ADDRESS`, `SIZE` and `TIME`
for what differs each time, or to what it asks while it reads the repository, with the answer. What is left is seen in a
snapshot of the whole machine and in the package database.

The words are those of the step `repository: {fault: WORD}`; `none` makes the repository sound. While there is a fault
apt has `Acquire::Retries "0"` and yum `retries=1`; where it is one of silence, also `Acquire::https::Timeout "1"` and
`timeout=1`. zypper has no such setting that works.
"""


def hostile_text(cases: Iterable[CaseRecord], distros: dict[str, Distro]) -> str:
    """Give the page in Markdown.

    Raises: UsageError when a case did not pass, or when a fault was met by no machine of a family that can meet it.
    """
    met: dict[str, dict[str, CaseRecord]] = {word: {} for word in WORDS}
    for case in cases:
        if case.outcome not in ("pass", "skip"):
            raise UsageError("hostile-case", f"the case '{case.id}' did not pass: {case.reason}")
        if case.parameters.get(_AXIS) in met:
            met[case.parameters[_AXIS]][case.distro] = case
    return "\n".join([_HEAD, *(_section(word, met[word], distros) for word in WORDS)])


def read_cases(directory: Path) -> list[CaseRecord]:
    """Read the records of a run. Raises: UsageError for a folder that has none."""
    folders = sorted(path.parent for path in directory.glob("cases/*/case.json"))
    if not folders:
        raise UsageError("hostile-run", "there is no case in this folder.", place=str(directory),
                         hint="'arclab run scenarios-hostile --report FOLDER' makes such a run.")  # fmt: skip
    return [read_case(folder) for folder in folders]


def _section(word: str, met: dict[str, CaseRecord], distros: dict[str, Distro]) -> str:
    fault = find_fault(word)
    families = {facts.family for facts in distros.values() if facts.repository}
    missing = families - {distros[name].family for name in met} - set(fault.not_applicable)
    if missing:
        raise UsageError("hostile-incomplete", f"no machine of {', '.join(sorted(missing))} has met '{word}'.")
    lines = [f"## {word}", "", f"{fault.title[0].upper()}{fault.title[1:]}. {fault.why}", "",
             "| machine | typed | exit | says | left |", "|---|---|---|---|---|"]  # fmt: skip
    for distro, case in sorted(met.items()):
        if case.outcome == "pass":
            lines += _rows(distro, case, distros[distro])
    none = [f"Not for {family}: {reason}" for family, reason in fault.not_applicable.items()]
    return "\n".join([*lines, *(["", *none] if none else []), ""])


def _rows(distro: str, case: CaseRecord, facts: Distro) -> list[str]:
    manager = PACKAGE_MANAGERS[facts.family]
    turns = [index for index, step in enumerate(case.steps) if step.kind == "repository"]
    steps = case.steps[turns[0] + 1 : turns[1]]
    typed = [(command, step) for step in steps for command in step.commands]
    rows: list[str] = []
    for command, step in typed:
        is_last = (command, step) == typed[-1]
        cells = [distro if not rows else "", f"`{_shown(command)}`", str(command.exit),
                 _cell(_said(manager, command, step)), _left(step) if is_last else ""]  # fmt: skip
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def _shown(command: CommandRecord) -> str:
    """Give a command as it was typed, without the number of the version, which is the run's."""
    return command.shown.removeprefix("sudo ").partition("=")[0].partition("-1.")[0]


def _said(manager: PackageManager, command: CommandRecord, step: StepRecord) -> str:
    """Give what it complains of; else what it asked while it read the repository, with the answer."""
    asked = " ".join(f"asks: {question}" for question in command.asked) if step.kind == "refresh" else ""
    return manager.complaint(command.stdout + command.stderr) or asked


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _left(step: StepRecord) -> str:
    """Say what the machine has afterwards, from what was looked at; the rest of the case is the next try."""
    seen = {verdict.subject: verdict.actual.value for verdict in step.verdicts if verdict.outcome == "pass"}
    unchanged = "machine.changes" in seen
    state = {"absent": "nothing", "installed": "what was there" if unchanged else "the agent, whole"}
    return f"{state[str(seen['machine.package'])]}; the next try succeeds"
