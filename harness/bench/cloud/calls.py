"""Measure calls: each round starts its servers anew and asks each of them for the same, one after the other."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from harness.bench.cloud import dialects
from harness.bench.cloud.dialects import LISTED, OPERATIONS, Dialect, Operation
from harness.bench.cloud.figures import Measurement
from harness.bench.cloud.load import Target, send_for
from harness.bench.cloud.servers import Server, empty_handler, moto, our_cloud, sign_in
from harness.errors import LabError


class Subject(NamedTuple):
    """Something to ask: a server at one of its addresses, in a dialect; `numbers` are those of names to come."""

    name: str
    server: Server
    target: Target
    dialect: Dialect
    numbers: Iterator[int]


class Plan(NamedTuple):
    """How calls are measured: how long each time, over how many connections, and where servers keep what they need."""

    seconds: float
    connections: Sequence[int]
    folder: Path  # of the cloud's certificates
    environment: Path  # moto's


def measure_round(number: int, plan: Plan, say: Callable[[Measurement], None]) -> list[Measurement]:
    """Measure everything once. Raises: LabError when a server does not answer as it should before the clock."""
    found: list[Measurement] = []
    with ExitStack() as stack:
        cloud = stack.enter_context(our_cloud(plan.folder))
        others = stack.enter_context(empty_handler()), stack.enter_context(moto(plan.environment))
        subjects = _subjects(cloud, *others)
        for subject in subjects:
            _prepare(subject)
        for turn, (operation, at_once) in enumerate(itertools.product(OPERATIONS, plan.connections), number):
            first = turn % len(subjects)  # another one begins each time
            for subject in subjects[first:] + subjects[:first]:
                found.append(_sample(subject, number, operation, at_once, plan.seconds))
                say(found[-1])
    return found


def _subjects(cloud: Server, empty: Server, moto_server: Server) -> list[Subject]:
    token = sign_in(cloud)
    groups, group_numbers = dialects.groups(token), itertools.count(1)  # one list of groups for both addresses
    if cloud.tls is None:
        raise LabError("bench-server", "the simulated Azure has no address with TLS.")
    return [
        Subject("empty", empty, empty.plain, dialects.empty(), itertools.count(1)),
        Subject("moto", moto_server, moto_server.plain, dialects.aws_groups(), itertools.count(1)),
        Subject("group", cloud, cloud.plain, groups, group_numbers),
        Subject("group+tls", cloud, cloud.tls, groups, group_numbers),
        Subject("machine", cloud, cloud.plain, dialects.machines(token), itertools.count(1)),
    ]


def _prepare(subject: Subject) -> None:
    """Make the resources that are listed, and see that every operation is answered well. Raises: LabError."""
    if subject.name != "group+tls":  # its resources are those of `group`
        _send(subject, "create", LISTED)
    for operation in ("list", "get"):
        _send(subject, operation, 1)


def _send(subject: Subject, operation: Operation, count: int) -> None:
    requests = itertools.islice(subject.dialect.endless(operation, subject.numbers), count)
    sample = send_for(60, subject.target, requests, 1, subject.dialect.wanted(operation))
    if sample.good != count:
        raise LabError("bench-answer", f"'{subject.name}' answers '{operation}' with {sample.bad}.")


def _sample(subject: Subject, number: int, operation: Operation, at_once: int, seconds: float) -> Measurement:
    requests = subject.dialect.endless(operation, subject.numbers)
    before_s = subject.server.spent_s()
    sample = send_for(seconds, subject.target, requests, at_once, subject.dialect.wanted(operation))
    spent_s = subject.server.spent_s() - before_s
    return Measurement(
        round=number, operation=operation, connections=at_once, subject=subject.name, per_second=sample.per_second,
        p50_ms=sample.percentile_ms(0.5), p99_ms=sample.percentile_ms(0.99),
        spent_us=1e6 * spent_s / max(1, len(sample.latencies_s)), failed=sum(sample.bad.values()),
    )  # fmt: skip
