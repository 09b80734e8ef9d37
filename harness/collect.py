"""Bring home what a case's machine and cloud have written: both journals, and the logs of agent and package manager."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import msgspec

from harness.cloud import CLOUD_LOG, Cloud
from harness.control import Control
from harness.errors import LabError
from harness.machines.file_changes import WORK
from harness.machines.machine import Machine
from harness.record import JOURNAL_FILE, LOGS_FOLDER, MACHINE_JOURNAL_FILE, write_whole

_FIELDS = "MESSAGE,_SYSTEMD_UNIT,SYSLOG_IDENTIFIER,PRIORITY,_PID"


def collect_machine(machine: Machine, control: Control, folder: Path, work: Path) -> None:
    """Write journal.jsonl, machine-journal.jsonl and logs/ into the case's folder.

    `work` is the machine's work folder as the host sees it. What cannot be had is said in `collect-errors.txt`.
    """
    problems: list[str] = []
    try:
        control.fetch()
    except LabError as error:
        problems.append(str(error))
    lines = b"".join(msgspec.json.encode(event) + b"\n" for event in control.events)
    write_whole(folder / JOURNAL_FILE, machine.masked(lines.decode()).encode())
    try:
        _collect_files(machine, folder, work)
    except (LabError, OSError) as error:
        problems.append(str(error))
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


def _collect_files(machine: Machine, folder: Path, work: Path) -> None:
    save_machine_journal(machine)
    logs = [*machine.product.logs, machine.package_manager.own_log, "/var/log/apt", "/var/log/zypp", "/var/log/azure",
            "/var/log/dnf.log", "/var/log/dnf.rpm.log"]  # fmt: skip
    machine.must(
        f"mkdir -p {WORK}/logs; cp -a --parents {shlex.join(logs)} {WORK}/logs 2>/dev/null; "
        f"chmod -R a+rX {WORK}; chown -R --reference={WORK} {WORK}/logs; true",
        "copy its logs",
    )
    name = f',"_ARCLAB_MACHINE":{msgspec.json.encode(machine.name).decode()}}}'
    text = (work / "machine-journal").read_text(encoding="utf-8", errors="replace")
    marked = "".join(f"{line[:-1]}{name}\n" for line in machine.masked(text).splitlines() if line.endswith("}"))
    write_whole(folder / MACHINE_JOURNAL_FILE, marked.encode())
    target = folder / LOGS_FOLDER
    shutil.copytree(work / "logs", target, dirs_exist_ok=True, symlinks=True)
    for path in target.rglob("*"):
        if path.is_file() and not path.is_symlink():
            _mask_file(machine, path)


def _mask_file(machine: Machine, path: Path) -> None:
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    masked = machine.masked(text)
    if masked != text:
        path.write_text(masked, encoding="utf-8", errors="surrogateescape")
