"""The parts of the bench that need no engine: what is run in which order, the scripts, and what the figures say."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from harness.bench import measure
from harness.bench.figures import VARIANTS, Batch, Figure, Lifecycle, Ratio, Turn, Variant, plan_turns, summarize
from harness.bench.report import as_json, cost_line, print_figures, verdict_line
from harness.bench.scripts import is_whole, lifecycle_scenario, parse_laps, render_script, shell_steps, unattended
from harness.bench.variants import ShellScript, lifecycle_of
from harness.distros import load_distros
from harness.errors import LabError, UsageError
from harness.machines.package_managers import Script
from harness.model.plan import PackageVersion
from harness.model.product import load_product
from harness.model.record import CaseRecord, CommandRecord, Outcome, Place, StepRecord
from harness.products import DEFAULT_PRODUCT

_OLD, _NEW = PackageVersion("1.28", "1.28.1-1"), PackageVersion("1.50", "1.50.2-2")


def _steps(distro: str) -> dict[str, str]:
    return shell_steps(load_distros()[distro], load_product(DEFAULT_PRODUCT), _OLD, _NEW, lifecycle_scenario())


def _batch(variant: Variant, wall_s: float, *, number: int = 0, failed: int = 0, at_once: int = 1) -> Batch:
    turn = Turn("debian-12", number, at_once, variant)
    lifecycles = [
        Lifecycle(n >= failed, wall_s, {"boot": wall_s / 10}, "" if n >= failed else "why") for n in range(turn.size)
    ]
    return Batch(turn, wall_s, 2.0 * turn.size, tuple(lifecycles))


# Order -----------------------------------------------------------------------------------------------------


def test_every_round_has_every_variant_at_every_parallelism() -> None:
    """Ratios are made within a round, so that a round has to be complete."""
    turns = plan_turns(["debian-12"], [1, 4], 2)

    for number in range(2):
        seen = [(turn.at_once, turn.variant) for turn in turns if turn.round == number]
        assert sorted(seen) == sorted((at_once, variant) for at_once in (1, 4) for variant in VARIANTS)


def test_the_variants_take_turns_in_beginning() -> None:
    """No variant always runs after the same other one."""
    firsts = [turn.variant for turn in plan_turns(["debian-12"], [1], 4)][:: len(VARIANTS)]

    assert firsts == ["arclab", "judged", "blind", "plain"]


def test_a_batch_is_longer_than_it_is_wide() -> None:
    """With one lifecycle for each slot, the slowest alone would set the throughput."""
    assert [turn.size for turn in plan_turns(["debian-12"], [1, 4], 1)][:: len(VARIANTS)] == [2, 8]


@pytest.mark.parametrize(
    ("distros", "parallel", "rounds"),
    [(["debian-12"], [1], 0), (["debian-12"], [], 1), (["debian-12"], [0], 1), (["debian-12"], [13], 1), ([], [1], 1)],
    ids=["no round", "no parallelism", "none at once", "too many at once", "no distro"],
)
def test_refuses_what_cannot_be_measured(distros: list[str], parallel: list[int], rounds: int) -> None:
    """Mistakes are named before anything starts."""
    with pytest.raises(UsageError):
        measure._plan(distros, parallel, rounds)


def test_measures_the_same_parallelism_once() -> None:
    """A number given twice is no second figure."""
    assert len(measure._plan(["debian-12"], [2, 2], 1).turns) == len(VARIANTS)


# Scripts ---------------------------------------------------------------------------------------------------

_ASKED = "timeout 10 sh -c 'until curl -sf http://localhost:40342/agentstatus; do sleep 0.02; done'"
_CONFIGURED = "https://packages.microsoft.com/"


@pytest.mark.parametrize(
    ("distro", "refresh", "install", "upgrade", "uninstall"),
    [
        (
            "debian-12",
            "apt -y update",
            "apt -y install azcmagent=1.28.1-1",
            "apt -y upgrade azcmagent",
            "apt -y purge azcmagent",
        ),
        (
            "rhel-9",
            "yum -y check-update || [ $? = 100 ]",
            "yum -y install azcmagent-1.28.1-1",
            "yum -y update azcmagent",
            "yum -y remove azcmagent",
        ),
        (
            "sles-15",
            "zypper -n --gpg-auto-import-keys refresh",
            "zypper -n --gpg-auto-import-keys install -f azcmagent-1.28.1-1",
            "zypper -n --gpg-auto-import-keys update azcmagent",
            "zypper -n --gpg-auto-import-keys remove azcmagent",
        ),
    ],
    ids=["apt", "yum", "zypper"],
)
def test_the_scripts_run_the_documented_commands(
    distro: str, refresh: str, install: str, upgrade: str, uninstall: str
) -> None:
    """The commands are the document's, but for what keeps them from asking."""
    steps = _steps(distro)

    assert steps["refresh"] == refresh
    assert steps["install"].splitlines()[0] == install
    assert steps["upgrade"].splitlines()[:2] == [refresh, upgrade]
    assert steps["uninstall"].splitlines()[0] == uninstall


