"""Disconnect the machine: delete its resource in Azure, and reset the agent."""

import uuid

from azcmagent import azure
from azcmagent.commands import sign_in
from azcmagent.errors import AgentError
from azcmagent.http_client import HttpClient, NetworkError
from azcmagent.ipc import DaemonSilentError, ask
from azcmagent.state import himds_owner, read_json, remove, write_json


def options(parser, release):
    """Declare the flags."""
    parser.add_argument(
        "-f", "--force-local-only", action="store_true", help="reset the agent only; ask nothing of Azure"
    )
    parser.add_argument("--correlation-id")
    sign_in.options(parser, release)


def run(context):
    """Disconnect. Raises: AgentError; local state is kept when Azure refuses, or has no such resource any more.

    Source: the latter needs the flag. Assumed: the code.
    """
    agent = read_json(context.paths.agent_config)
    if context.arguments.force_local_only:
        _reset(context)
        context.console.info("Disconnected machine from Azure (local state only)")
        return
    if not agent.get("resourceId"):
        raise AgentError(63, "The machine is not connected.")
    client = HttpClient(context.config)
    try:
        _delete(context, client, agent)
    except NetworkError as error:
        raise AgentError(26, "The network failed: %s." % error) from error
    finally:
        client.close()
    _reset(context)
    context.console.info("Disconnected machine from Azure")


def _delete(context, client, agent):
    console = context.console
    token = sign_in.token(context, client, context.arguments.tenant_id or agent.get("tenantId"))
    correlation = context.arguments.correlation_id or str(uuid.uuid4())
    resource = agent["resourceId"]
    console.info("Deleting resource from Azure...  Correlation ID=%s Resource ID=%s" % (correlation, resource))
    manager = azure.ResourceManager(client, token, correlation)
    answer = manager.send("DELETE", resource, azure.MACHINES_API)
    if answer.status in (204, 404):
        raise AgentError(63, "Resource is already deleted. 'azcmagent disconnect --force-local-only' resets the agent.")
    if answer.status not in (200, 202):
        raise AgentError(43, "Azure refused to delete the resource.", azure.failure_details(answer, correlation))
    ended, code, message = manager.wait_until_deleted(answer) if answer.status == 202 else (True, "", "")
    if not ended:
        raise AgentError(
            43,
            "Azure could not delete the resource: %s." % message,
            (("RequestCorrelationId", correlation), ("Code", code)),
        )


def _reset(context):
    """Forget the identity. Assumed: local settings stay, since they may be made before connecting."""
    paths = context.paths
    write_json(paths.agent_config, {}, 0o644, himds_owner())
    for path in (paths.certificate, paths.private_key, paths.cloud_config, paths.agent_state, paths.upgrade_attempt):
        remove(path)
    try:
        ask(paths, "reload")
    except DaemonSilentError as error:
        context.console.warning("The agent service does not answer: %s" % error)
