"""Metadata of the cloud: where its other services are."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

Arm = Callable[..., httpx.Response]


@pytest.mark.parametrize("query", ["", "?api-version=", "?other=2015-01-01"])
def test_metadata_of_no_version(send: Arm, query: str) -> None:
    """It is what the newest version has."""
    place = "https://management.azure.com/metadata/endpoints"

    assert send("GET", place + query).json() == send("GET", f"{place}?api-version=2022-09-01").json()


@pytest.mark.parametrize(("version", "kind"), [("2022-09-01", dict), ("2019-05-01", list)])
def test_cloud_metadata_needs_no_token(send: Arm, version: str, kind: type) -> None:
    """`az cloud register` reads an object; older tools read a list."""
    answer = send("GET", f"https://management.azure.com/metadata/endpoints?api-version={version}")

    assert (answer.status_code, type(answer.json())) == (200, kind)


@pytest.mark.parametrize(
    ("host", "graph"), [("management.azure.com", "graph.microsoft.com"), ("localhost:8443", "localhost:8443")]
)
def test_where_the_directory_is(send: Arm, host: str, graph: str) -> None:
    """It is asked by name, or where Resource Manager is."""
    told = send("GET", f"https://{host}/metadata/endpoints?api-version=2022-09-01").json()

    assert told["microsoftGraphResourceId"] == f"https://{graph}/"


@pytest.mark.parametrize(
    ("host", "login"), [("management.azure.com", "login.microsoftonline.com"), ("localhost:8443", "localhost:8443")]
)
@pytest.mark.parametrize("version", ["2015-01-01", "1.0"])
def test_metadata_as_the_oldest_tools_read_it(send: Arm, host: str, login: str, version: str) -> None:
    """In the first version the members have other names, and addresses end in a slash."""
    told = send("GET", f"https://{host}/metadata/endpoints?api-version={version}").json()

    assert told["authentication"]["loginEndpoint"] == f"https://{login}/"
    assert "https://management.azure.com/" in told["authentication"]["audiences"]
    assert told["graphEndpoint"] == "https://graph.windows.net/"