@pytest.mark.parametrize(("distro", "tool"), [("debian-12", "dpkg -i"), ("rhel-9", "rpm -i")], ids=["deb", "rpm"])
def test_the_scripts_configure_the_repository_as_documented(distro: str, tool: str) -> None:
    """The definition of the repository comes with the document's package, over TLS that the machine trusts."""
    config = load_distros()[distro].config_package
    suffix = config.rpartition(".")[2]

    assert _steps(distro)["configure-repository"].splitlines()[-3:] == [
        f"curl -sSLf -O {_CONFIGURED}{config}",
        f"{tool} packages-microsoft-prod.{suffix}",
        f"rm packages-microsoft-prod.{suffix}",
    ]


def test_the_scripts_have_the_steps_of_the_scenario() -> None:
    """Whoever adds a step to one of the ways has to add it to the others."""
    kinds = ["configure-repository", "refresh", *(step.kind for step in lifecycle_scenario().steps)]

    assert ["boot", *("verify" if kind == "command" else kind for kind in kinds)] == list(_steps("debian-12"))


def test_scripts_and_scenario_ask_the_agent_alike() -> None:
    """The same question, with the same patience."""
    assert _steps("debian-12")["verify"].splitlines() == ["systemctl is-active himdsd", f"{_ASKED} | grep Disconnected"]


def test_a_command_without_sudo_or_questions_stays_as_it_is() -> None:
    """Only the package manager gets switches."""
    assert unattended(Script("curl -O https://apt.example/a"), "apt") == "curl -O https://apt.example/a"


@pytest.fixture
def fake_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a `docker` first on the path that notes its words and runs what is executed; gives the notes."""
    notes = tmp_path / "notes"
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(f'#!/bin/bash\necho "$1" >> {notes}\n[ "$1" != exec ] || exec "${{@:3}}"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return notes


RunScript = Callable[..., Lifecycle]


@pytest.fixture
def run_script(tmp_path: Path, fake_docker: Path) -> Iterator[RunScript]:
    """Give a function that runs a variant's script with these steps."""
    scripts: list[ShellScript] = []

    def run(variant: str, steps: dict[str, str]) -> Lifecycle:
        path = tmp_path / f"{variant}.sh"
        path.write_text(render_script(variant, steps, ["--env", "A=it's", "image", "/sbin/init"]))
        scripts.append(ShellScript({"d": path}, {"d": steps}, "unix:///nowhere", "n"))
        return scripts[-1].run("d", 0)

    yield run
    for script in scripts:
        script.close()


@pytest.mark.parametrize(
    ("variant", "words"),
    [("plain", ["run", "exec", "exec", "rm"]), ("best", ["run", "exec", "rm"])],
    ids=["plain", "best"],
)
@pytest.mark.process
def test_a_script_goes_through_its_steps(
    run_script: RunScript, fake_docker: Path, variant: str, words: list[str]
) -> None:
    """The plain script executes once for each step, the best one once for all; both say how long each took."""
    lifecycle = run_script(variant, {"one": "echo it\\'s", "two": "[ 1 = 1 ]"})

    assert (lifecycle.passed, lifecycle.output) == (True, "")
    assert list(lifecycle.phases_s) == ["start", "one", "two", "destroy"]
    assert fake_docker.read_text().split() == words


@pytest.mark.parametrize("variant", ["plain", "best"])
@pytest.mark.process
def test_a_step_that_fails_ends_its_script(run_script: RunScript, fake_docker: Path, variant: str) -> None:
    """Its output is kept, what comes after is not run, and the container is removed."""
    lifecycle = run_script(variant, {"one": "echo no such package\nfalse\necho never", "two": "true"})

    assert not lifecycle.passed
    assert lifecycle.output.startswith("exit 1\n")
    assert "no such package" in lifecycle.output
    assert "never" not in lifecycle.output
    assert fake_docker.read_text().split() == ["run", "exec", "rm"]


@pytest.mark.process
def test_a_script_that_ends_early_without_an_error_has_failed(run_script: RunScript) -> None:
    """Success is every step done, not only the exit status."""
    assert not run_script("best", {"one": "exit 0", "two": "true"}).passed


