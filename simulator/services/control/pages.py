"""The web page of a cloud: what is there, what happened, what goes wrong on purpose."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Annotated, Any, Literal, NamedTuple, get_args

import msgspec
from starlette.responses import Response

from simulator.call import Call
from simulator.contract import EventKind, Fault, MachineStatus
from simulator.resources import entities
from simulator.resources.machines import status_of
from simulator.services.control.bodies import Count, EventFilter, JournalQuery, read_query
from simulator.services.control.journal import find_events
from simulator.services.control.lab import Lab
from simulator.services.control.rendering import render

_ROWS = 100
_Done = Literal["", "clock", "fault", "clear", "sign-in"]
_SAID = {
    "": "", "clock": "The lab clock has moved on.", "fault": "The fault is armed.", "clear": "Cleared.",
    "sign-in": "The device is signed in.",
}  # fmt: skip
EFFECTS: tuple[str, ...] = get_args(msgspec.structs.fields(Fault)[0].type)


class OverviewQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parameters of the first page: part of a machine's name, its status, and from which row on."""

    name: str = ""
    status: MachineStatus | None = None
    start: Count = 0
    done: _Done = ""


class PageQuery(EventFilter, frozen=True, kw_only=True):
    """Parameters of the journal's page: events before a number, newest first, `limit` of them."""

    before: Count = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = _ROWS


class _Row(NamedTuple):
    """A machine, as the page lists it."""

    machine: entities.Machine
    status: str
    extensions: list[entities.Extension]


async def overview(lab: Lab, call: Call) -> Response:
    """Show clock, machines, sign-ins, operations and alerts."""
    query = read_query(call, OverviewQuery)
    return overview_page(lab, query)


def overview_page(lab: Lab, query: OverviewQuery, problem: str = "", status: int = 200) -> Response:
    """Give the first page; with a problem, what of a form could not be done."""
    lab.due.settle()
    store, now = lab.store, lab.store.clock.now()
    extensions: defaultdict[str, list[entities.Extension]] = defaultdict(list)
    for extension in store.all(entities.Extension):
        extensions[extension.machine].append(extension)
    rows = [_Row(machine, status_of(machine, now), extensions[machine.key]) for machine in store.all(entities.Machine)]
    chosen = [row for row in rows if query.name.lower() in row.machine.name.lower()]
    chosen = [row for row in chosen if query.status in (None, row.status)]
    codes = [c for c in store.all(entities.DeviceCode) if not c.approved_by and c.expires > now]
    return render("overview", lab, {
        "query": query, "problem": problem, "done": _SAID[query.done], "statuses": get_args(MachineStatus),
        "counts": Counter(row.status for row in rows), "total": len(rows), "found": len(chosen),
        "rows": chosen[query.start : query.start + _ROWS], "next": query.start + _ROWS,
        "operations": sorted(store.all(entities.Operation), key=lambda o: o.started, reverse=True)[:_ROWS],
        "alerts": sorted(store.all(entities.Alert), key=lambda a: a.fired, reverse=True)[:_ROWS], "codes": codes,
        "people": [person.upn for person in store.all(entities.Principal) if person.upn],
    }, status)  # fmt: skip


async def journal(lab: Lab, call: Call) -> Response:
    """Show events, newest first."""
    query = read_query(call, PageQuery)
    wanted: dict[str, Any] = msgspec.structs.asdict(query)
    events = find_events(lab, JournalQuery(**wanted, newest=True))
    fields = {name: value for name, value in msgspec.to_builtins(query).items() if name != "before"}
    return render("journal", lab, {
        "query": query, "fields": fields, "events": events, "kinds": get_args(EventKind), "last": lab.store.last,
        "older": events[-1].seq if len(events) == query.limit else 0,
    })  # fmt: skip


async def faults(lab: Lab, _: Call) -> Response:
    """Show the faults in force, and a form for another one."""
    return faults_page(lab)


def faults_page(lab: Lab, problem: str = "", typed: dict[str, str] | None = None, status: int = 200) -> Response:
    """Give the page of faults; with a problem, what could not be armed, as it was typed."""
    listed = [(entry, _members(entry.fault)) for entry in lab.faults.listed()]
    values = {"listed": listed, "effects": EFFECTS, "problem": problem, "typed": typed or {}}
    return render("faults", lab, values, status)


def _members(fault: Fault) -> str:
    members = msgspec.to_builtins(fault)
    members.pop("effect")
    return ", ".join(f"{name} {value}" for name, value in members.items())
