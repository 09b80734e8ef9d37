"""Who asks for a token: an application of a tenant, or a connected machine, and what it proves itself with."""

from __future__ import annotations

import base64
import secrets
from typing import NamedTuple
from urllib.parse import unquote_plus

from simulator.call import Call
from simulator.directory import ends_at
from simulator.identity.certificates import Credential, load_public_key, read_credential
from simulator.resources.entities import Machine, Principal
from simulator.services.entra.assertion import check_assertion
from simulator.services.entra.refusals import disabled_client, invalid_client, missing, refusal, unknown_client
from simulator.store import Store
from simulator.tenancy import tenant_of

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: Microsoft's own public clients, which every tenant knows: Azure CLI, Azure PowerShell. Source: their published ids.
_EVERYWHERE = ("04b07795-8ddb-461a-bbee-02f9e1bf7b46", "1950a258-227b-4e31-a9cf-717495945fc2")


class Proved(NamedTuple):
    """A client that has proved itself, and with what: claim `appidacr`, 1 for a secret, 2 for a certificate."""

    client: Principal | Machine
    proof: str


def with_basic_credentials(call: Call, form: dict[str, str]) -> dict[str, str]:
    """Give the form with client id and secret of the Authorization header. Source: OAuth 2.0, client_secret_basic."""
    scheme, _, text = call.header("authorization").partition(" ")
    if scheme.lower() != "basic":
        return form
    try:
        name, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError as error:
        raise refusal(400, "invalid_request", 9002313, "Request is malformed or invalid.") from error
    return {"client_id": unquote_plus(name), "client_secret": unquote_plus(secret), **form}


def prove_client(store: Store, call: Call, form: dict[str, str], tenant: str) -> Proved:
    """Give the application or machine of a tenant that has proved itself. Raises: ApiError with Entra's refusal."""
    client_id = form.get("client_id", "")
    if not client_id:
        raise missing("client_id")
    machine = _find_machine(store, client_id, tenant)
    application = find_application(store, client_id, tenant)
    if machine is None and application is None:
        raise unknown_client(client_id)
    if application is not None and application.disabled:
        raise disabled_client(client_id)
    if form.get("client_assertion"):
        _check_assertion(call, form, client_id, machine, application)
        return Proved(machine or application, "2")  # type: ignore[arg-type] # one of them is there
    if application is None or not form.get("client_secret"):
        message = (
            "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."
        )
        raise invalid_client(7000216, message)
    _check_secret(application, form["client_secret"], call.now)
    return Proved(application, "1")


def find_application(store: Store, client_id: str, tenant: str) -> Principal | None:
    """Give the application of a tenant."""
    found = store.find(Principal, "client_id", client_id)
    return next((each for each in found if each.tenant_id.lower() == tenant.lower()), None)


def _find_machine(store: Store, client_id: str, tenant: str) -> Machine | None:
    machine = store.first(Machine, "client_id", client_id)
    is_here = machine is not None and tenant_of(store, machine.subscription_id).lower() == tenant.lower()
    return machine if is_here else None


def check_public_client(store: Store, client_id: str, tenant: str) -> None:
    """Let a client sign people in: one of Microsoft's, or an application of any tenant.

    It is as the tenant has it, or where that has none of its own, or is an empty text, as any other one has it.
    Raises: ApiError 400, also for one that is disabled.
    """
    if not client_id:
        raise missing("client_id")
    known = store.find(Principal, "client_id", client_id)
    if client_id.lower() not in _EVERYWHERE and not known:
        raise unknown_client(client_id)
    own = find_application(store, client_id, tenant)
    if known and all(each.disabled for each in ([own] if own else known)):
        raise disabled_client(client_id)


def _check_secret(application: Principal, given: str, now: float) -> None:
    """Source: one number for a wrong secret, another for one that was right until it expired."""
    known = [(application.secret, float("inf"))] if application.secret else []
    known += [(secret.value, ends_at(secret)) for secret in application.secrets]
    ends = [end for value, end in known if secrets.compare_digest(value.encode(), given.encode())]
    if not ends:
        message = (
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
            f"not the client secret ID, for a secret added to app '{application.client_id}'."
        )
        raise invalid_client(7000215, message)
    if now >= max(ends):
        raise invalid_client(7000222, f"The provided client secret keys for app '{application.client_id}' are expired.")


def _check_assertion(
    call: Call, form: dict[str, str], client_id: str, machine: Machine | None, application: Principal | None
) -> None:
    if not form.get("client_assertion_type"):
        raise missing("client_assertion_type")
    if form["client_assertion_type"] != JWT_BEARER:
        raise refusal(400, "invalid_request", 9002313, "Request is malformed or invalid.")
    known = _machines(machine) if machine else [read_credential(pem) for pem in (application or _NOBODY).certificates]
    check_assertion(form["client_assertion"], client_id, known, call.header("host"), call.now)


def _machines(machine: Machine) -> list[Credential]:
    """Give the certificate that the identity service issued; of a machine without one, or without a key, none."""
    if not machine.certificate_thumbprint:
        return []
    key = load_public_key(machine.public_key)
    return [Credential(key, machine.certificate_thumbprint, "", 0.0, machine.certificate_end)]


_NOBODY = Principal(key="", name="", tenant_id="")
