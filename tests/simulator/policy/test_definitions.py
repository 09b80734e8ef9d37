"""What a definition's rule says where members of it are null."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.policy.definitions import needs_identity, rule_of


@pytest.mark.parametrize(
    ("details", "expected"),
    [({"deployment": None, "operations": None}, False), ({"deployment": {}}, True), ({"operations": []}, True)],
)
def test_who_needs_an_identity(details: dict[str, Any], expected: bool) -> None:
    """A definition that can deploy or modify; null is no deployment."""
    assert needs_identity({"policyRule": {"then": {"effect": "audit", "details": details}}}) is expected


def test_a_template_without_parameters() -> None:
    """Its members may be null."""
    template = {"parameters": None, "variables": None, "resources": [{"type": "a/b", "name": None}]}
    details = {"deployment": {"properties": {"parameters": None, "template": template}}}
    rule = rule_of({"policyRule": {"if": {}, "then": {"effect": "deployIfNotExists", "details": details}}}, {})

    assert rule.deployed({}) == [{"type": "a/b", "name": None}]
