"""Deny assignments are asked for by tools that look at who may do what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Arm = Callable[..., httpx.Response]
Make = Callable[..., dict[str, Any]]
DENIALS = "/providers/Microsoft.Authorization/denyAssignments"


@pytest.mark.parametrize("scope", ["{S}", "{G}", "{M}/box-1"])
def test_there_are_none(arm: Arm, make_machine: Make, scope: str) -> None:
    """Neither at a subscription nor below."""
    make_machine()

    assert arm("GET", scope + DENIALS).json() == {"value": []}


def test_who_may_ask(arm: Arm) -> None:
    """Whoever may read there; and there has to be something."""
    assert arm("GET", "{S}" + DENIALS, who="stranger").status_code == 403
    assert arm("GET", "{M}/box-9" + DENIALS).status_code == 404
