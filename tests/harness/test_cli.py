"""The command line: what it prints, and the exit code of every kind of end."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness import cli, controller
from harness.cli import runs
from harness.controller import RunOptions, RunOutcome
from harness.distros import load_distros, scenario_library
from harness.errors import EnvironmentProblem, LabError, UsageError
from harness.model.validation import Validation
from harness.plan import plan_cases
from harness.scenario.load import load_scenarios
from harness.scenario.schema import schema_text
from harness.substrate import engine as engines
from harness.substrate.docker import LABEL_CASE, LABEL_MACHINE
from harness.validation import gate

RunCli = Callable[..., int]


@pytest.fixture
def run_cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> RunCli:
    """Run the command line as a person does, where no engine answers; gives the exit code."""
    monkeypatch.setenv("ARCLAB_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine")
    monkeypatch.setattr(engines, "ask", lambda _, is_private: None)

    def run(*words: str) -> int:
        with pytest.raises(SystemExit) as ended:
            cli.main(words)
        return int(ended.value.code or 0)

    return run


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["plan", "--distro", "debain-12"], "did you mean 'debian-12'?"),
        (["plan", "nowhere.yaml"], "nowhere.yaml: this path does not exist"),
        (["run", "--distro", "debain-12"], "did you mean 'debian-12'?"),
        (["run", "-n", "many"], "neither 'auto' nor a number"),
        (["run", "-n", "0"], "neither 'auto' nor a number"),
        (["run", "--tag", "no-such-tag"], "no case is left"),
        (["run", "--tagg", "a"], "--tagg"),
        (["validate"], "no package was given"),
        (["validate", "a.deb", "--quick", "--full"], "exclude each other"),
        (["bench", "--rounds", "many"], "many"),
        (["plan", "-k", "a"], "Unknown option: -k. [usage]\nhint: arclab plan --help"),
        (["validate", "a.deb", "--product", "nowhere.toml"], "nowhere.toml: it cannot be read: No such file"),
        (["frobnicate"], "frobnicate"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_usage_ends_with_5(
    run_cli: RunCli, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    """Whatever is wrong with the words, nothing is started and the mistake is named."""
    code = run_cli(*words)
    printed = capsys.readouterr()

    assert code == 5
    assert said in printed.err + printed.out


def test_a_bad_scenario_ends_with_5(run_cli: RunCli, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A mistake in a file is told with file, line and column, once."""
    (tmp_path / "s.yaml").write_text("scenario: a\nsteps: [instal]\n")

    code = run_cli("plan", str(tmp_path / "s.yaml"))
    said = capsys.readouterr().err

    assert code == 5
    assert said.startswith(f"arclab: {tmp_path}/s.yaml:2:9: unknown step 'instal'. [scenario-unknown-step]\nhint: did")


