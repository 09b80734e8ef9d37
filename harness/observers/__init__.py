"""Observers: each reads one thing and never acts.

`OBSERVERS` has one line for each expectation of a scenario file: how it is read, and how what was expected is compared
with what was seen. The key is the expectation's place in the file: `machine.version` is below `expect:`, `machine:`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from harness.context import Context
from harness.matchers import exit_mismatch, number_mismatch, text_mismatch
from harness.model.expectation import DurationRange, ExpectRunCommand, Text
from harness.model.record import Observation
from harness.observers import agent, cloud, command, files, journal, machine, package, services
from harness.wait import duration_s


class Observer(NamedTuple):
    """`read(context, expected, machine name)` looks; `mismatch(context, expected, value)` says what is wrong, or "".

    A look that gives no value is a mismatch by itself; `mismatch` is not asked. `settles` tells whether looking again
    may help.
    """

    read: Callable[[Context, Any, str], Observation]
    mismatch: Callable[[Context, Any, Any], str]
    settles: bool = True


def _same(_: Context, expected: Any, seen: Any) -> str:
    return "" if seen == expected else f"is '{seen}', not '{expected}'"


def _number(_: Context, expected: Any, seen: Any) -> str:
    return number_mismatch(expected, seen)


def _text(_: Context, expected: Any, seen: Any) -> str:
    return text_mismatch(expected, str(seen))


def _exit(context: Context, expected: Any, seen: Any) -> str:
    return exit_mismatch((0, *context.accepted_exits) if expected == 0 else expected, seen)


def _package_version(context: Context, expected: str, seen: str) -> str:
    wanted = expected if expected == "absent" else context.version(expected).version
    return "" if seen == wanted else f"is '{seen}', not '{wanted}'"


def _logged(context: Context, expected: str, seen: str) -> str:
    wanted = context.version(expected).version
    return "" if wanted in seen else f"has no line of this step that names '{wanted}'"


def _agent_version(context: Context, expected: str, seen: str) -> str:
    wanted = expected if expected == "absent" else context.version(expected).agent
    return "" if seen == wanted else f"is '{seen}', not '{wanted}'"


def _listing(context: Context, expected: Any, seen: list[str]) -> str:
    names = (
        [v.version for v in context.published.published]
        if expected == "published"
        else [context.version(n).version for n in expected]
    )
    missing, extra = sorted(set(names) - set(seen)), sorted(set(seen) - set(names))
    problems = [f"lacks {', '.join(missing)}"] if missing else []
    problems += [f"has also {', '.join(extra)}"] if extra else []
    return "; ".join(problems)


def _mapping(_: Context, expected: dict[str, Any], seen: dict[str, Any]) -> str:
    wrong: list[str] = []
    for key, wanted in expected.items():
        problem = _entry(wanted, seen.get(key))
        if problem:
            wrong.append(f"'{key}' {problem}")
    return "; ".join(wrong)


def _run_command(context: Context, expected: ExpectRunCommand, seen: dict[str, Any]) -> str:
    given = {field.encode_name: getattr(expected, field.name) for field in msgspec.structs.fields(expected)}
    told = {name: value for name, value in given.items() if value is not None}
    return _mapping(context, {name: v if isinstance(v, Text) else str(v) for name, v in told.items()}, seen)


def _entry(wanted: str | Text, value: Any) -> str:
    """Compare one entry of a mapping; a missing one is as good as an empty text, but holds nothing."""
    if isinstance(wanted, Text):
        return "is missing" if value is None else text_mismatch(wanted, str(value))
    text = "" if value is None else str(value)
    return "" if text == wanted else f"is '{text}', not '{wanted}'"


def _leftovers(context: Context, expected: str, seen: list[str]) -> str:
    product = context.product
    accounts = [f"account {name}" for name in (*product.accounts, *product.groups)]
    documented = (*product.leftovers, *accounts) if expected == "documented" else ()
    extra = files.undocumented(seen, documented)
    if not extra:
        return ""
    more = f" and {len(extra) - 20} more" if len(extra) > 20 else ""
    return f"not documented: {', '.join(extra[:20])}{more}"


def _boots(context: Context, expected: Any, seen: int) -> str:
    return number_mismatch(context.boots_before if expected == "unchanged" else expected, seen)


def _nothing(_: Context, __: Any, seen: Any) -> str:
    return f"there is {seen}" if seen else ""


def _vm_id(context: Context, expected: str, seen: str) -> str:
    known = set(context.vm_ids.values())
    if expected == "changed":
        return f"is still '{seen}'" if seen in known or seen == "absent" else ""
    return "" if seen in known else f"is '{seen}', was {', '.join(sorted(known)) or 'never seen'}"


def _gap(_: Context, expected: DurationRange, seen: float) -> str:
    most = duration_s(expected.max)
    return "" if seen <= most else f"is {seen:.0f} s, more than {most} s"


def _requests(_: Context, expected: dict[str, Any], seen: dict[str, int]) -> str:
    wrong = {operation: number_mismatch(expected[operation], count) for operation, count in seen.items()}
    return "; ".join(f"'{operation}' {problem}" for operation, problem in wrong.items() if problem)


def _request_counts(context: Context, expected: dict[str, Any], _: str) -> Observation:
    return Observation("between.requests", "seen", {name: journal.requests(context, name).value for name in expected})


def _ways(context: Context, expected: dict[str, Any], _: str) -> Observation:
    looks = [(host, journal.ways(context, host)) for host in expected]
    unreadable = next((look for _, look in looks if look.state == "unreadable"), None)
    return unreadable or Observation("between.ways", "seen", {host: look.value for host, look in looks})


OBSERVERS: dict[str, Observer] = {
    "command.exit": Observer(lambda c, _, __: command.exit_status(c), _exit, settles=False),
    "command.stdout": Observer(lambda c, _, __: command.text(c, "stdout"), _text, settles=False),
    "command.stderr": Observer(lambda c, _, __: command.text(c, "stderr"), _text, settles=False),
    "command.output": Observer(lambda c, _, __: command.text(c, "output"), _text, settles=False),
    "command.versions": Observer(lambda c, _, __: command.versions(c), _listing, settles=False),
    "machine.version": Observer(lambda c, _, __: package.version(c), _package_version),
    "machine.agent-version": Observer(lambda c, _, __: agent.version(c), _agent_version),
    "machine.package": Observer(lambda c, _, __: package.state(c), _same),
    "machine.services": Observer(lambda c, expected, _: services.states(c, tuple(expected)), _mapping),
    "machine.files": Observer(lambda c, expected, _: files.presence(c, tuple(expected)), _mapping),
    "machine.show": Observer(lambda c, _, __: agent.show(c), _mapping),
    "machine.package-log": Observer(lambda c, _, __: package.own_log(c), _logged),
    "machine.leftovers": Observer(lambda c, _, __: files.leftovers(c), _leftovers),
    "machine.boots": Observer(lambda c, _, __: machine.boots(c), _boots, settles=False),
    "machine.secrets": Observer(lambda c, _, __: files.exposed_secrets(c), _nothing),
    "machine.changes": Observer(lambda c, _, __: files.changed(c), _nothing, settles=False),
    "cloud.status": Observer(lambda c, _, name: cloud.status(c, name), _same),
    "cloud.statuses": Observer(lambda c, _, __: cloud.statuses(c), _same),
    "cloud.status-reason": Observer(lambda c, _, name: cloud.status_reason(c, name), _same),
    "cloud.version": Observer(lambda c, _, name: cloud.version(c, name), _agent_version),
    "cloud.vm-id": Observer(lambda c, _, name: cloud.vm_id(c, name), _vm_id),
    "cloud.extensions": Observer(lambda c, expected, name: cloud.extensions(c, name, tuple(expected)), _mapping),
    "cloud.run-command": Observer(lambda c, expected, name: cloud.run_command(c, name, expected.name), _run_command),
    "cloud.update-report": Observer(lambda c, _, __: cloud.update_report(c), _same),
    "cloud.patches": Observer(lambda c, _, __: cloud.patches(c), _mapping),
    "cloud.agent-upgrade": Observer(lambda c, _, name: cloud.agent_upgrade(c, name), _mapping),
    "cloud.vm": Observer(lambda c, _, name: cloud.vm(c, name), _same),
    "cloud.advisor": Observer(lambda c, _, name: cloud.advisor(c, name), _same),
    "cloud.alerts": Observer(lambda c, _, name: cloud.alerts(c, name), _same),
    "cloud.alert-count": Observer(lambda c, _, name: cloud.alert_count(c, name), _number),
    "cloud.deliveries": Observer(lambda c, _, name: cloud.deliveries(c, name), _number),
    "cloud.webhook": Observer(lambda c, _, __: cloud.webhook(c), _mapping),
    "cloud.resource-health": Observer(lambda c, _, name: cloud.resource_health(c, name), _same),
    "between.heartbeats": Observer(lambda c, _, __: journal.heartbeats(c), _number),
    "between.heartbeat-gap": Observer(lambda c, _, __: journal.heartbeat_gap(c), _gap, settles=False),
    "between.machine-creates": Observer(
        lambda c, _, __: journal.requests(c, "machines.create"), _number, settles=False
    ),
    "between.requests": Observer(_request_counts, _requests),
    "between.ways": Observer(_ways, _mapping),
    "between.undeclared-hosts": Observer(lambda c, _, __: journal.undeclared_hosts(c), _nothing, settles=False),
}
