"""The requests of the services that watch resources, for the table of all requests."""

from __future__ import annotations

from simulator.services.arm.insight import advisor, health, resource_graph
from simulator.services.arm.route_tree import SIGNED_IN, Route

_S = "/subscriptions/{subscription}"
_G = _S + "/resourcegroups/{group}"
_M = _G + "/providers/microsoft.hybridcompute/machines/{machine}"

_HEALTH = "/providers/microsoft.resourcehealth"
_STATUSES = _HEALTH + "/availabilitystatuses"
_READ_HEALTH = "Microsoft.ResourceHealth/availabilityStatuses/read"
_READ_EVENTS = "Microsoft.ResourceHealth/events/read"

_ADVISOR = _S + "/providers/microsoft.advisor"
_ADVICE = "{scope}/providers/microsoft.advisor/recommendations/{recommendation}"
_SUPPRESSION = _ADVICE + "/suppressions/{name}"
_ADVISES = "Microsoft.Advisor/recommendations"

ROUTES: tuple[Route, ...] = (
    Route("POST", "/providers/microsoft.resourcegraph/resources", "graph.query", SIGNED_IN, resource_graph.resources),
    Route("GET", _M + _STATUSES, "health.list", _READ_HEALTH, health.list_one),
    Route("GET", _M + _STATUSES + "/current", "health.current", _READ_HEALTH, health.current),
    Route("GET", _G + _STATUSES, "health.list", _READ_HEALTH, health.list_all),
    Route("GET", _S + _STATUSES, "health.list", _READ_HEALTH, health.list_all),
    Route("GET", _HEALTH + "/events", "health.events", SIGNED_IN, health.events),
    Route("GET", _HEALTH + "/events/{event}", "health.event", SIGNED_IN, health.event),
    Route("GET", _S + _HEALTH + "/events", "health.events", _READ_EVENTS, health.events),
    Route("GET", _S + _HEALTH + "/events/{event}", "health.event", _READ_EVENTS, health.event),
    Route("GET", "{scope}" + _HEALTH + "/events", "health.events", _READ_EVENTS, health.events),
    Route("GET", _ADVISOR + "/recommendations", "advisor.list", f"{_ADVISES}/read", advisor.list_all),
    Route("GET", _ADVICE, "advisor.get", f"{_ADVISES}/read", advisor.get),
    Route("POST", _ADVISOR + "/generaterecommendations", "advisor.generate",
          "Microsoft.Advisor/generateRecommendations/action", advisor.generate),
    Route("GET", _ADVISOR + "/generaterecommendations/{operation}", "advisor.generated",
          "Microsoft.Advisor/generateRecommendations/read", advisor.generated),
    Route("GET", _ADVISOR + "/suppressions", "advisor.suppressions", "Microsoft.Advisor/suppressions/read",
          advisor.list_suppressions),
    Route("GET", _SUPPRESSION, "advisor.suppression", f"{_ADVISES}/suppressions/read", advisor.get_suppression),
    Route("PUT", _SUPPRESSION, "advisor.suppress", f"{_ADVISES}/suppressions/write", advisor.put_suppression),
    Route("DELETE", _SUPPRESSION, "advisor.unsuppress", f"{_ADVISES}/suppressions/delete", advisor.delete_suppression),
)  # fmt: skip
