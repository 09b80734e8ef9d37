"""Connect the machine to Azure: create its resource, get its identity, send the first heartbeat."""

import re
import socket
import uuid

from azcmagent import azure
from azcmagent.commands import check, sign_in
from azcmagent.crypto import CryptoError, new_private_key, public_key
from azcmagent.errors import AgentError
from azcmagent.http_client import HttpClient, NetworkError, reachable
from azcmagent.identity import is_connected_locally, request_certificate, store_certificate
from azcmagent.ipc import DaemonSilentError, ask
from azcmagent.state import himds_owner, read_json, remove, write_bytes, write_json

_PATIENCE_S = 5  # Assumed: that `connect` itself waits; the portal's script pauses so long after the installation
_NAME = re.compile(r"^[A-Za-z0-9_.-]{1,54}$")
_TAG = re.compile(r"\s*([^=,]+?)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(?!')((?:[^,\\]|\\.)*?))\s*(?:,|\Z)", re.DOTALL)


def options(parser, release):
    """Declare the flags, as far as the release has them."""
    parser.add_argument("-s", "--subscription-id")
    parser.add_argument("-g", "--resource-group")
    parser.add_argument("-l", "--location")
    parser.add_argument("-n", "--resource-name")
    parser.add_argument("--tags", default="")
    parser.add_argument("--cloud", default="AzureCloud")
    parser.add_argument("--correlation-id")
    parser.add_argument("--private-link-scope")
    if release.has("check"):
        parser.add_argument("--ignore-network-check", "--skip-network-check", action="store_true")
    if release.has("gateway"):
        parser.add_argument("--gateway-id")
    if release.has("enable-automatic-upgrade"):
        parser.add_argument("--enable-automatic-upgrade", nargs="?", const="true", default="false")
    sign_in.options(parser, release)


def parse_tags(text):
    """Read `Name=Value,Name2='with space'`; a backslash keeps the next character. Raises: AgentError 23."""
    tags, position = {}, 0
    while position < len(text):
        match = _TAG.match(text, position)
        if match is None:
            raise AgentError(23, "The tags '%s' cannot be read at character %d." % (text, position + 1))
        value = match[2] if match[2] is not None else match[3]
        tags[match[1]] = re.sub(r"(?s)\\(.)", r"\1", value)
        position = match.end()
    return tags


def resource_name(given):
    """Give the resource name: the option, else the host name. Raises: AgentError 102."""
    name = given or socket.gethostname().split(".")[0]
    if not _NAME.match(name) or name.endswith(("-", "_")):
        raise AgentError(102, "'%s' cannot be a resource name: letters, digits, '-', '_' and '.', at most 54." % name)
    return name


def check_mandatory(arguments):
    """Look for the mandatory options, of which some may come from a file. Raises: AgentError 16."""
    missing = [name for name in ("subscription_id", "resource_group", "location") if not getattr(arguments, name)]
    if missing:
        flags = ", ".join("--" + name.replace("_", "-") for name in missing)
        raise AgentError(16, "A mandatory parameter is missing: %s. See 'azcmagent connect --help'." % flags)


def run(context):
    """Connect. Raises: AgentError with what went wrong; the state of the machine is then as before."""
    arguments, console, paths = context.arguments, context.console, context.paths
    check_mandatory(arguments)
    agent = read_json(paths.agent_config)
    if is_connected_locally(paths):
        raise AgentError(67, "The machine is already connected as '%s'. Disconnect it first." % agent.get("resourceId"))
    name = resource_name(arguments.resource_name)
    tags = parse_tags(arguments.tags)
    location = arguments.location.replace(" ", "").lower()
    try:
        ask(paths, "status", timeout_s=10, patience_s=_PATIENCE_S)
    except DaemonSilentError as error:
        raise AgentError(61, "The agent service (himdsd) does not answer: %s." % error) from error
    console.info("Connecting machine to Azure... This might take a few minutes.")
    if context.release.has("connect-names-cloud"):
        console.info("Cloud: " + arguments.cloud)
    client = HttpClient(context.config)
    try:
        _check_network(context, location)
        endpoints = azure.discover(client, location)
        token = sign_in.token(context, client, arguments.tenant_id)
        console.progress(20)
        _connect(context, client, token, endpoints, name, tags, location)
    except NetworkError as error:
        raise AgentError(26, "The network failed: %s." % error) from error
    except CryptoError as error:
        raise AgentError(103, "The key could not be used: %s." % error) from error
    finally:
        client.close()