def test_a_closed_script_starts_nothing_more(tmp_path: Path) -> None:
    """What waits for its turn when Ctrl-C comes does not start a container that nobody removes."""
    script = ShellScript({"d": tmp_path / "none"}, {"d": {}}, "unix:///nowhere", "n")
    script.close()

    with pytest.raises(LabError, match="has ended"):
        script.run("d", 0)


@pytest.mark.process
def test_rendered_scripts_are_shell() -> None:
    """bash reads them without a complaint, whatever quotes the steps have."""
    for variant in ("plain", "best"):
        text = render_script(variant, _steps("zypper-debian-12"), ["image"])
        done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)

        assert (done.returncode, done.stderr) == (0, "")


def test_reads_laps_among_other_output() -> None:
    """Whatever the package manager prints around them."""
    assert parse_laps("Get:1 ...\n@lap start 250000\nx @lap no 1\n@lap boot 1000\n") == {"start": 0.25, "boot": 0.001}


@pytest.mark.parametrize(
    ("laps", "whole"),
    [
        (["start", "a", "b", "destroy"], True),
        (["start", "a", "destroy"], False),
        (["start", "a", "b"], False),
        ([], False),
    ],
    ids=["whole", "a step is missing", "not destroyed", "nothing"],
)
def test_tells_a_whole_lifecycle(laps: list[str], whole: bool) -> None:
    """Every step, in order."""
    assert whole == is_whole(dict.fromkeys(laps, 0.1), {"a": "", "b": ""})


# arclab's own records --------------------------------------------------------------------------------------


def _record(outcome: Outcome) -> CaseRecord:
    command = CommandRecord("box-1", "sudo apt update", 100, "no route\n", "", "lab", "true", 0.5)
    steps = [
        StepRecord(number, kind, kind, Place("f", 1), outcome, "", "", "", taken, commands=(command,))
        for number, (kind, taken) in enumerate([("refresh", 0.5), ("command", 0.25)], start=1)
    ]
    phases = {"boot": 1.0, "steps": 0.75}
    return CaseRecord("c", "s", "f", "d", "latest", outcome, "step 1 ...", "", 2.0, {}, tuple(steps), phases)


def test_breaks_arclabs_steps_down() -> None:
    """Phases of all variants have the same names; what none of them has is `rest`."""
    phases = {"boot": 1.0, "refresh": 0.5, "verify": 0.25, "rest": 0.25}

    assert lifecycle_of(_record("pass"), 2.0) == Lifecycle(True, 2.0, phases)


def test_a_case_that_did_not_pass_is_shown_with_its_commands() -> None:
    """The reason, and what the machine said."""
    lifecycle = lifecycle_of(_record("fail"), 2.0)

    assert not lifecycle.passed
    assert lifecycle.output.startswith("step 1 ...\n$ sudo apt update\nno route\n[exit 100]")


# Figures ---------------------------------------------------------------------------------------------------


def test_throughput_is_of_all_rounds_and_ratios_are_of_each() -> None:
    """A slow round slows all variants, so that it leaves the ratio alone."""
    batches = [
        _batch("arclab", 2.0, number=0), _batch("plain", 4.0, number=0),
        _batch("plain", 40.0, number=1), _batch("arclab", 20.0, number=1),
        _batch("arclab", 2.0, number=2), _batch("plain", 2.0, number=2),
    ]  # fmt: skip
    arclab, plain = summarize(batches)

    assert arclab.ratio_to == {"plain": Ratio(2.0, 1.0, 2.0)}
    assert arclab.per_minute == pytest.approx(60 * 6 / 24)
    assert (arclab.median_s, arclab.phases_s, arclab.cpu_s) == (2.0, {"boot": 0.2}, 2.0)
    assert plain.ratio_to == {"arclab": Ratio(0.5, 0.5, 1.0)}


def test_failed_lifecycles_do_not_count_as_throughput() -> None:
    """They are counted apart, and their times are left out."""
    [figure] = summarize([_batch("arclab", 6.0, failed=1)])

    assert (figure.lifecycles, figure.failed, figure.per_minute) == (2, 1, 10.0)


def test_figures_are_sorted_by_distro_parallelism_and_variant() -> None:
    """Whoever began a round, the table keeps its order."""
    batches = [_batch(variant, 1.0, at_once=n) for n in (4, 1) for variant in reversed(VARIANTS)]

    assert [(f.at_once, f.variant) for f in summarize(batches)] == [(n, v) for n in (4, 1) for v in VARIANTS]


def test_a_variant_that_got_nothing_done_is_compared_with_nobody() -> None:
    """Dividing by it would mean nothing."""
    arclab, plain = summarize([_batch("arclab", 6.0), _batch("plain", 6.0, failed=2)])

    assert arclab.ratio_to == {}
    assert (plain.median_s, plain.phases_s) == (0.0, {})


