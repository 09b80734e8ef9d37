"""interrupt: install a version or remove the package, and let the package manager come to grief at a boundary."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from harness.context import Context
from harness.errors import LabError
from harness.machines.crash import full_disk, held_lock, strike
from harness.machines.file_changes import WORK
from harness.machines.package_managers import Script
from harness.model.crash_steps import Interrupt


def run(context: Context, arguments: Interrupt) -> None:
    """Do it; every exit status is right. Raises: LabError when no harm was done."""
    machine, manager, package = context.machine, context.machine.package_manager, context.product.package
    removes = arguments.of == "removal"
    script = manager.uninstall(package)
    if not removes:
        script = manager.install(package, context.version(arguments.version).version)
    if arguments.by in ("kill", "power"):
        scripts = _scripts(context) if removes else ""
        status, done = strike(machine, script, arguments.at, arguments.by, removes=removes)
        done = done or not _has_boundary(arguments.at, scripts if removes else _scripts(context))
    elif arguments.by == "refusal":
        status = _status(context, manager.refuse_next(package, WORK))
        done = status != 0
    elif arguments.by == "lock":
        with held_lock(machine, manager.lock):
            status = _status(context, replace(script, line=manager.impatient(script.line)))
        done = status != 0
    else:
        with full_disk(machine, manager.cache if arguments.at == "download" else _program_folder(context)):
            status = _status(context, script)
        done = status != 0
    if not done:
        raise LabError("interrupt-without-effect", f"no harm was done by {arguments.by} at '{arguments.at}'.",
                       hint=f"'{script.line}' ended with {status}.")  # fmt: skip
    context.accepted_exits = () if status is None else (status,)


def _status(context: Context, script: Script) -> int | None:
    return context.machine.run_unattended(script).exit


def _scripts(context: Context) -> str:
    look = context.machine.package_manager.list_scripts(context.product.package)
    return context.machine.must(look, "list the scripts")


def _has_boundary(at: str, scripts: str) -> bool:
    """Say whether the package has this boundary; one without such a script goes on past it undisturbed."""
    return at in ("download", "unpack", "service") or at in scripts.split()


def _program_folder(context: Context) -> str:
    """Give the folder below / that the product's programs are in."""
    return "/" + PurePosixPath(context.product.programs[0]).parts[1]
