"""The options by which connect and disconnect sign in. (No command: a part of two.)"""

from azcmagent import azure
from azcmagent.errors import AgentError


def options(parser, release):
    """Declare them, as far as the release has them."""
    parser.add_argument("-i", "--service-principal-id")
    parser.add_argument("-p", "--service-principal-secret")
    parser.add_argument("-t", "--tenant-id")
    parser.add_argument("--access-token")
    parser.add_argument("--use-device-code", action="store_true")
    if release.has("user-tenant-id"):
        parser.add_argument("--user-tenant-id")


def token(context, client, tenant):
    """Sign in the way that the options say; on Linux a device code is the default. Raises: AgentError 12, 16, 41."""
    arguments = context.arguments
    if arguments.access_token is not None:
        if arguments.access_token.count(".") != 2:
            raise AgentError(12, "The access token is not valid.")
        return arguments.access_token
    if arguments.service_principal_id:
        if not arguments.service_principal_secret:
            raise AgentError(16, "A service principal needs --service-principal-secret.")
        if not tenant:
            raise AgentError(16, "A service principal needs --tenant-id.")
        return azure.sign_in_with_secret(
            client, tenant, arguments.service_principal_id, arguments.service_principal_secret
        )
    home = getattr(arguments, "user_tenant_id", None) or tenant or "organizations"
    return azure.sign_in_with_code(client, home, context.console.plain)
