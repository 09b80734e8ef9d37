"""Silence alerts once, stamped with the moment it became too long, and is resolved by a heartbeat."""

from __future__ import annotations

import msgspec
import pytest

from simulator.contract import DISCONNECTED_AFTER_S
from simulator.resources.alerts import (
    Condition,
    active_on,
    delivered,
    due,
    fired,
    resolved,
    silent_at,
    told_nobody,
    untold,
    untold_since,
    webhook_body,
)
from simulator.resources.entities import Alert, Machine

NOW = 1_767_225_600.0
MACHINE = Machine(
    key="/subscriptions/s/resourceGroups/rg1/providers/Microsoft.HybridCompute/machines/box-1", name="box-1",
    subscription_id="s", resource_group="rg1", location="eastus", vm_id="v", public_key="", principal_id="p",
    client_id="c", created=NOW, last_heartbeat=NOW,
)  # fmt: skip


@pytest.mark.parametrize(
    ("silence", "expected"),
    [(0, False), (899, False), (900, True), (86400, True)],
    ids=["0 s", "899 s", "900 s", "a day"],
)
def test_an_alert_is_due_after_fifteen_minutes(silence: int, expected: bool) -> None:
    """The alert becomes due with the status Disconnected, not before."""
    assert (due(MACHINE, None, NOW + silence) is not None) == expected


def test_it_is_stamped_with_the_moment_it_became_due() -> None:
    """However late somebody looks, the alert has fired when 15 minutes were over."""
    alert = due(MACHINE, None, NOW + 86400)

    assert alert is not None
    assert (alert.fired, fired(alert).at, fired(alert).kind) == (NOW + DISCONNECTED_AFTER_S, alert.fired, "alert")


def test_one_silence_alerts_once() -> None:
    """While an alert is active no other one becomes due; and each silence has a key of its own."""
    alert = due(MACHINE, None, NOW + 900)
    later = due(msgspec.structs.replace(MACHINE, last_heartbeat=NOW + 5000), None, NOW + 9000)

    assert due(MACHINE, alert, NOW + 100_000) is None
    assert alert is not None
    assert later is not None
    assert alert.key != later.key


def test_a_machine_that_was_never_heard_does_not_alert() -> None:
    """There is no silence before the first heartbeat."""
    assert due(msgspec.structs.replace(MACHINE, last_heartbeat=0.0), None, NOW) is None


def test_a_heartbeat_resolves() -> None:
    """The resolved alert is the same one, with the moment of the heartbeat."""
    transition = resolved(Alert(key="k", machine=MACHINE.key, fired=NOW), NOW + 60)
    after = transition.put[0]

    assert isinstance(after, Alert)
    assert (after.key, after.resolved, transition.data["state"]) == ("k", NOW + 60, "Resolved")


@pytest.mark.parametrize(
    ("told", "is_resolved", "expected"),
    [
        ("", False, ["Fired"]), ("Fired", False, []), ("", True, ["Fired", "Resolved"]), ("Fired", True, ["Resolved"]),
        ("Resolved", True, []),
    ],
)  # fmt: skip
def test_each_state_is_told_once_and_in_order(told: str, is_resolved: bool, expected: list[str]) -> None:
    """A webhook hears Fired, then Resolved, each once."""
    alert = Alert(key="k", machine="m", fired=NOW, told=told, resolved=NOW + 1 if is_resolved else 0.0)

    assert untold(alert) == expected


def test_the_webhook_body_is_the_common_alert_schema() -> None:
    """A receiver finds the schema's name, the condition and the machine's id in lower case."""
    body = webhook_body(Alert(key="k", machine=MACHINE.key, fired=NOW), "Fired")
    essentials = body["data"]["essentials"]

    assert (body["schemaId"], essentials["monitorCondition"]) == ("azureMonitorCommonAlertSchema", "Fired")
    assert essentials["alertTargetIDs"] == [MACHINE.key.lower()]


def test_an_alert_is_active_until_it_is_resolved() -> None:
    """An alert that lasts is found by its machine, one that is over is not."""
    alert = Alert(key="1", machine="m", fired=NOW)

    assert (active_on(alert), active_on(msgspec.structs.replace(alert, resolved=NOW + 1))) == ("m", "")


def test_a_machine_is_silent_a_quarter_of_an_hour_after_it_was_heard() -> None:
    """A machine that was never heard is not silent, it has not begun."""
    assert (silent_at(MACHINE), silent_at(msgspec.structs.replace(MACHINE, last_heartbeat=0.0))) == (NOW + 900, None)


@pytest.mark.parametrize(
    ("told", "resolved_at", "expected"),
    [
        ("", 0.0, NOW),
        ("", NOW + 5, NOW),
        ("Fired", 0.0, None),
        ("Fired", NOW + 5, NOW + 5),
        ("Resolved", NOW + 5, None),
    ],
)
def test_a_state_waits_to_be_told_since_it_came(told: str, resolved_at: float, expected: float | None) -> None:
    """The moment is that of the first state that the rule does not know."""
    assert untold_since(Alert(key="1", machine="m", fired=NOW, resolved=resolved_at, told=told)) == expected


def test_nothing_is_resolved_before_it_fired() -> None:
    """A heartbeat that was measured an instant too early does not turn time round."""
    after = resolved(Alert(key="k", machine="m", fired=NOW), NOW - 1).put[0]

    assert isinstance(after, Alert)
    assert after.resolved == NOW


@pytest.mark.parametrize(
    ("condition", "status", "expected"),
    [("Fired", 200, 1), ("Fired", 299, 1), ("Fired", 300, 0), ("Fired", 0, 0), ("Resolved", 200, 0)],
)
def test_deliveries_count_firings_that_were_taken(condition: Condition, status: int, expected: int) -> None:
    """A refused delivery and the news of the return are not counted; both are told."""
    transition = delivered(Alert(key="k", machine="m", fired=NOW), condition, {}, status, "")
    after = transition.put[0]

    assert isinstance(after, Alert)
    assert (after.deliveries, after.told, transition.kind) == (expected, condition, "webhook")


def test_without_a_rule_a_state_counts_as_told() -> None:
    """A rule that is made later does not hear of what is over."""
    after = told_nobody(Alert(key="k", machine="m", fired=NOW), "Fired").put[0]

    assert isinstance(after, Alert)
    assert (untold(after), after.deliveries) == ([], 0)


def test_the_return_is_told_with_its_moment() -> None:
    """The resolved body says when, and which way round the health has changed."""
    body = webhook_body(Alert(key="k", machine=MACHINE.key, fired=NOW, resolved=NOW + 60), "Resolved")
    context, essentials = body["data"]["alertContext"], body["data"]["essentials"]
    properties = context["properties"]

    assert (essentials["firedDateTime"], essentials["resolvedDateTime"]) == (
        "2026-01-01T00:00:00.0000000Z", "2026-01-01T00:01:00.0000000Z"
    )  # fmt: skip
    assert context["eventTimestamp"] == essentials["resolvedDateTime"]
    assert (properties["previousHealthStatus"], properties["currentHealthStatus"]) == ("Unavailable", "Available")
