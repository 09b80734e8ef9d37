"""What Microsoft Graph tells of people, applications and machines. Source: the REST reference of v1.0."""

from __future__ import annotations

import uuid
from typing import Any

from simulator.contract import ClientSecret
from simulator.resources.entities import Machine, Principal
from simulator.services.graph_credentials import key_credential

Object = dict[str, Any]
_NO_CREDENTIALS: Object = {"keyCredentials": [], "passwordCredentials": []}  # Source: an application's are its own


def untyped(one: Object) -> Object:
    """Give an object without its type. Source: the type is told where objects of several types are."""
    return {name: value for name, value in one.items() if name != "@odata.type"}


def user(person: Principal) -> Object:
    """Give a person."""
    return {"@odata.type": "#microsoft.graph.user", "id": person.key, "displayName": person.name,
            "userPrincipalName": person.upn, "mail": person.upn, "accountEnabled": not person.disabled}  # fmt: skip


def service_principal(person: Principal) -> Object:
    """Give what an application signs in as."""
    return {"@odata.type": "#microsoft.graph.servicePrincipal", "id": person.key, "appId": person.client_id,
            "displayName": person.name, "appDisplayName": person.name, "accountEnabled": not person.disabled,
            "servicePrincipalType": "Application", "servicePrincipalNames": [person.client_id],
            "appOwnerOrganizationId": person.tenant_id, "alternativeNames": [], **_NO_CREDENTIALS}  # fmt: skip


def managed_identity(machine: Machine) -> Object:
    """Give a machine's own. Source: it has the machine's name, and its ARM id among its alternative names."""
    return {"@odata.type": "#microsoft.graph.servicePrincipal", "id": machine.principal_id, "appId": machine.client_id,
            "displayName": machine.name, "appDisplayName": None, "accountEnabled": True,
            "servicePrincipalType": "ManagedIdentity", "servicePrincipalNames": [machine.client_id],
            "appOwnerOrganizationId": None, "alternativeNames": ["isExplicit=False", machine.key],
            **_NO_CREDENTIALS}  # fmt: skip


def application(person: Principal) -> Object:
    """Give an application, also with the lists that it leaves empty: programs go through all of them."""
    certificates = [key_credential(pem) for pem in person.certificates]
    redirects: Object = {"redirectUris": []}
    return {"@odata.type": "#microsoft.graph.application", "id": str(uuid.uuid5(uuid.NAMESPACE_OID, person.client_id)),
            "appId": person.client_id, "displayName": person.name, "identifierUris": [],
            "signInAudience": "AzureADMyOrg", "keyCredentials": certificates,
            "passwordCredentials": [password(secret) for secret in person.secrets], "appRoles": [],
            "requiredResourceAccess": [], "tags": [], "publicClient": redirects, "spa": redirects,
            "web": {**redirects, "homePageUrl": None, "logoutUrl": None, "implicitGrantSettings": {
                "enableAccessTokenIssuance": False, "enableIdTokenIssuance": False}},
            "api": {"oauth2PermissionScopes": [], "preAuthorizedApplications": [], "knownClientApplications": []},
            "optionalClaims": None, "isFallbackPublicClient": None}  # fmt: skip


def password(secret: ClientSecret) -> Object:
    """Give what is told of a secret: not the secret. Source: the first three letters are its hint."""
    return {"keyId": str(uuid.uuid5(uuid.NAMESPACE_OID, secret.value)), "endDateTime": secret.expires or None,
            "hint": secret.value[:3]}  # fmt: skip


_NOBODY = Principal(key="", name="", tenant_id="")
#: The members of what is in a collection, by which it can be filtered. Source: a group's, of which there are none.
LIKE: dict[str, Object] = {
    "users": user(_NOBODY), "serviceprincipals": service_principal(_NOBODY), "applications": application(_NOBODY),
    "groups": dict.fromkeys(("id", "displayName", "mail", "mailEnabled", "mailNickname", "securityEnabled")),
}  # fmt: skip
