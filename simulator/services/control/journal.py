"""The journal: read it, wait for it, and have it compared with what it should be."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, takewhile

import msgspec
from starlette.responses import Response

from simulator.call import Call, json_response
from simulator.contract import Event, EventPage
from simulator.errors import ApiError, BadInput
from simulator.services.control.bodies import (
    Expectation,
    Found,
    JournalQuery,
    Verification,
    Verified,
    read_body,
    read_query,
)
from simulator.services.control.event_filter import build_test
from simulator.services.control.lab import Lab
from simulator.store import Store

_LONGEST_WAIT_S = 60.0
_SHOWN = 20
_PORTION = 1000


async def read(lab: Lab, call: Call) -> Response:
    """Give a page of events."""
    query = read_query(call, JournalQuery)
    if query.wait_s:
        await lab.store.wait(query.after, build_test(query), min(query.wait_s, _LONGEST_WAIT_S))
    return json_response(EventPage(events=find_events(lab, query), last=lab.store.last))


def find_events(lab: Lab, query: JournalQuery) -> list[Event]:
    """Give the events that a query means. Raises: BadInput."""
    is_meant = build_test(query)
    end = query.before - 1 if query.before else lab.store.last
    if query.newest:
        events = _newest_first(lab.store, query.after, end)
    else:
        events = takewhile(lambda event: event.seq <= end, lab.store.read(query.after))
    return list(islice(filter(is_meant, events), query.limit))


def _newest_first(store: Store, after: int, end: int) -> Iterator[Event]:
    """Give the events after one number up to another, from the end; read in portions, since most are not asked for."""
    while end > after:
        start = max(after, end - _PORTION)
        yield from reversed([event for event in islice(store.read(start), _PORTION) if event.seq <= end])
        end = start


async def verify(lab: Lab, call: Call) -> Response:
    """Compare the journal with expectations. Raises: ApiError 409 that says what differs."""
    wanted = read_body(call, Verification)
    for number, expectation in enumerate(wanted.expect, 1):
        _check(expectation, number)
    results = compare(lab.store, wanted)
    if any(result.problem for result in results):
        message = _told(wanted, results, lab.store.last)
        raise ApiError(409, "journal-differs", message, extra={"results": msgspec.to_builtins(results)})
    return json_response(Verified(results))


def compare(store: Store, wanted: Verification) -> list[Found]:
    """Give what each expectation has found, and what is wrong with it. Raises: BadInput."""
    results, position = [], wanted.after
    for expectation, matching in zip(wanted.expect, _find_all(store, wanted), strict=True):
        needed, problem = _needed(expectation), _count_problem(expectation, len(matching))
        if wanted.in_order and not problem:
            later = [seq for seq in matching if seq > position][:needed]
            if len(later) < needed:
                problem = f"{len(later)} of them after event {position}, {needed} needed in this order"
            position = later[-1] if later else position
        results.append(Found(len(matching), matching[:_SHOWN], problem))
    return results


def _find_all(store: Store, wanted: Verification) -> list[list[int]]:
    """Give the numbers of the events that each expectation matches; the journal is read once."""
    tests = [build_test(_filter(expectation)) for expectation in wanted.expect]
    found: list[list[int]] = [[] for _ in tests]
    for event in store.read(wanted.after):
        for matching, is_meant in zip(found, tests, strict=True):
            if is_meant(event):
                matching.append(event.seq)
    return found


def _check(expectation: Expectation, number: int) -> None:
    """Raises: BadInput for numbers that contradict one another."""
    least, most = expectation.at_least, expectation.at_most
    if expectation.exactly is not None and (least is not None or most is not None):
        raise BadInput("body", f"expectation {number} has 'exactly' and another number.")
    if least is not None and most is not None and least > most:
        raise BadInput("body", f"expectation {number} expects at least {least} and at most {most}.")


def _filter(expectation: Expectation) -> JournalQuery:
    wanted = msgspec.structs.asdict(expectation.match)
    return JournalQuery(**{**wanted, "kind": wanted["kind"] or "request"})


def _needed(expectation: Expectation) -> int:
    """Give how many events an expectation needs at least."""
    if expectation.exactly is not None:
        return expectation.exactly
    if expectation.at_least is not None:
        return expectation.at_least
    return 1 if expectation.at_most is None else 0


def _count_problem(expectation: Expectation, found: int) -> str:
    most = expectation.exactly if expectation.exactly is not None else expectation.at_most
    if found < _needed(expectation) or (most is not None and found > most):
        return f"{found} found"
    return ""


def _told(wanted: Verification, results: list[Found], last: int) -> str:
    """Give what differs, a line for each expectation that does not hold."""
    lines = [f"The journal differs from what was expected between events {wanted.after} and {last}:"]
    for number, (expectation, result) in enumerate(zip(wanted.expect, results, strict=True), 1):
        if result.problem:
            where = f" ({', '.join(map(str, result.events))})" if result.events else ""
            lines.append(f"{number}. {_shown(expectation)}: {result.problem}{where}")
    return "\n".join(lines)


def _shown(expectation: Expectation) -> str:
    """Give an expectation as a sentence's beginning."""
    numbers = {"exactly": expectation.exactly, "at least": expectation.at_least, "at most": expectation.at_most}
    count = " and ".join(f"{word} {number}" for word, number in numbers.items() if number is not None) or "at least 1"
    members = msgspec.to_builtins(expectation.match)
    kind = members.pop("kind", "request")
    with_what = ", ".join(f"{name} '{value}'" for name, value in members.items())
    return f"{count} '{kind}'" + (f" with {with_what}" if with_what else "")