def _check_network(context, location):
    """Look at the required endpoints first. Source: release 1.15; abort unless --ignore-network-check."""
    if not context.release.has("check"):
        return
    context.console.info("Testing connectivity to endpoints that are needed to connect to Azure...")
    failed = [host for host in check.endpoints(location) if not reachable(host, context.config)[0]]
    if failed and not context.arguments.ignore_network_check:
        raise AgentError(26, "These endpoints cannot be reached: %s." % ", ".join(failed))


def _connect(context, client, token, endpoints, name, tags, location):
    arguments, console, paths = context.arguments, context.console, context.paths
    correlation = arguments.correlation_id or str(uuid.uuid4())
    manager = azure.ResourceManager(client, token, correlation)
    subscription = arguments.subscription_id
    if not re.match(r"^[0-9a-fA-F-]{36}$", subscription):
        subscription = manager.subscription_id(subscription)
    if context.release.has("creates-resource-group"):
        manager.ensure_group(subscription, arguments.resource_group, location)
    resource = "/subscriptions/%s/resourceGroups/%s/providers/Microsoft.HybridCompute/machines/%s" % (
        subscription,
        arguments.resource_group,
        name,
    )
    existing = manager.send("GET", resource, azure.MACHINES_API)
    if existing.status == 200:
        raise AgentError(44, "The resource '%s' already exists." % resource, (("RequestCorrelationId", correlation),))
    if existing.status in (401, 403):
        refused = 41 if arguments.access_token is None else 12
        code = refused if existing.status == 401 else 42
        raise AgentError(code, "Azure refused to look for the resource.", azure.failure_details(existing, correlation))
    console.progress(30)
    console.info("Creating resource in Azure...   Correlation ID=%s Resource ID=%s" % (correlation, resource))
    private_key = new_private_key()
    public = public_key(private_key)
    vm_id = str(uuid.uuid4())
    facts = azure.machine_facts(paths)
    body = {"location": location, "tags": tags, "identity": {"type": "SystemAssigned"},
            "properties": dict(facts, vmId=vm_id, clientPublicKey=public,
                               agentVersion=context.release.version)}  # fmt: skip
    body["properties"].pop("detectedProperties")
    if getattr(arguments, "enable_automatic_upgrade", "false") == "true":
        body["properties"]["agentUpgrade"] = {"enableAutomaticUpgrade": True}
    created = manager.send("PUT", resource, azure.MACHINES_API, body)
    if created.status not in (200, 201):
        raise AgentError(42, "Azure refused to create the resource.", azure.failure_details(created, correlation))
    console.progress(60)
    answer = created.json()
    agent = {"subscriptionId": subscription, "resourceGroup": arguments.resource_group, "resourceName": name,
             "resourceId": answer.get("id", resource), "location": location, "cloud": arguments.cloud, "vmId": vm_id,
             "tenantId": answer.get("identity", {}).get("tenantId", arguments.tenant_id or ""), "publicKey": public,
             "correlationId": correlation, "resourceNamespace": "Microsoft.HybridCompute"}  # fmt: skip
    identity = request_certificate(client, endpoints["hisEndpoint"], agent, private_key, public)
    agent["clientId"], agent["principalId"] = identity["clientId"], identity["principalId"]
    _store(paths, agent, endpoints, private_key, identity["certificate"])
    console.progress(80)
    _first_heartbeat(paths)
    console.progress(100)
    page = "https://portal.azure.com/#@%s/resource%s/overview" % (agent["tenantId"], agent["resourceId"])
    console.info("Connected machine to Azure")
    console.info("Machine overview page: " + page)
    if console.as_json:
        console.result({"status": "success", "resourceId": agent["resourceId"], "vmId": vm_id, "portalUrl": page})


def _store(paths, agent, endpoints, private_key, certificate):
    """Keep everything; the file that says "connected" comes last, so that a kill leaves no half identity."""
    owner = himds_owner()
    write_bytes(paths.private_key, private_key, 0o600, owner)
    store_certificate(paths, certificate)
    write_json(paths.cloud_config, endpoints, 0o644, owner)
    remove(paths.agent_state)
    write_json(paths.agent_config, agent, 0o644, owner)


def _first_heartbeat(paths):
    """Let himds send the first heartbeat. Raises: AgentError 62 when Azure does not take it."""
    try:
        answer = ask(paths, "reload")
    except DaemonSilentError as error:
        raise AgentError(62, "The machine is registered, but himdsd did not answer: %s." % error) from error
    if answer.get("error"):
        raise AgentError(62, "The machine is registered, but its heartbeat was refused: %s." % answer["error"])