# Reports ---------------------------------------------------------------------------------------------------


def _figures() -> list[Figure]:
    return summarize([_batch("arclab", 2.0), _batch("plain", 4.0, failed=1), _batch("best", 1.0)])


def test_the_tables_fit_a_narrow_terminal() -> None:
    """Nothing is cut or wrapped at 80 characters."""
    output = io.StringIO()
    print_figures(_figures(), Console(file=output, width=80))

    lines = [" ".join(line.split()) for line in output.getvalue().splitlines()]
    assert lines[1] == "at once variant a minute median s CPU s to plain to best failed"
    assert lines[2] == "1 arclab 60.0 2.00 2.00 4.00 (4.00-4.00) 0.50 (0.50-0.50) -"
    assert lines[3] == "1 plain 15.0 4.00 2.00 0.12 (0.12-0.12) 1/2"
    assert lines[6] == "debian-12, 1 at once: median seconds of a phase of one lifecycle"
    assert lines[8] == "boot 0.200 0.400 0.100"


def test_json_has_every_lifecycle() -> None:
    """Whoever doubts a figure can make it again from the batches."""
    batches = [_batch("arclab", 2.0)]
    content = msgspec.json.decode(as_json(summarize(batches), batches, {"processors": 2}))

    assert content["circumstances"] == {"processors": 2}
    assert content["figures"][0]["per_minute"] == 60.0
    assert content["batches"][0]["variant"] == "arclab"
    assert (
        content["batches"][0]["lifecycles"]
        == [{"passed": True, "duration_s": 2.0, "phases_s": {"boot": 0.2}, "output": ""}] * 2
    )


def test_says_where_the_plain_script_is_faster() -> None:
    """One line for who reads nothing else."""
    ratios = {("debian-12", 1): Ratio(1.0, 0.9, 1.1), ("debian-12", 4): Ratio(0.9, 0.8, 1.2)}

    assert verdict_line(ratios) == "arclab is at least as fast as the plain script in 1 of 2 places."
    assert verdict_line({}) == "nothing was compared."


def test_says_what_laws_cost() -> None:
    """As a multiple of the same lifecycle that nobody looks at."""
    figures = summarize([_batch("judged", 3.0), _batch("blind", 2.0)])

    assert cost_line(figures).startswith("With snapshots, evidence and laws a lifecycle takes 1.50 times as long")
    assert cost_line(_figures()) == "what laws cost was not measured."


# Running ---------------------------------------------------------------------------------------------------


class _Fake:
    """A variant that passes or fails at once and notes its slots."""

    def __init__(self, *, passes: bool = True) -> None:
        self.slots: list[int] = []
        self._passes = passes

    def run(self, distro: str, slot: int) -> Lifecycle:
        self.slots.append(slot)
        return Lifecycle(self._passes, 0.1, {}, "" if self._passes else "no route")


def test_a_turn_keeps_to_its_slots() -> None:
    """A slot is a process, which runs one case at a time."""
    fake = _Fake()
    batch = measure._run_turn(Turn("debian-12", 0, 2, "arclab"), fake)

    assert (len(batch.lifecycles), len(fake.slots)) == (4, 4)
    assert set(fake.slots) <= {0, 1}


def test_a_failed_warm_up_ends_the_bench_with_its_output() -> None:
    """Measuring what does not work would take minutes and say nothing."""
    output = io.StringIO()
    variants: dict[Variant, measure._Variant] = {variant: _Fake(passes=variant != "plain") for variant in VARIANTS}
    batches = measure._run_all(measure._plan(["debian-12"], [1], 5), variants, Console(file=output, width=200))

    assert [batch.turn.round for batch in batches] == [-1] * len(VARIANTS)
    assert "a lifecycle failed:\nno route" in output.getvalue()


def test_the_warm_up_does_not_count() -> None:
    """Figures are made of the rounds alone."""
    fake = _Fake()
    batches = measure._run_all(measure._plan(["debian-12"], [1], 2), dict.fromkeys(VARIANTS, fake), Console(quiet=True))

    assert sorted({batch.turn.round for batch in batches}) == [0, 1]


@pytest.mark.parametrize(("failed", "status"), [(0, 0), (1, 2)], ids=["all passed", "one failed"])
def test_a_failed_lifecycle_is_the_exit_status(
    failed: int, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The figures are shown and written all the same."""
    out = tmp_path / "new" / "figures.json"

    assert status == measure._report([_batch("arclab", 2.0, failed=failed)], {}, out, Console(quiet=True))
    assert "debian-12: throughput" in capsys.readouterr().out
    assert msgspec.json.decode(out.read_bytes())["figures"][0]["failed"] == failed
