"""Run directories as 'arclab run' leaves them, made without an engine."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.model.record import CaseRecord, CommandRecord, Observation, Outcome, Place, StepRecord, Verdict
from harness.record import write_case
from harness.reports.run_json import write_run_json
from simulator.contract import Event

BEGIN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
BEAT_S = 300
HOSTILE = "before \x00\x1b[31mred\x1b[0m\x08 <script>alert(1)</script> ]]> </template> & \ufffe \"'>{{ 7*7 }} after"
VERSIONS: dict[str, Any] = {
    "arclab": "0.1.0",
    "python": "3.11.2",
    "engine": "private 28.0.1",
    "images": {name: f"arclab/{name}:0a1b2c" for name in ("debian-12", "rocky-9", "opensuse-leap-15", "ubuntu-24.04")},
    "candidates": ["azcmagent 1.58.03001-100 (deb) sha256:" + 64 * "a"],
}
SCENARIOS = {
    "heartbeat-a-day-connected": "a machine stays connected for a day by a heartbeat every five minutes",
    "upgrade-stays-connected": "the documented upgrade keeps the machine connected",
    "install-specific-version": "one version can be installed by its number",
    "uninstall-disconnect-then-uninstall": "disconnect, then uninstall, leaves nothing behind",
}


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@functools.cache
def _after(seconds: float, lab_s: float = 0) -> str:
    return _stamp(BEGIN + timedelta(seconds=seconds + lab_s))


def _command(
    shown: str, at_s: float, *, exit_status: int | None = 0, out: str = "", err: str = "", jump_s: int = 0
) -> CommandRecord:
    return CommandRecord(
        machine="box-1", shown=shown, exit=exit_status, stdout=out, stderr=err, started_lab=_after(at_s, jump_s),
        started_true=_after(at_s), duration_s=1.25, timed_out=exit_status is None,
    )  # fmt: skip


def _install_output() -> str:
    names = [f"Get:{n} https://packages.microsoft.com/debian/12/prod azcmagent {n}\n" for n in range(1, 30)]
    return "Reading package lists...\n" + "".join(names) + "Setting up azcmagent (1.57.02990-239) ...\n"


def _steps(file: str, outcome: Outcome, *, hostile: str, jump_s: int) -> tuple[StepRecord, ...]:
    install = StepRecord(
        index=1, kind="install", title="install latest", place=Place(file, 12, 5), outcome="pass",
        started_lab=_after(3), ended_lab=_after(15), started_true=_after(3), duration_s=12.1, transition=True,
        commands=(_command("apt-get install -y azcmagent", 3.1, out=_install_output(), err=hostile),),
        verdicts=(_verdict("machine.version", "latest", "1.57.02990-239", "pass", Place(file, 14, 17)),),
        changes={
            "packages": {"azcmagent": "absent -> 1.57.02990-239"},
            "files": {
                "added": [f"/opt/azcmagent/bin/tool{n}" for n in range(20)],
                "changed": {"/etc/passwd": "f 644 root:root 900 1.0  -> f 644 root:root 950 2.0 "},
            },
            "units": {"himdsd.service": "absent -> active enabled"},
            "accounts": {"added": ["himds:x:997:995::/var/opt/azcmagent:/sbin/nologin"]},
            "listening": {"added": ["loopback:40342"]},
        },
    )  # fmt: skip
    advance = StepRecord(
        index=2, kind="advance", title="advance 24h", place=Place(file, 18, 5), outcome="pass",
        started_lab=_after(16), ended_lab=_after(30, jump_s), started_true=_after(16), duration_s=14.0,
    )  # fmt: skip
    if outcome == "skip":
        return ()
    if outcome == "pass":
        return install, advance
    return install, advance, _last_step(file, outcome, hostile=hostile, jump_s=jump_s)


def _last_step(file: str, outcome: Outcome, *, hostile: str, jump_s: int) -> StepRecord:
    failing = (
        _verdict("machine.version", "latest", "1.57.02990-239", "pass", Place(file, 25, 9)),
        _verdict("machine.services", {"himdsd": "active"}, {"himdsd": "failed"}, "fail", Place(file, 27, 19)),
        _verdict("command.stdout", {"contains": ["Connected"], "lacks": hostile}, hostile, "fail", Place(file, 28, 9)),
    )
    broken = "the machine 'box-1' could not be looked at: exit 137. [machine-setup]"
    return StepRecord(
        index=3, kind="upgrade", title="upgrade", place=Place(file, 22, 5), outcome=outcome,
        started_lab=_after(31, jump_s), ended_lab=_after(45, jump_s), started_true=_after(31), duration_s=14.0,
        transition=True,
        message="machine.services is {'himdsd': 'failed'}" if outcome == "fail" else broken,
        commands=(
            _command("apt-get update", 31.2, jump_s=jump_s),
            _command("apt-get install -y --only-upgrade azcmagent", 33, exit_status=100, jump_s=jump_s,
                     err=f"E: Sub-process /usr/bin/dpkg returned an error code (1)\n{hostile}"),
            _command("azcmagent show", 40, exit_status=None, jump_s=jump_s),
        ),
        verdicts=failing if outcome == "fail" else (),
    )  # fmt: skip


def _verdict(subject: str, expected: Any, seen: Any, outcome: Outcome, place: Place) -> Verdict:
    waited = 30.1 if outcome == "fail" else 0.02
    return Verdict(
        outcome, subject, expected, Observation(subject, "seen", seen), f"{subject} differs", place,
        looks=120 if outcome == "fail" else 1, waited_s=waited,
    )  # fmt: skip


def _events(beats: int, hostile: str) -> Iterator[Event]:
    """Give a journal: package requests, then `beats` heartbeats, each with a name, two requests and a jump."""
    numbers = itertools.count(1)
    for package in range(6):
        yield Event(next(numbers), _after(4 + package / 10), _after(4 + package / 10), "request",
                    host="packages.microsoft.com", operation="packages.get", method="GET",
                    path=f"/debian/12/prod/pool/{package}/{hostile}", status=200 if package else 404,
                    client="10.89.0.3", duration_ms=3.4)  # fmt: skip
    for beat in range(1, beats + 1):
        true, lab = 16 + beat * 13 / beats, beat * BEAT_S
        machine = "/subscriptions/s/resourceGroups/g/providers/Microsoft.HybridCompute/machines/box-1"
        yield Event(next(numbers), _after(true, lab), _after(true), "clock", data={"advance_s": BEAT_S})
        yield Event(next(numbers), _after(true + 0.01, lab), _after(true + 0.01), "dns", host="weu.his.arc.azure.com")
        yield Event(next(numbers), _after(true + 0.02, lab), _after(true + 0.02), "heartbeat", machine=machine)
        for name in ("his.heartbeat", "his.discovery"):
            yield Event(next(numbers), _after(true + 0.03, lab), _after(true + 0.03), "request",
                        host="weu.his.arc.azure.com", operation=name, method="POST",
                        path=f"/machine/{beat:08}-0000-4000-8000-000000000000/x",
                        status=200, client="10.89.0.3", duration_ms=2.5, machine=machine)  # fmt: skip
    yield Event(next(numbers), _after(34, beats * BEAT_S), _after(34), "request", host="management.azure.com",
                operation="machines.get", method="GET", path="/subscriptions/s", status=503)  # fmt: skip


def _machine_lines(beats: int, hostile: str) -> Iterator[dict[str, Any]]:
    rows = [(0.5 + n / 20, "systemd", "6", f"Started unit-{n}.service - Unit {n}.") for n in range(30)]
    rows += [(16 + n * 13 / beats, "himds", "6", f"heartbeat {n} sent") for n in range(1, beats + 1)]
    rows += [(35.0, "systemd", "3", "himdsd.service: Failed with result 'exit-code'."), (36.0, "himds", "4", hostile)]
    for at_s, name, priority, message in rows:
        micros = int((BEGIN + timedelta(seconds=at_s)).timestamp() * 1_000_000)
        yield {
            "MESSAGE": message, "SYSLOG_IDENTIFIER": name, "_PID": "321", "PRIORITY": priority,
            "__REALTIME_TIMESTAMP": str(micros), "_ARCLAB_MACHINE": "box-1",
        }  # fmt: skip


def make_case(
    directory: Path, identifier: str, outcome: Outcome, *, hostile: str = HOSTILE, beats: int = 30, version: str = ""
) -> CaseRecord:
    """Write a case's folder: case.json, both journals, a log."""
    slug = next((slug for slug in SCENARIOS if identifier.startswith(slug)), identifier.partition(".")[0])
    file = f"scenarios/{slug.replace('-', '/', 1)}.yaml"
    distro = next((name for name in VERSIONS["images"] if f".{name}." in f"{identifier}."), identifier.split(".")[1])
    folder = directory / "cases" / identifier
    (folder / "logs" / "var" / "log").mkdir(parents=True)
    (folder / "logs" / "var" / "log" / "himds #1.log").write_text("started\n")
    (folder / "journal.jsonl").write_bytes(
        b"".join(msgspec.json.encode(event) + b"\n" for event in _events(beats, hostile))
    )
    (folder / "machine-journal.jsonl").write_bytes(
        b"".join(msgspec.json.encode(line) + b"\n" for line in _machine_lines(beats, hostile))
    )
    reasons = {"fail": "step 3 'upgrade': machine.services is {'himdsd': 'failed'}",
               "error": f"the lab broke {hostile}",
               "skip": "the agent cannot follow the lab clock", "pass": ""}  # fmt: skip
    record = CaseRecord(
        id=identifier, scenario=SCENARIOS.get(slug, slug), scenario_file=file, distro=distro,
        agent_version=version or "latest", outcome=outcome, reason=reasons[outcome], started=_stamp(BEGIN),
        duration_s=48.25, parameters={"from": version} if version else {},
        steps=_steps(file, outcome, hostile=hostile, jump_s=beats * BEAT_S),
        phases_s={"network": 0.4, "start": 1.1, "boot": 2.0, "cloud": 0.3, "steps": 42.0, "collect": 1.2,
                  "destroy": 0.6},
    )  # fmt: skip
    write_case(record, folder)
    return record


