"""Multiply scenarios into cases: scenario x distro x the other axes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from harness.distros import select_distros
from harness.errors import UsageError
from harness.model.azure_steps import Extension
from harness.model.distro import Distro
from harness.model.expectation import Expect
from harness.model.machine_steps import Onboard
from harness.model.plan import Case
from harness.model.scenario import Scenario, Step
from harness.versions import NAMES, Versions

DEFAULT_DISTROS = ("default",)
_VERSION_AXES = ("from", "version")


def plan_cases(
    scenarios: Iterable[Scenario],
    distros: dict[str, Distro],
    *,
    only_distros: tuple[str, ...] = (),
    only_versions: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
    versions: dict[str, Versions] | None = None,
    repeat: int = 1,
) -> list[Case]:
    """Give the cases in a stable order, each id once.

    `only_distros` narrows by id, family or set; `only_versions` by the case's version; `tags` keeps scenarios with
    any of them. With `versions` (by format) every version that a scenario names is checked. Each case is there
    `repeat` times, each time with an id of its own.
    Raises: UsageError for an unknown distro or version.
    """
    wanted = {distro.id for distro in select_distros(distros, only_distros)} if only_distros else None
    cases: list[Case] = []
    for scenario in scenarios:
        if tags and not set(tags) & set(scenario.tags):
            continue
        named = scenario.matrix.get("distro", DEFAULT_DISTROS)
        chosen = select_distros(distros, named, place=str(scenario.place))
        for distro in chosen:
            if wanted is None or distro.id in wanted:
                cases.extend(_cases_of(scenario, distro, versions))
    if only_versions:
        cases = [case for case in cases if case.agent_version in only_versions]
    return cases if repeat == 1 else [_numbered(case, number) for number in range(1, repeat + 1) for case in cases]


def _numbered(case: Case, number: int) -> Case:
    return msgspec.structs.replace(
        case, id=f"{case.id}.repeat-{number}", parameters=case.parameters | {"repeat": str(number)}
    )


def _cases_of(scenario: Scenario, distro: Distro, versions: dict[str, Versions] | None) -> Iterable[Case]:
    axes = {axis: values for axis, values in scenario.matrix.items() if axis != "distro"}
    for combination in itertools.product(*axes.values()):
        parameters = dict(zip(axes, combination, strict=True))
        expanded = substitute(scenario, parameters)
        if versions is not None:
            check_versions(expanded, versions[distro.format])
        agent_version = next((parameters[axis] for axis in _VERSION_AXES if axis in parameters), "latest")
        suffix = [_slug(value) for value in combination]
        identifier = ".".join([_slug(scenario.name), distro.id, *suffix])
        yield Case(identifier, expanded, distro.id, agent_version, parameters)


def substitute(scenario: Scenario, parameters: dict[str, str]) -> Scenario:
    """Replace `$axis` by its value in the given, the steps and the expectations."""
    given = _replaced(scenario.given, parameters)
    steps = tuple(
        msgspec.structs.replace(
            step, arguments=_replaced(step.arguments, parameters), expect=_replaced(step.expect, parameters)
        )
        for step in scenario.steps
    )
    return msgspec.structs.replace(scenario, given=given, steps=steps)


def _replaced(value: Any, parameters: dict[str, str]) -> Any:
    if isinstance(value, str):
        return parameters.get(value[1:], value) if value.startswith("$") else value
    if isinstance(value, tuple):
        return tuple(_replaced(item, parameters) for item in value)
    if isinstance(value, dict):
        return {key: _replaced(item, parameters) for key, item in value.items()}
    if isinstance(value, msgspec.Struct):
        fields = {name: _replaced(getattr(value, name), parameters) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **fields)
    return value


def check_versions(scenario: Scenario, versions: Versions) -> None:
    """Refuse a version that no repository has, in steps and in expectations, before anything starts.

    A name such as `previous` is only refused when too little is published. A version that an `install` step asks
    for may be missing when the step expects the command to fail.
    """
    for name in scenario.given.published:
        versions.resolve(name, place=str(scenario.place))
    for step in scenario.steps:
        for field in ("version", "withdraw", "alternative", "approve", "decline"):
            name = getattr(step.arguments, field, "")
            if not name or isinstance(step.arguments, Extension):  # an extension's versions are its own
                continue
            if isinstance(step.arguments, Onboard) and field == "version" and not step.arguments.full:
                _refuse_name(name, step)  # it is the installer that resolves it
            elif not (step.kind in ("install", "onboard") and _expects_failure(step)):
                versions.resolve(name, place=str(step.place))
        for subject, name in _expected_versions(step.expect):
            versions.resolve(name, place=str(step.places.get(subject, step.place)))


def _refuse_name(name: str, step: Step) -> None:
    if name in NAMES:
        raise UsageError(
            "version-name", f"the installer does not know '{name}'.", place=str(step.place),
            hint="'full: true' gives it the number that this stands for; without a version it takes the newest.",
        )  # fmt: skip


def _expected_versions(expect: Expect) -> Iterator[tuple[str, str]]:
    """Give (subject, name) of each version that a step expects somewhere."""
    machine, cloud, command = expect.machine, expect.cloud, expect.command
    listed = command.versions if command is not None and isinstance(command.versions, tuple) else ()
    found = [
        ("machine.version", machine.version if machine is not None else None),
        ("machine.agent-version", machine.agent_version if machine is not None else None),
        ("cloud.version", cloud.version if cloud is not None else None),
        *(("command.versions", name) for name in listed),
    ]
    return ((subject, name) for subject, name in found if name is not None and name != "absent")


def _expects_failure(step: Step) -> bool:
    return step.expect.command is not None and step.expect.command.exit not in (0, (0,))


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.")


def check_unique(cases: list[Case]) -> None:
    """Refuse two cases of one id. Raises: UsageError naming both files."""
    seen: dict[str, Case] = {}
    for case in cases:
        other = seen.setdefault(case.id, case)
        if other is not case:
            raise UsageError(
                "plan-same-id", f"two cases are called '{case.id}'.", place=case.scenario.file,
                hint=f"The other is in '{other.scenario.file}'. Rename one of the files.",
            )  # fmt: skip


def version_names(versions: Versions) -> list[str]:
    """Give every name that a scenario may use for a version."""
    return [*NAMES, *(version.release for version in versions.published)]
