"""The requests of the services that watch resources, for the table of all requests."""

from __future__ import annotations

from simulator.services.arm.insight import (
    advisor,
    fired_alerts,
    guest_assignments,
    health,
    health_events,
    policy_definitions,
    policy_states,
    remediations,
    resource_graph,
)
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

_ALERTS = "{scope}/providers/microsoft.alertsmanagement"
_ALERT = _ALERTS + "/alerts/{alert}"
_READ_ALERTS = "Microsoft.AlertsManagement/alerts/read"

_DEFINITIONS = "/providers/microsoft.authorization/policydefinitions"
_READ_DEFINITIONS = "Microsoft.Authorization/policyDefinitions/read"
_INSIGHTS = "/providers/microsoft.policyinsights"
_POLICY_STATES = "Microsoft.PolicyInsights/policyStates"

_REMEDIATION = "{scope}" + _INSIGHTS + "/remediations/{name}"
_REMEDIATIONS = "Microsoft.PolicyInsights/remediations"
_GUEST = "{scope}/providers/microsoft.guestconfiguration/guestconfigurationassignments/{name}/reports"
_READ_REPORTS = "Microsoft.GuestConfiguration/guestConfigurationAssignments/reports/read"

ROUTES: tuple[Route, ...] = (
    Route("POST", "/providers/microsoft.resourcegraph/resources", "graph.query", SIGNED_IN, resource_graph.resources),
    Route("GET", _M + _STATUSES, "health.list", _READ_HEALTH, health.list_one),
    Route("GET", _M + _STATUSES + "/current", "health.current", _READ_HEALTH, health.current),
    Route("GET", _G + _STATUSES, "health.list", _READ_HEALTH, health.list_all),
    Route("GET", _S + _STATUSES, "health.list", _READ_HEALTH, health.list_all),
    Route("GET", _HEALTH + "/events", "health.events", SIGNED_IN, health_events.list_all),
    Route("GET", _HEALTH + "/events/{event}", "health.event", SIGNED_IN, health_events.get),
    Route("GET", _S + _HEALTH + "/events", "health.events", _READ_EVENTS, health_events.list_all),
    Route("GET", _S + _HEALTH + "/events/{event}", "health.event", _READ_EVENTS, health_events.get),
    Route("GET", "{scope}" + _HEALTH + "/events", "health.events", _READ_EVENTS, health_events.list_all),
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
    Route("GET", _ALERTS + "/alerts", "alerts.list", _READ_ALERTS, fired_alerts.list_all),
    Route("GET", _ALERT, "alerts.get", _READ_ALERTS, fired_alerts.get),
    Route("POST", _ALERT + "/changestate", "alerts.changeState", "Microsoft.AlertsManagement/alerts/changestate/action",
          fired_alerts.change_state),
    Route("GET", _ALERT + "/history", "alerts.history", "Microsoft.AlertsManagement/alerts/history/read",
          fired_alerts.history),
    Route("GET", _ALERTS + "/alertsSummary", "alerts.summary", "Microsoft.AlertsManagement/alertsSummary/read",
          fired_alerts.summary),
    Route("GET", "/providers/microsoft.alertsmanagement/alertsmetadata", "alerts.metadata", SIGNED_IN,
          fired_alerts.metadata),
    Route("GET", _DEFINITIONS, "policyDefinitions.list", SIGNED_IN, policy_definitions.list_all),
    Route("GET", _DEFINITIONS + "/{name}", "policyDefinitions.get", SIGNED_IN, policy_definitions.get),
    Route("GET", _S + _DEFINITIONS, "policyDefinitions.list", _READ_DEFINITIONS, policy_definitions.list_all),
    Route("GET", _S + _DEFINITIONS + "/{name}", "policyDefinitions.get", _READ_DEFINITIONS, policy_definitions.get),
    Route("POST", "{scope}" + _INSIGHTS + "/policystates/latest/queryresults", "policyStates.query",
          f"{_POLICY_STATES}/queryResults/read", policy_states.query),
    Route("POST", "{scope}" + _INSIGHTS + "/policyevents/default/queryresults", "policyEvents.query",
          "Microsoft.PolicyInsights/policyEvents/queryResults/read", policy_states.query),
    Route("POST", "{scope}" + _INSIGHTS + "/policystates/latest/summarize", "policyStates.summarize",
          f"{_POLICY_STATES}/summarize/read", policy_states.summarize),
    Route("POST", _S + _INSIGHTS + "/policystates/latest/triggerevaluation", "policyStates.trigger",
          f"{_POLICY_STATES}/triggerEvaluation/action", policy_states.trigger),
    Route("POST", _G + _INSIGHTS + "/policystates/latest/triggerevaluation", "policyStates.trigger",
          f"{_POLICY_STATES}/triggerEvaluation/action", policy_states.trigger),
    Route("GET", _S + _INSIGHTS + "/asyncoperationresults/{operation}", "policyStates.triggered",
          "Microsoft.PolicyInsights/asyncOperationResults/read", policy_states.triggered),
    Route("PUT", _REMEDIATION, "remediations.put", f"{_REMEDIATIONS}/write", remediations.put),
    Route("POST", _REMEDIATION + "/listdeployments", "remediations.listDeployments",
          f"{_REMEDIATIONS}/listDeployments/read", remediations.list_deployments),
    Route("GET", _GUEST, "guestConfigurationReports.list", _READ_REPORTS, guest_assignments.list_reports),
    Route("GET", _GUEST + "/{report}", "guestConfigurationReports.get", _READ_REPORTS, guest_assignments.get_report),
)  # fmt: skip