def write_run(
    directory: Path,
    outcomes: dict[str, Outcome],
    *,
    selected: list[str] | None = None,
    hostile: str = HOSTILE,
    beats: int = 30,
) -> Path:
    """Write a run directory."""
    (directory / "cases").mkdir(parents=True)
    for identifier, outcome in outcomes.items():
        make_case(directory, identifier, outcome, hostile=hostile, beats=beats)
    chosen = [*outcomes, *(selected or [])]
    (directory / "selected.json").write_bytes(msgspec.json.encode(chosen))
    write_run_json(directory, started=BEGIN, duration_s=61.5, versions=VERSIONS)
    return directory


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    """Give a factory of run directories: `make_run({id: outcome}, selected=[...], hostile=...)`."""
    return functools.partial(write_run, tmp_path / "run")


def write_run_of_every_outcome(directory: Path) -> Path:
    """Write a run with a pass (300 heartbeats), a failure, an error, a skip, and a case that is lost."""
    return write_run(
        directory,
        {
            "heartbeat-a-day-connected.debian-12": "pass",
            "upgrade-stays-connected.debian-12.previous": "fail",
            "upgrade-stays-connected.rocky-9.1.36": "error",
            "install-specific-version.ubuntu-24.04": "skip",
        },
        selected=["upgrade-stays-connected.ubuntu-24.04.1.36"],
        beats=300,
    )


@pytest.fixture
def run_directory(tmp_path: Path) -> Path:
    """Give a run with every outcome, for one test to change."""
    return write_run_of_every_outcome(tmp_path / "run")
