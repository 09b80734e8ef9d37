"""What a token is asked for: the resource, and what comes beside the access token.

Source: v1 names a `resource`, v2 `scope` words; the numbers are of the AADSTS list and of public logs.
"""

from __future__ import annotations

from typing import NamedTuple

from simulator.contract import AGENT_SERVICE_APP_ID, ARM_AUDIENCES
from simulator.services.entra.refusals import missing, refusal

#: Microsoft Graph, which is meant by permissions without a resource. Source: its published application id.
GRAPH = "00000003-0000-0000-c000-000000000000"
_KNOWN = (*ARM_AUDIENCES, AGENT_SERVICE_APP_ID, GRAPH)
_OPENID = ("openid", "profile", "email", "offline_access")
_DEFAULT = ".default"


class Wanted(NamedTuple):
    """What is asked for. `scope` is what an answer tells, without `offline_access`."""

    audience: str
    scope: str
    wants_identity: bool
    wants_refresh: bool


def wanted(form: dict[str, str], *, is_v1: bool, by_application: bool) -> Wanted:
    """Read `resource` or `scope`. Raises: ApiError with Entra's refusal.

    Assumed: that v1 gives a person all of it unasked, as its answers always have.
    """
    if is_v1:
        if not form.get("resource"):
            raise missing("resource")
        return Wanted(_known(form["resource"]), "user_impersonation", wants_identity=True, wants_refresh=True)
    if form.get("resource"):
        raise refusal(400, "invalid_request", 901002, "The 'resource' request parameter is not supported.")
    words = form.get("scope", "").split()
    if not words:
        raise missing("scope")
    resources = _resources(words, by_application=by_application)
    shown = " ".join(word for word in words if word != "offline_access")
    return Wanted(resources, shown, "openid" in words, "offline_access" in words)


def _resources(words: list[str], *, by_application: bool) -> str:
    """Give the one resource that the words name; Graph when they name none.

    A doubled slash stands for a resource that ends in one (Source: the CLI's scope). Assumed: that an application may
    ask for `openid` and the like, and gets nothing for it.
    """
    scope = " ".join(words)
    found: dict[str, list[str]] = {}
    for word in words:
        if word not in _OPENID:
            resource, slash, permission = word.rpartition("/")
            found.setdefault(resource if slash else GRAPH, []).append(permission)
    if by_application and (not found or any(names != [_DEFAULT] for names in found.values())):
        message = (
            f"The provided value for scope {scope} is not valid. Client credential flows must have a scope value with "
            "/.default suffixed to the resource identifier (application ID URI)."
        )
        raise refusal(400, "invalid_scope", 1002012, message)
    if len(found) > 1:
        message = (
            "Provided value for the input parameter scope is not valid because it contains more than one resource. "
            f"Scope {scope} is not valid."
        )
        raise refusal(400, "invalid_request", 28000, message)
    resource, permissions = next(iter(found.items()), (GRAPH, []))
    if not resource or "" in permissions or (_DEFAULT in permissions and len(set(permissions)) > 1):
        message = f"The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
        raise refusal(400, "invalid_scope", 70011, message)
    return _known(resource)


def _known(resource: str) -> str:
    """Give a resource that a tenant knows. Assumed: that any `https://` or `api://` address is one."""
    scheme, separator, rest = resource.partition("://")
    if resource in _KNOWN or (separator and scheme in ("https", "api") and rest.strip("/")):
        return resource
    message = f"The resource principal named {resource} was not found in the tenant."
    raise refusal(400, "invalid_resource", 500011, message)
