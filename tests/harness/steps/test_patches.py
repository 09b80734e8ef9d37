"""patches: what is asked of ARM, and where its answer will be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.context import Context
from harness.errors import LabError
from harness.model.azure_steps import Patches
from harness.steps import patches

Asked = Callable[..., list[Any]]


def test_assesses_without_a_body(asked: Asked, context: Context) -> None:
    """The address of the result is kept for a look."""
    requests = asked(patches.run, Patches(action="assess"), Location="https://arm/r?api-version=1")

    assert requests == [("POST", "/m/box-1/assessPatches", None)]
    assert context.patches == "https://arm/r?api-version=1"


@pytest.mark.parametrize(("only", "masks"), [((), {}), (("a*",), {"packageNameMasksToInclude": ["a*"]})])
def test_installs_without_a_reboot(asked: Asked, only: tuple[str, ...], masks: dict[str, Any]) -> None:
    """All that is pending, or what masks name."""
    [(method, path, body)] = asked(patches.run, Patches(action="install", only=only), Location="https://arm/r")

    assert (method, path) == ("POST", "/m/box-1/installPatches")
    assert body == {"maximumDuration": "PT1H", "rebootSetting": "Never", "linuxParameters": masks}


def test_a_refusal_is_the_labs_error(asked: Asked, context: Context) -> None:
    """With ARM's own words; there is no result to look at."""
    with pytest.raises(LabError, match="409 why"):
        asked(patches.run, Patches(action="assess"), 409)
    assert context.patches == ""
