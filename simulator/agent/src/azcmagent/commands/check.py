"""Test the network endpoints that the agent needs."""

import os

from azcmagent.errors import AgentError
from azcmagent.http_client import reachable
from azcmagent.proxies import effective_proxy
from azcmagent.state import read_json

REGION_CODES = {"eastus": "eus", "eastus2": "eus2", "westeurope": "weu", "northeurope": "neu", "westus2": "wus2",
                "southcentralus": "scus", "uksouth": "uks", "westus3": "wus3"}  # fmt: skip


def options(parser, release):
    """Take a region."""
    parser.add_argument("-l", "--location")
    parser.add_argument("--cloud", default="AzureCloud")
    if release.has("pls-check"):
        parser.add_argument("-p", "--enable-pls-check", action="store_true")
    if release.has("check-extensions"):
        parser.add_argument("-e", "--extensions", choices=["all", "sql"])


def endpoints(location):
    """List the hosts that must be reachable. Source: `azcmagent check` output of releases after 1.34."""
    code = REGION_CODES.get(location, location[:3])
    return [
        "login.microsoftonline.com", "%s.login.microsoft.com" % location, "pas.windows.net", "management.azure.com",
        "gbl.his.arc.azure.com", "%s.his.arc.azure.com" % code, "agentserviceapi.guestconfiguration.azure.com",
        "%s-gas.guestconfiguration.azure.com" % location, "guestnotificationservice.azure.com",
    ]  # fmt: skip


def run(context):
    """Print a table row for each endpoint. Raises: AgentError 26 when one fails, 16 without a region."""
    location = context.arguments.location or read_json(context.paths.agent_config).get("location")
    if not location:
        raise AgentError(16, "The region is missing: --location.")
    proxy, _ = effective_proxy(context.config, os.environ)
    rows = []
    for host in endpoints(location.replace(" ", "").lower()):
        works, detail = reachable(host, context.config)
        rows.append((host, works, detail))
    lines = ["%-70s|%-12s|%-9s|%-10s|%s" % ("Endpoint", "Reachable", "Private", "TLS", "Proxy")]
    for host, works, detail in rows:
        lines.append(
            "%-70s|%-12s|%-9s|%-10s|%s"
            % ("https://" + host, str(works).lower(), "unknown", detail if works else "", "set" if proxy else "not set")
        )
    failed = [host for host, works, _ in rows if not works]
    lines.append(
        "All endpoints needed to connect are available."
        if not failed
        else "%d endpoints are not available." % len(failed)
    )
    context.console.result(
        [{"endpoint": host, "reachable": works, "detail": detail} for host, works, detail in rows], lines
    )
    return 26 if failed else 0
