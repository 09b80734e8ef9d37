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


@pytest.mark.parametrize(
    ("host", "login"), [("management.azure.com", "login.microsoftonline.com"), ("localhost:8443", "localhost:8443")]
)
def test_metadata_as_the_oldest_tools_read_it(send: Arm, host: str, login: str) -> None:
    """In the first version the members have other names, and addresses end in a slash."""
    told = send("GET", f"https://{host}/metadata/endpoints?api-version=2015-01-01").json()

    assert told["authentication"]["loginEndpoint"] == f"https://{login}/"
    assert "https://management.azure.com/" in told["authentication"]["audiences"]
    assert told["graphEndpoint"] == "https://graph.windows.net/"