def test_a_bad_setting_ends_with_5(run_cli: RunCli, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is read like any other words."""
    monkeypatch.setenv("ARCLAB_SUBNETS", "lots")

    assert run_cli("engine", "status") == 5


@pytest.mark.parametrize("words", [["engine", "status"], ["images", "list"], ["shell", "a"]], ids=" ".join)
def test_a_missing_engine_ends_with_2(run_cli: RunCli, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    """What the host lacks is not the product's fault, nor the user's."""
    code = run_cli(*words)

    assert (code, "[engine-unreachable]" in capsys.readouterr().err) == (2, True)


def _raises(error: BaseException) -> Callable[..., None]:
    def fail(*_: Any) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (UsageError("a", "b"), 5),
        (EnvironmentProblem("a", "b"), 2),
        (LabError("a", "b"), 2),
        (PermissionError(13, "Permission denied", "/x"), 2),
        (KeyboardInterrupt(), 130),
    ],
    ids=["usage", "environment", "lab", "file", "Ctrl-C"],
)
def test_every_error_has_its_exit_code(
    run_cli: RunCli, monkeypatch: pytest.MonkeyPatch, raised: BaseException, code: int
) -> None:
    """Errors are printed once at the edge and never as a trace."""

    monkeypatch.setattr(controller, "run", _raises(raised))

    assert run_cli("run") == code


@pytest.mark.parametrize("raised", [KeyError("lost"), OSError("lost")], ids=["any", "of the system, about no file"])
def test_a_mistake_of_ours_is_no_verdict(
    run_cli: RunCli, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], raised: Exception
) -> None:
    """It is told in full, and ends with 2: Python's own 1 would say that something failed."""
    monkeypatch.setattr(controller, "run", _raises(raised))
    code = run_cli("run")
    told = capsys.readouterr().err

    assert code == 2
    assert "Traceback" in told
    assert "lost" in told
    assert told.endswith(
        "arclab: this is a mistake in arclab, and says nothing about what was to be tested. [mistake]\n"
    )


def test_plan_lists_every_case_as_json(run_cli: RunCli, capsys: pytest.CaptureFixture[str]) -> None:
    """Other programs get every case of the library, fully expanded: no `$from` is left, while `$(...)` is a shell's."""
    code = run_cli("plan", "--json")
    printed = json.loads(capsys.readouterr().out)
    planned = plan_cases(load_scenarios([scenario_library()]), load_distros())

    assert (code, [case["id"] for case in printed]) == (0, [case.id for case in planned])
    assert [case["id"] for case in printed if re.search(r"\$[a-z]", json.dumps(case["scenario"]["steps"]))] == []


def test_plan_says_how_many(run_cli: RunCli, capsys: pytest.CaptureFixture[str]) -> None:
    """People get a table, and the number in the last line."""
    planned = plan_cases(load_scenarios([scenario_library()]), load_distros(), tags=("install",))

    code = run_cli("plan", "--tag", "install")
    printed = capsys.readouterr().out

    assert (code, printed.splitlines()[-1]) == (0, f"{len(planned)} cases")


def test_schema_prints_the_schema(run_cli: RunCli, capsys: pytest.CaptureFixture[str]) -> None:
    """The command gives what the tree keeps in `scenarios/schema.json`."""
    code = run_cli("schema")

    assert (code, capsys.readouterr().out) == (0, schema_text())


def test_run_passes_its_options_on(run_cli: RunCli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every option arrives, lists cut at commas."""
    seen: list[RunOptions] = []

    def run(options: RunOptions, *_: Any) -> RunOutcome:
        seen.append(options)
        return RunOutcome(tmp_path, interrupted=True)

    monkeypatch.setattr(controller, "run", run)
    for name in ("render_all", "read_run", "print_summary"):
        monkeypatch.setattr(cli.runs, name, lambda *_: None)
    code = run_cli(
        "run", "a.yaml", "b", "-k", "x and y", "--distro", "apt, yum", "--version", "1.50", "--tag", "t,u", "-n", "3",
        "--candidate", "a.deb", "--candidate", "b.rpm", "--report", "out", "--keep-failed", "-x",
        "--repeat", "10",
    )  # fmt: skip

    assert seen == [
        RunOptions(
            paths=(Path("a.yaml"), Path("b")), expression="x and y", distros=("apt", "yum"), versions=("1.50",),
            tags=("t", "u"), workers=3, candidates=(Path("a.deb"), Path("b.rpm")), report=Path("out"),
            keep_failed=True, fail_fast=True, repeat=10,
        )
    ]  # fmt: skip
    assert code == 130


def test_validate_passes_its_words_to_the_gate(
    run_cli: RunCli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The verdict gives the exit code."""
    seen: list[gate.Gate] = []

    def validate(asked: gate.Gate, *_: Any) -> tuple[Validation, Path]:
        seen.append(asked)
        return Validation("unfit", "1 defect", (), (), (), (), 1.0), tmp_path

    monkeypatch.setattr(gate, "validate", validate)
    code = run_cli("validate", "a.deb", "b.rpm", "--previous", "o.deb", "--quick", "-n", "1", "--distro", "apt")

    assert code == 1
    assert seen == [
        gate.Gate((Path("a.deb"), Path("b.rpm")), (Path("o.deb"),), quick=True, workers=1, distros=("apt",))
    ]


def test_the_version_is_that_of_the_distribution(run_cli: RunCli, capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed can be compared with what was installed."""
    assert run_cli("--version") == 0
    assert capsys.readouterr().out.strip() == metadata.version("arclab")


@pytest.mark.parametrize(
    "words", [["--help"], ["run", "--help"], ["engine", "--help"], []], ids=["all", "run", "group", "nothing"]
)
def test_help_ends_with_0(run_cli: RunCli, words: list[str]) -> None:
    """Asking is no mistake."""
    assert run_cli(*words) == 0


@pytest.mark.parametrize(("code", "words"), [(5, ["nonsense"]), (0, ["schema"])], ids=["wrong", "right"])
@pytest.mark.process
def test_the_installed_command_ends_like_main(code: int, words: list[str]) -> None:
    """A process of its own gives the same exit codes."""
    program = "from harness.cli import main; main()"

    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, check=False)

    assert done.returncode == code


@pytest.mark.parametrize(
    ("words", "entered", "told"),
    [
        (("up", "box-2"), ["id-2"], ""), (("down",), ["id-3"], ""),
        (("up",), [], "2 machines match 'up'."), (("up", "box-3"), [], "0 machines match 'up box-3'."),
    ],
)  # fmt: skip
def test_a_shell_is_opened_in_the_only_machine_that_is_meant(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    entered: list[str],
    told: str,
) -> None:
    """Of a case with several machines one is named; otherwise it is told which there are."""
    kept = [("up.debian-12", "box-1"), ("up.debian-12", "box-2"), ("down.debian-12", "box-1")]
    containers = [
        {"Id": f"id-{number}", "State": "running", "Labels": {LABEL_CASE: case, LABEL_MACHINE: name}}
        for number, (case, name) in enumerate(kept, start=1)
    ]
    calls: list[list[str]] = []

    def call(command: list[str]) -> int:
        calls.append(command)
        return 0

    double = SimpleNamespace(owned=lambda _: (containers, []), close=lambda: None)
    monkeypatch.setattr(runs, "Substrate", lambda *_: double)
    monkeypatch.setattr(engines, "find_engine", lambda _: SimpleNamespace(url="unix:///e"))
    monkeypatch.setattr("shutil.which", lambda _: "docker")
    monkeypatch.setattr("subprocess.call", call)
    with pytest.raises(SystemExit) as ended:
        cli.main(("shell", *words))

    assert [command[4:6] for command in calls] == [["-i", identifier] for identifier in entered]
    assert ended.value.code == (0 if entered else 5)
    shown = capsys.readouterr().err
    assert (told in shown, "down.debian-12 box-1, up.debian-12 box-1" in shown) == (True, not entered)
