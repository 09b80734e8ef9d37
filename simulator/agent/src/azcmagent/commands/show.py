"""Show the state of the agent."""

import os
import subprocess
import time

from azcmagent.log import redacted
from azcmagent.proxies import effective_proxy
from azcmagent.service import SERVICES
from azcmagent.state import read_json

_SILENT_AFTER_S = 900


def options(parser, release):
    """Take names of properties."""
    if release.has("show-filter"):
        parser.add_argument("properties", nargs="*")
    if release.has("show-os"):
        parser.add_argument("--os", action="store_true")


def status_of(agent, state, now, knows_expired):
    """Give Connected, Disconnected or Expired from what the files say."""
    if not agent.get("resourceId"):
        return "Disconnected"
    if state.get("expired") and knows_expired:
        return "Expired"
    is_heard = now - state.get("lastHeartbeatEpoch", 0) < _SILENT_AFTER_S
    return "Connected" if is_heard and not state.get("expired") else "Disconnected"


def services():
    """Give (unit, title, state) of the agent's services."""
    try:
        done = subprocess.run(
            ["systemctl", "is-active", *(name for name, _ in SERVICES)], capture_output=True, text=True, check=False
        )
        states = done.stdout.split("\n")
    except OSError:
        states = []
    return [
        (name, title, states[index] if index < len(states) else "unknown")
        for index, (name, title) in enumerate(SERVICES)
    ]


def fields(context):
    """List (label, JSON key, value) in the order that the real one prints.

    Source: show of 1.58, and the JSON keys that scripts read. Assumed: the other JSON keys.
    """
    paths, release = context.paths, context.release
    agent, state = read_json(paths.agent_config), read_json(paths.agent_state)
    proxy, bypass = effective_proxy(context.config, os.environ)
    status = status_of(agent, state, time.time(), release.has("show-expired"))
    rows = [
        ("Resource Name", "resourceName", agent.get("resourceName", "")),
        ("Resource Group Name", "resourceGroup", agent.get("resourceGroup", "")),
        ("Resource Namespace", "resourceNamespace", "Microsoft.HybridCompute"),
        ("Resource Id", "resourceId", agent.get("resourceId", "")),
        ("Subscription ID", "subscriptionId", agent.get("subscriptionId", "")),
        ("Tenant ID", "tenantId", agent.get("tenantId", "")),
        ("VM ID", "vmId", agent.get("vmId", "")),
        ("Correlation ID", "correlationId", agent.get("correlationId", "")),
        ("VM UUID", "vmUuid", ""),
        ("Location", "location", agent.get("location", "")),
        ("Cloud", "cloud", agent.get("cloud", "")),
        ("Agent Version", "agentVersion", release.version),
        ("Agent Logfile", "agentLogfile", paths.himds_log),
        ("Agent Status", "status", status),
        ("Agent Last Heartbeat", "lastHeartbeat", state.get("lastHeartbeat", "")),
        ("Agent Error Code", "agentErrorCode", state.get("errorCode", "")),
        ("Agent Error Details", "agentErrorDetails", state.get("errorDetails", "")),
        ("Agent Error Timestamp", "agentErrorTimestamp", state.get("errorTimestamp", "")),
        ("Using HTTPS Proxy", "httpsProxy", redacted(proxy)),
        ("Proxy Bypass List", "proxyBypassList", ",".join(bypass)),
    ]
    if release.has("gateway"):
        rows += [("Upstream Proxy", "upstreamProxy", ""), ("Gateway URL", "gatewayUrl", "")]
    rows += [("Cloud Provider", "cloudProvider", "N/A"), ("Cloud Metadata", "", None)]
    rows += [
        ("Manufacturer", "manufacturer", ""),
        ("Model", "model", ""),
        ("MSSQL Server Detected", "mssqlDetected", "false"),
    ]
    if release.has("database-detection"):
        rows += [
            ("MySQL Server Detected", "mysqlDetected", "false"),
            ("PGSQL Server Detected", "pgsqlDetected", "false"),
        ]
    rows.append(("Dependent Service Status", "", None))
    rows += [("  %s (%s)" % (title, name), name, value) for name, title, value in services()]
    page = (
        "https://portal.azure.com/#@%s/resource%s/overview" % (agent.get("tenantId"), agent["resourceId"])
        if agent.get("resourceId")
        else ""
    )
    rows += [("Portal Page", "portalPage", page), ("Disabled Features", "disabledFeatures", "")]
    if os.path.exists(paths.cron):
        rows.append(("Agent Auto Upgrade Task Status", "agentAutoUpgradeTaskStatus", "enabled, id: " + paths.cron))
    return rows


def run(context):
    """Print all, or the named properties."""
    rows = fields(context)
    wanted = [name.lower() for name in getattr(context.arguments, "properties", [])]
    if wanted:
        rows = [row for row in rows if row[0].strip().lower() in wanted or row[1].lower() in wanted]
    lines = [label if value is None else "%-40s: %s" % (label, value) for label, _, value in rows]
    context.console.result({key: value for _, key, value in rows if key}, lines)
