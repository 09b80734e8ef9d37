"""policy: assign a policy as the operator: a built-in one, or one that deploys an extension where it is missing."""

from __future__ import annotations

import uuid
from typing import Any

from harness.context import Context
from harness.model.azure_steps import Policy

_API_VERSION, _ROLES_VERSION = "2025-03-01", "2022-04-01"
_MACHINES = "Microsoft.HybridCompute/machines"
_BUILT_IN = "/providers/Microsoft.Authorization/policyDefinitions"
_CONTRIBUTOR = "/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c"


def run(context: Context, arguments: Policy) -> None:
    """Make all over ARM, and let the assignment's identity act; nothing is done before a machine is evaluated.

    Raises: LabError when ARM refuses.
    """
    place = f"{context.subscription}/providers/Microsoft.Authorization"
    definition, name = f"{_BUILT_IN}/{arguments.assign}", arguments.assign
    if arguments.deploy:
        name = f"deploy-{arguments.deploy}"
        definition = f"{place}/policyDefinitions/{name}"
        context.asked_of_arm("PUT", definition, api_version=_API_VERSION, body=_definition(arguments))
    assignment = {
        "location": context.azure.location, "identity": {"type": "SystemAssigned"},
        "properties": {"policyDefinitionId": definition},
    }  # fmt: skip
    path = f"{place}/policyAssignments/{name}"
    made = context.asked_of_arm("PUT", path, api_version=_API_VERSION, body=assignment).json()
    principal = made["identity"]["principalId"]
    role = {"roleDefinitionId": f"{context.subscription}{_CONTRIBUTOR}", "principalId": principal,
            "principalType": "ServicePrincipal"}  # fmt: skip
    path = f"{place}/roleAssignments/{uuid.uuid5(uuid.NAMESPACE_URL, principal)}"
    context.asked_of_arm("PUT", path, api_version=_ROLES_VERSION, body={"properties": role})


def _definition(arguments: Policy) -> dict[str, Any]:
    """Give a definition with the shape of the built-in ones that deploy an agent."""
    alias = f"{_MACHINES}/extensions"
    wanted = {"publisher": arguments.publisher, "type": arguments.type}
    template = {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"machine": {"type": "string"}, "location": {"type": "string"}},
        "resources": [{
            "type": alias, "apiVersion": "2024-07-10", "location": "[parameters('location')]",
            "name": f"[concat(parameters('machine'), '/{arguments.deploy}')]",
            "properties": {**wanted, "settings": arguments.settings},
        }],
    }  # fmt: skip
    parameters = {"machine": {"value": "[field('name')]"}, "location": {"value": "[field('location')]"}}
    details = {
        "type": alias, "roleDefinitionIds": [_CONTRIBUTOR],
        "existenceCondition": {"allOf": [{"field": f"{alias}/{name}", "equals": value}
                                         for name, value in wanted.items()]},
        "deployment": {"properties": {"mode": "incremental", "template": template, "parameters": parameters}},
    }  # fmt: skip
    rule = {"if": {"field": "type", "equals": _MACHINES}, "then": {"effect": "deployIfNotExists", "details": details}}
    return {"properties": {"mode": "Indexed", "policyRule": rule}}
