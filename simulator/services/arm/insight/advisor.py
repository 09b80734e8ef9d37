"""`Microsoft.Advisor`: recommendations for connected machines, and suppressions of them.

A recommendation follows from the state: it is there while the agent is older than the newest release of its lab day,
and gone after the upgrade. Source: OpenAPI 2023-01-01.
"""

from __future__ import annotations

import uuid
from functools import cache
from typing import Any

from starlette.responses import Response

from simulator.call import Call
from simulator.clock import iso
from simulator.errors import ApiError
from simulator.releases import Release, load_releases, number
from simulator.resources import advice
from simulator.resources.entities import Machine, Suppression
from simulator.resources.request_body import object_of
from simulator.resources.transition import Transition
from simulator.services.arm.answers import accepted_at, with_body, without_body
from simulator.services.arm.names import Parts
from simulator.services.arm.odata import Filter
from simulator.services.arm.operations import begun, need_operation
from simulator.services.arm.pages import by_key, paged
from simulator.services.arm.scopes import need_place
from simulator.store import Store

_releases = cache(load_releases)


def list_all(store: Store, call: Call, parts: Parts) -> Response:
    """List a subscription's recommendations, in pages, as far as `$filter` wants them. Raises: ApiError 400."""
    newest = newest_release(call.now)
    wanted = Filter(call.query("$filter"))
    found = [machine for machine in outdated(store, parts["subscription"], newest) if wanted.matches(_values(machine))]
    return paged(store, call, parts, found, key=by_key, show=lambda machine: shown(store, machine, newest, call.now))


def get(store: Store, call: Call, parts: Parts) -> Response:
    """Give one recommendation. Raises: ApiError 404."""
    return with_body(call, shown(store, _need(store, call, parts), newest_release(call.now), call.now))


def generate(store: Store, call: Call, parts: Parts) -> Response:
    """Begin to look for recommendations: 202. Assumed: it is done at the first poll; they follow from the state."""
    operation = begun(call, "advisor.generate", f"/subscriptions/{parts['subscription']}", status="Succeeded")
    store.apply(Transition("advisor.generate", (operation,)))
    return accepted_at(call, operation, call.path.rstrip("/"))


def generated(store: Store, call: Call, parts: Parts) -> Response:
    """Say by 204 that the recommendations are there. Raises: ApiError 404 for an unknown operation."""
    need_operation(store, parts, "advisor.generate")
    return without_body(call, 204)


def list_suppressions(store: Store, call: Call, parts: Parts) -> Response:
    """List a subscription's suppressions that are in force."""
    every = store.below(Suppression, f"/subscriptions/{parts['subscription']}")
    found = [one for one in every if advice.is_in_force(one, call.now)]
    return paged(store, call, parts, found, key=by_key, show=advice.shown_suppression)


def get_suppression(store: Store, call: Call, parts: Parts) -> Response:
    """Give a suppression. Raises: ApiError 404."""
    key = f"{advice.recommendation_id(_need(store, call, parts))}/suppressions/{parts['name']}"
    found = store.get(Suppression, key)
    if found is None or not advice.is_in_force(found, call.now):
        raise ApiError(404, "NotFound", f"The suppression '{parts['name']}' was not found.")
    return with_body(call, advice.shown_suppression(found))


def put_suppression(store: Store, call: Call, parts: Parts) -> Response:
    """Dismiss a recommendation, or postpone it for its `ttl`. Raises: ApiError 400, 404."""
    recommendation = advice.recommendation_id(_need(store, call, parts))
    properties = object_of(call.json(), "properties")
    ttl = str(properties.get("ttl") or "")
    seconds = advice.seconds_of(ttl)
    if seconds is None:
        raise ApiError(400, "InvalidTtl", f"The ttl '{ttl}' is no length of time such as '07:00:00:00', and not '-1'.")
    key = f"{recommendation}/suppressions/{parts['name']}"
    before = store.get(Suppression, key)
    given = str(properties.get("suppressionId") or (before.number if before else uuid.uuid4()))
    expires = 0.0 if seconds == advice.DISMISSED else call.now + seconds
    suppression = Suppression(key=before.key if before else key, number=given, ttl=ttl or "-1", expires=expires)
    store.apply(Transition(call.operation, (suppression,), machine=call.machine))
    return with_body(call, advice.shown_suppression(suppression))


def delete_suppression(store: Store, call: Call, parts: Parts) -> Response:
    """Let a recommendation be seen again: 204, also when nothing hid it."""
    scope = need_place(store, parts).id
    path = f"{scope}/providers/Microsoft.Advisor/recommendations/{parts['recommendation']}/suppressions/{parts['name']}"
    found = store.get(Suppression, path)
    if found is not None:
        store.apply(Transition(call.operation, delete=((Suppression, found.key),), machine=call.machine))
    return without_body(call, 204)


def newest_release(now: float) -> Release | None:
    """Give the newest release that is out on a lab day; None before the first."""
    day = iso(now)[:10]
    out = [release for release in _releases().releases if release.date <= day]
    return max(out, key=lambda release: number(release.name), default=None)


def outdated(store: Store, subscription: str, newest: Release | None) -> list[Machine]:
    """Give the machines of a subscription whose agents are older than a release."""
    machines = store.below(Machine, f"/subscriptions/{subscription}")
    return [machine for machine in machines if _is_outdated(machine, newest)]


def shown(store: Store, machine: Machine, newest: Release | None, now: float) -> dict[str, Any]:
    """Give the recommendation for a machine that is outdated, with what hides it."""
    every = store.below(Suppression, f"{advice.recommendation_id(machine)}/suppressions")
    in_force = [suppression for suppression in every if advice.is_in_force(suppression, now)]
    return advice.shown(machine, newest.deb if newest else "", in_force, now)


def _need(store: Store, call: Call, parts: Parts) -> Machine:
    """Give the machine of a recommendation that is there. Raises: ApiError 404."""
    place = need_place(store, parts)
    machine = store.get(Machine, place.id)
    is_named = machine is not None and advice.recommendation_id(machine).endswith(f"/{parts['recommendation'].lower()}")
    if machine is None or not is_named or not _is_outdated(machine, newest_release(call.now)):
        message = f"The recommendation '{parts['recommendation']}' was not found on '{place.id}'."
        raise ApiError(404, "NotFound", message)
    return machine


def _is_outdated(machine: Machine, newest: Release | None) -> bool:
    return newest is not None and advice.is_outdated(machine, number(newest.name))


def _values(machine: Machine) -> dict[str, str]:
    """Give what a filter may ask. Source: OpenAPI: ResourceId, ResourceGroup, RecommendationTypeGuid, Category."""
    return {"resourceid": machine.key, "resourcegroup": machine.resource_group, "category": "HighAvailability",
             "recommendationtypeguid": advice.OUTDATED_AGENT}  # fmt: skip
