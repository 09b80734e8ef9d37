"""Every address of `/_sim`, in one table: what it does, what it takes and gives, and how it can be refused."""

from __future__ import annotations

from typing import Any

from simulator.contract import (
    Alert,
    AlertRule,
    ArmedFault,
    Clock,
    ClockChange,
    EventPage,
    Fault,
    MachineState,
    Principal,
    RepositoryChange,
    RepositoryFault,
    Snapshot,
    Throttling,
    UpdateServerChange,
)
from simulator.services.control import (
    actions,
    clock,
    forms,
    health_events,
    identity,
    journal,
    pages,
    reference,
    state,
    throttling,
)
from simulator.services.control.bodies import (
    ApproveDeviceCode,
    JournalQuery,
    LockScope,
    Message,
    Ready,
    Token,
    TokenWanted,
    Verification,
    Verified,
)
from simulator.services.control.route import HTML, Route

_BODY = ("body",)
ROUTES: tuple[Route, ...] = (
    Route("GET", "/ready", state.ready, "Say that all sockets are open", Ready),
    Route("GET", "/clock", clock.show, "Tell lab time", Clock),
    Route("POST", "/clock", clock.change, "Move lab time on, and do what becomes due", Clock, ClockChange,
          problems=("body", "clock-back", "clock-far")),
    Route("GET", "/journal", journal.read, "Read the journal, or wait for an event", EventPage, query=JournalQuery,
          problems=("parameter",)),
    Route("POST", "/journal/verify", journal.verify, "Compare the journal with what it should be", Verified,
          Verification, problems=("body", "parameter", "journal-differs")),
    Route("GET", "/machines", state.machines, "List connected machines", list[MachineState]),
    Route("GET", "/alerts", state.alerts, "List Resource Health alerts, oldest first", list[Alert]),
    Route("PUT", "/alert-rule", state.set_alert_rule, "Say where alerts go", None, AlertRule, status=204,
          problems=("body", "alert-rule")),
    Route("GET", "/inbox", state.inbox, "List what came to the cloud's own inbox", list[Message]),
    Route("GET", "/faults", actions.list_faults, "List the faults in force", list[ArmedFault]),
    Route("POST", "/faults", actions.arm_fault, "Let requests that match go wrong", ArmedFault, Fault, status=201,
          problems=("body", "fault")),
    Route("DELETE", "/faults", actions.clear_faults, "Clear all faults", status=204),
    Route("DELETE", "/faults/{id}", actions.clear_fault, "Clear one fault", status=204, problems=("no-fault",)),
    Route("POST", "/repository", actions.change_repository, "Publish or withdraw releases", None, RepositoryChange,
          status=204, problems=("body", "release-unknown", "no-repository", "repository-tool-failed")),
    Route("PUT", "/repository-fault", actions.spoil_repository, "Let the package repository have a fault, or none",
          None, RepositoryFault, status=204,
          problems=("body", "repository-fault", "no-repository", "repository-tool-failed")),
    Route("POST", "/update-server", actions.change_update_server, "Act as the administrator of an update server", None,
          UpdateServerChange, status=204, problems=("body", "update-server")),
    Route("POST", "/device-code", actions.approve_device, "Sign a person in for a device, or decline", None,
          ApproveDeviceCode, status=204, problems=("body", "not_found")),
    Route("POST", "/locks", state.lock, "Put a delete lock on an ARM id", None, LockScope, status=204, problems=_BODY),
    Route("DELETE", "/locks", state.unlock, "Take a delete lock off", None, LockScope, status=204,
          problems=("body", "no-lock")),
    Route("POST", "/region", identity.move_region, "Move the identity service of a region", None, identity.MoveRegion,
          status=204, problems=("body", "region")),
    Route("PUT", "/health-events", health_events.put, "Let something happen to a service of Azure, or end", None,
          health_events.PutHealthEvent, status=204, problems=("body", "health-event")),
    Route("GET", "/principals", identity.list_principals, "List who may sign in, with their secrets", list[Principal]),
    Route("PUT", "/principals", identity.put_principal, "Make or change who may sign in", None, Principal, status=204,
          problems=("body", "principal")),
    Route("DELETE", "/principals", identity.delete_principal, "Take a principal away", None, identity.NamePrincipal,
          status=204, problems=("body", "no-principal")),
    Route("POST", "/signing-key", identity.rotate_key, "Let Entra ID sign with a new key", identity.NewKey,
          identity.RotateKey, problems=_BODY),
    Route("POST", "/token", actions.issue_token, "Give an access token of a principal", Token, TokenWanted,
          problems=("body", "no-principal")),
    Route("GET", "/throttling", throttling.show, "Tell how many requests Resource Manager takes", Throttling),
    Route("PUT", "/throttling", throttling.change, "Set how many requests Resource Manager takes", None, Throttling,
          status=204, problems=("body", "throttling")),
    Route("GET", "/snapshot", state.take_snapshot, "Give all state", Snapshot),
    Route("PUT", "/snapshot", state.restore_snapshot, "Go back to a snapshot", None, Snapshot, status=204,
          problems=("body", "snapshot", "clock-far")),
    Route("POST", "/reset", state.reset, "Begin again with the seed", status=204, problems=("no-seed",)),
    Route("GET", "/openapi.json", reference.describe, "Describe this interface as OpenAPI 3.1", dict[str, Any]),
    Route("GET", "/docs", reference.show, "Show this description as a page", HTML),
    Route("GET", "", pages.overview, "Show the cloud as a page: machines, operations, alerts", HTML,
          query=pages.OverviewQuery, problems=("parameter",)),
    Route("GET", "/pages/journal", pages.journal, "Show the journal as a page, newest first", HTML,
          query=pages.PageQuery, problems=("parameter",)),
    Route("GET", "/pages/faults", pages.faults, "Show the faults in force as a page", HTML),
    Route("POST", "/pages/clock", forms.advance_clock, "Move lab time on by a page's form", HTML,
          forms.ClockForm, status=303, problems=("body", "form")),
    Route("POST", "/pages/faults", forms.arm_fault, "Arm a fault by a page's form", HTML,
          forms.FaultForm, status=303, problems=("body", "form")),
    Route("POST", "/pages/faults/clear", forms.clear_faults, "Clear faults by a page's form", HTML,
          forms.ClearForm, status=303, problems=("body", "form")),
    Route("POST", "/pages/device-code", forms.sign_in, "Sign a device in by a page's form", HTML,
          forms.SignInForm, status=303, problems=("body", "form")),
)  # fmt: skip


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Give the route of a request below `/_sim` and the parts of its path; None for what is not there."""
    words = path.strip("/").split("/")
    for route in ROUTES:
        wanted = route.path.strip("/").split("/")
        if route.method == method and len(words) == len(wanted):
            parts = {name[1:-1]: word for name, word in zip(wanted, words, strict=True) if name.startswith("{")}
            if [parts.get(name[1:-1], name) for name in wanted] == words:
                return route, parts
    return None
