"""What locks hold."""

from __future__ import annotations

import pytest

from simulator.resources.entities import Lock
from simulator.resources.locks import holding, lock_id, of_the_lab

GROUP = "/subscriptions/s/resourceGroups/g"
MACHINE = f"{GROUP}/providers/Microsoft.HybridCompute/machines/m"


@pytest.mark.parametrize("with_below", [False, True])
@pytest.mark.parametrize("is_delete", [False, True])
@pytest.mark.parametrize("level", ["CanNotDelete", "ReadOnly"])
def test_holding(level: str, is_delete: bool, with_below: bool) -> None:
    """A lock above holds always what its level holds, one below only when it is asked for, one beside never."""
    locks = [Lock(key=scope, scope=scope, level=level) for scope in ("/subscriptions/s", MACHINE, f"{GROUP}2")]
    found = [lock.scope for lock in holding(locks, GROUP, is_delete=is_delete, with_below=with_below)]
    expected = ["/subscriptions/s", MACHINE] if with_below else ["/subscriptions/s"]

    assert found == (expected if is_delete or level == "ReadOnly" else [])


def test_the_labs_lock() -> None:
    """It is a delete lock with a name of its own, below its scope."""
    assert of_the_lab(GROUP) == Lock(key=lock_id(GROUP, "lab"), scope=GROUP, level="CanNotDelete")
