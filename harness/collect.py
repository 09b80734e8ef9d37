"""Bring home what a case's machines and cloud have written: journals, and logs of agent and package manager."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec

from harness.cloud import CLOUD_LOG, Cloud
from harness.control import Control
from harness.errors import LabError
from harness.machines.file_changes import WORK
from harness.machines.machine import Machine
from harness.record import JOURNAL_FILE, LOGS_FOLDER, MACHINE_JOURNAL_FILE, write_whole

_FIELDS = "MESSAGE,_SYSTEMD_UNIT,SYSLOG_IDENTIFIER,PRIORITY,_PID"


def collect_machines(machines: Sequence[Machine], control: Control, folder: Path) -> None:
    """Write journal.jsonl, machine-journal.jsonl and logs/ into the case's folder.

    All machines share a journal, whose lines name them; where there are several, each has its own folder in logs/. What
    cannot be had is said in `collect-errors.txt`.
    """
    problems: list[str] = []
    try:
        control.fetch()
    except LabError as error:
        problems.append(str(error))
    lines = b"".join(msgspec.json.encode(event) + b"\n" for event in control.events)
    write_whole(folder / JOURNAL_FILE, machines[0].masked(lines.decode()).encode())
    journals: list[str] = []
    for machine in machines:
        target = folder / LOGS_FOLDER
        try:
            journals.append(_collect_files(machine, target / machine.name if len(machines) > 1 else target))
        except (LabError, OSError) as error:
            problems.append(str(error))
    if journals:
        write_whole(folder / MACHINE_JOURNAL_FILE, "".join(journals).encode())
    if problems:
        (folder / "collect-errors.txt").write_text("\n".join(problems) + "\n")


def collect_cloud(machine: Machine, cloud: Cloud, folder: Path) -> None:
    """Write what the cloud's program has printed to cloud.log; secrets of the case are masked."""
    write_whole(folder / CLOUD_LOG, machine.masked(cloud.log()).encode())


def save_machine_journal(machine: Machine) -> None:
    """Append the machine's journal to its work folder; before a reboot, since the journal is kept in memory only."""
    machine.must(
        f"journalctl --no-pager --output=json --output-fields={_FIELDS} >> {WORK}/machine-journal", "save its journal"
    )


def _collect_files(machine: Machine, target: Path) -> str:
    """Copy a machine's logs to a folder; give its journal, a line of JSON each."""
    save_machine_journal(machine)
    logs = [*machine.product.logs, machine.package_manager.own_log, "/var/log/apt", "/var/log/zypp", "/var/log/azure",
            "/var/log/dnf.log", "/var/log/dnf.rpm.log"]  # fmt: skip
    machine.must(
        f"mkdir -p {WORK}/logs; cp -a --parents {shlex.join(logs)} {WORK}/logs 2>/dev/null; "
        f"chmod -R a+rX {WORK}; chown -R --reference={WORK} {WORK}/logs; true",
        "copy its logs",
    )
    name = f',"_ARCLAB_MACHINE":{msgspec.json.encode(machine.name).decode()}}}'
    text = (machine.work / "machine-journal").read_text(encoding="utf-8", errors="replace")
    marked = "".join(f"{line[:-1]}{name}\n" for line in machine.masked(text).splitlines() if line.endswith("}"))
    shutil.copytree(machine.work / "logs", target, dirs_exist_ok=True, symlinks=True)
    for path in target.rglob("*"):
        if path.is_file() and not path.is_symlink():
            _mask_file(machine, path)
    return marked


def _mask_file(machine: Machine, path: Path) -> None:
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    masked = machine.masked(text)
    if masked != text:
        path.write_text(masked, encoding="utf-8", errors="surrogateescape")
