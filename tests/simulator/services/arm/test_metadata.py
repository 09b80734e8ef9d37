"""Metadata of the cloud: where its other services are."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

Arm = Callable[..., httpx.Response]


@pytest.mark.parametrize(("version", "kind"), [("2022-09-01", dict), ("2019-05-01", list)])
def test_cloud_metadata_needs_no_token(send: Arm, version: str, kind: type) -> None:
    """`az cloud register` reads an object; older tools read a list."""
    answer = send("GET", f"https://management.azure.com/metadata/endpoints?api-version={version}")

    assert (answer.status_code, type(answer.json())) == (200, kind)
