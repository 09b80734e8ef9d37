"""policy: what is asked of ARM; that it deploys is seen with the simulated cloud, by the scenario that uses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.errors import LabError
from harness.model.azure_steps import Policy
from harness.steps import policy

Asked = Callable[..., list[Any]]
_MADE = '{"identity": {"principalId": "p"}}'
_PLACE = "/subscriptions/s/providers/Microsoft.Authorization"


def _details(definition: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = definition["properties"]["policyRule"]["then"]["details"]
    return found


def test_defines_and_assigns(asked: Asked) -> None:
    """The assignment is of the definition; its identity gets the role that the definition asks for."""
    wanted = Policy(deploy="E", settings={"a": 1})
    [(_, definition, made), (_, assignment, body), (_, role, granted)] = asked(policy.run, wanted, 201, text=_MADE)

    assert (definition, assignment) == (f"{_PLACE}/policyDefinitions/deploy-E", f"{_PLACE}/policyAssignments/deploy-E")
    assert body["properties"] == {"policyDefinitionId": definition}
    assert body["identity"] == {"type": "SystemAssigned"}
    assert made["properties"]["policyRule"]["then"]["effect"] == "deployIfNotExists"
    assert role.startswith(f"{_PLACE}/roleAssignments/")
    assert granted["properties"]["principalId"] == "p"
    assert granted["properties"]["roleDefinitionId"] == f"/subscriptions/s{_details(made)['roleDefinitionIds'][0]}"


def test_the_definition_deploys_the_extension(asked: Asked) -> None:
    """To a connected machine that has none of its publisher and type."""
    [(_, _, made), _, _] = asked(policy.run, Policy(deploy="E", type="T", settings={"a": 1}), 201, text=_MADE)
    rule = made["properties"]["policyRule"]
    details = rule["then"]["details"]
    [resource] = details["deployment"]["properties"]["template"]["resources"]

    assert rule["if"] == {"field": "type", "equals": "Microsoft.HybridCompute/machines"}
    assert details["existenceCondition"]["allOf"] == [
        {"field": "Microsoft.HybridCompute/machines/extensions/publisher", "equals": "Microsoft.Azure.Extensions"},
        {"field": "Microsoft.HybridCompute/machines/extensions/type", "equals": "T"},
    ]
    assert (resource["type"], resource["name"]) == (details["type"], "[concat(parameters('machine'), '/E')]")
    assert resource["properties"] == {"publisher": "Microsoft.Azure.Extensions", "type": "T", "settings": {"a": 1}}


def test_a_refusal_is_the_labs_error(asked: Asked) -> None:
    """With ARM's own words; nothing is assigned."""
    with pytest.raises(LabError, match="policyDefinitions/deploy-E': 403 why"):
        asked(policy.run, Policy(deploy="E"), 403)


def test_assigns_a_built_in_definition(asked: Asked) -> None:
    """Nothing is defined; the assignment is called as the definition."""
    [(_, assignment, body), (_, role, _)] = asked(policy.run, Policy(assign="f9d"), 201, text=_MADE)

    assert assignment == f"{_PLACE}/policyAssignments/f9d"
    assert body["properties"] == {"policyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/f9d"}
    assert role.startswith(f"{_PLACE}/roleAssignments/")
