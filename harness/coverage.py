"""Which headings and commands of the document the scenario library covers, as a table.

A heading is covered by the scenarios whose `source` names it; a command by those of them that run it on some distro.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from harness.errors import UsageError
from harness.machines.package_managers import PACKAGE_MANAGERS, PackageManager
from harness.model.distro import Distro
from harness.model.product import Product
from harness.model.scenario import (
    Azcmagent,
    Command,
    Connect,
    Disconnect,
    Install,
    ListVersions,
    Refresh,
    Scenario,
    Step,
    Uninstall,
    Upgrade,
)
from harness.plan import plan_cases

#: What stands for any of its kind in the document's commands.
_PLACEHOLDER = re.compile(r"(VERSION|NAME|\{product code GUID\}|http://ProxyServerFQDN:port|1\.28\.[0-9.-]+)")


class Heading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One heading of the document with the commands below it; `uncovered` says why nothing covers it."""

    title: str
    commands: tuple[str, ...] = ()
    uncovered: str = ""


def read_document(path: Path) -> list[Heading]:
    """Read the headings. Raises: UsageError with the mistake."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8"))["headings"], list[Heading])
    except (OSError, KeyError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError("document", f"this does not describe a document: {error}.", place=str(path)) from error


def coverage_text(
    headings: Iterable[Heading], scenarios: list[Scenario], distros: dict[str, Distro], product: Product
) -> str:
    """Give the table in Markdown. Raises: UsageError for a scenario's source that is no heading of the document."""
    document = list(headings)
    _check_sources(document, scenarios)
    ran = {scenario.name: set(_commands(scenario, distros, product)) for scenario in scenarios}
    rows = [
        "# What of the document is covered", "",
        "Made by `arclab coverage > docs/coverage.md` from the `source` of each scenario. A command is covered by a",
        "scenario that names its heading and runs it. Each scenario runs on every distro of its matrix.", "",
        "| heading, command | covered by |", "|---|---|",
    ]  # fmt: skip
    for heading in document:
        named = [scenario.name for scenario in scenarios if heading.title in scenario.source]
        rows.append(f"| **{heading.title}** | {', '.join(named) or heading.uncovered or 'nothing'} |")
        for command in heading.commands:
            found = [name for name in named if any(_matches(command, line) for line in ran[name])]
            shown = command.replace("|", "\\|")
            rows.append(f"| `{shown}` | {', '.join(found) or heading.uncovered or 'nothing'} |")
    return "\n".join(rows) + "\n"


def _check_sources(document: list[Heading], scenarios: list[Scenario]) -> None:
    titles = {heading.title for heading in document}
    for scenario in scenarios:
        for source in scenario.source:
            if source not in titles:
                raise UsageError(
                    "scenario-source", f"the document has no heading '{source}'.", place=str(scenario.place),
                    hint="The headings are in scenarios/document.toml.",
                )  # fmt: skip


def _matches(command: str, line: str) -> bool:
    parts = _PLACEHOLDER.split(command.replace('"', ""))
    pattern = "".join(_any_of(part) if _PLACEHOLDER.fullmatch(part) else re.escape(part) for part in parts)
    return re.fullmatch(pattern, line) is not None


def _any_of(placeholder: str) -> str:
    """Give a pattern for what a placeholder stands for; a scenario may name a release instead of a full version."""
    if placeholder.startswith("1.28"):
        return r"1\.28[0-9.-]*"
    if placeholder.startswith("{"):
        return r"\{[0-9A-Fa-f-]+\}"
    return r"http://\S+" if placeholder.startswith("http") else r"\S+"


def _commands(scenario: Scenario, distros: dict[str, Distro], product: Product) -> Iterator[str]:
    """Give every command line that a scenario types, on any of its distros, without quotes."""
    for case in plan_cases([scenario], distros):
        manager = PACKAGE_MANAGERS[distros[case.distro].family]
        for step in case.scenario.steps:
            yield from (line.replace('"', "") for line in _of_step(step, manager, product.package))


def _of_step(step: Step, manager: PackageManager, package: str) -> Iterator[str]:
    match step.arguments:
        case ListVersions() | Refresh() | Install() | Upgrade() | Uninstall():
            yield from _of_package_manager(step.arguments, manager, package)
        case Connect(name=name):
            yield f"azcmagent connect --resource-name {name}" if name else "azcmagent connect"
        case Disconnect(force_local_only=force, auth=auth):
            flags = ["--force-local-only"] if force else ["--use-device-code"] if auth == "device-code" else []
            yield " ".join(["azcmagent", "disconnect", *flags])
        case Azcmagent(arguments=words):
            yield shlex.join(["azcmagent", *words]).replace("'", "")
        case Command(run=line):
            yield line


def _of_package_manager(
    arguments: ListVersions | Refresh | Install | Upgrade | Uninstall, manager: PackageManager, package: str
) -> Iterator[str]:
    match arguments:
        case ListVersions():
            yield manager.list_versions(package).line
        case Refresh():
            yield manager.refresh().line
        case Install(version=version):
            yield manager.install(package, version).line
        case Upgrade():
            yield from (manager.refresh().line, manager.upgrade(package).line)
        case Uninstall():
            yield manager.uninstall(package).line
