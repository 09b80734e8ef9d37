"""docs/conformance.md: which client has proved which operation, from the journal of a run in which all tests passed.

An operation is proved by a client that had a good answer to it. What the tests themselves ask proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from simulator.contract import Event
from simulator.services.arm.route_tree import Route
from simulator.services.arm.routes import ROUTE_TREE, ROUTES

#: How clients name themselves, and how the page names them.
_CLIENTS = (
    (re.compile(r"AZURECLI/(\S+)"), "azure-cli {}"),
    (re.compile(r"azsdk-python-(?:azure-)?([a-z-]+)/(\S+)"), "azure-{} {}"),
    (re.compile(r"(?:azsdk-js-|@azure/)([a-z-]+)/(\S+)"), "@azure/{} {}"),  # the second is that of older packages
    (re.compile(r"Azure-SDK-For-Go/v(\S+)"), "azure-sdk-for-go {}"),
    (re.compile(r"go-autorest/adal/v(\S+)"), "go-autorest/adal {}"),
)
#: Services beside Resource Manager that clients of others ask, by what their operations begin with.
_OTHERS = {"entra.": "Entra ID", "graph.": "Microsoft Graph"}
_HEAD = """\
# Conformance

Written by `make conformance`; do not edit. Clients that nobody here wrote drive a served simulator through complete
jobs, over TLS, with documented settings only. A client is named where it had a good answer and the test that used it
passed; every answer was compared with the published descriptions, where these are at hand.

HIS, the extension service and the guest configuration service are not here: their only client is the agent, whose
wire form is not public. The agent's own endpoint for tokens has no row, since what it is asked reaches no cloud;
azure-identity judges it on a machine.
"""


def evidence(events: Iterable[Event], wire: Path) -> str:
    """Give the document. `events` are requests; `wire` is the folder of the pages whose claims are counted."""
    proofs: dict[tuple[str, str], set[str]] = {(route.method, route.path): set() for route in ROUTES}
    others: dict[str, set[str]] = {}
    for event in events:
        client = client_of(event.user_agent)
        if not client or not 200 <= event.status < 300:
            continue
        found = ROUTE_TREE.find(event.method, urlsplit(event.path).path)
        if found is not None:
            proofs[found[0].method, found[0].path].add(client)
        elif event.operation.startswith(tuple(_OTHERS)):
            others.setdefault(event.operation, set()).add(client)
    unproved = sum(not clients for clients in proofs.values())
    rows = [(route.operation, f"`{_short(route)}`", proofs[route.method, route.path]) for route in ROUTES]
    return "\n".join([
        _HEAD, "## Resource Manager", "",
        f"{len(rows) - unproved} of {len(rows)} are proved. `S` is a subscription, `G` a resource group.", "",
        "| operation | request | proved by |", "|---|---|---|",
        *(f"| `{name}` | {request} | {_named(clients)} |" for name, request, clients in rows),
        *(line for service in _OTHERS for line in _proofs(service, others)),
        "", "## Claims", "", "| page | Source | Assumed |", "|---|---|---|", *_claims(wire), "",
    ])  # fmt: skip


def _proofs(service: str, others: Mapping[str, set[str]]) -> Iterable[str]:
    """Give the section about a service whose operations are no routes."""
    yield from ("", f"## {_OTHERS[service]}", "", "| operation | proved by |", "|---|---|")
    for name, clients in sorted(others.items()):
        if name.startswith(service):
            yield f"| `{name}` | {_named(clients)} |"


def client_of(user_agent: str) -> str:
    """Give a foreign client's name and version; an empty text for any other."""
    found = ((pattern.search(user_agent), name) for pattern, name in _CLIENTS)
    return next((name.format(*match.groups()) for match, name in found if match), "")


def _short(route: Route) -> str:
    """Give method and path as docs/wire/arm.md writes them."""
    path = route.path
    for name, long in (("G", "/subscriptions/{subscription}/resourcegroups/{group}/"),
                       ("S", "/subscriptions/{subscription}/")):  # fmt: skip
        path = path.replace(long, f"{name}/", 1)
    return f"{route.method} {path}"


def _named(clients: set[str]) -> str:
    return ", ".join(sorted(clients)) or "**nobody**"


def _claims(wire: Path) -> Iterable[str]:
    """Give a row for each page: how many claims have a source, how many are assumed."""
    for page in sorted(wire.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        counts = [len(re.findall(word, text)) for word in (r"\bSource:", r"\bAssumed\b")]
        yield f"| [{page.name}](wire/{page.name}) | {counts[0]} | {counts[1]} |"
