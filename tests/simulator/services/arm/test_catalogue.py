"""The extension catalogue at Resource Manager, in both its forms."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

Arm = Callable[..., httpx.Response]
HERE = "/providers/Microsoft.HybridCompute/locations/eastus/publishers"
SCRIPT = f"{HERE}/Microsoft.Azure.Extensions/extensionTypes/CustomScript/versions"


def test_publishers_and_types_are_listed_in_lower_case(arm: Arm) -> None:
    """As recorded, whatever the casing of the question."""
    publishers = arm("GET", HERE).json()["value"]
    types = arm("GET", f"{HERE}/MICROSOFT.Azure.NetworkWatcher/extensionTypes").json()["value"]

    assert {"id": f"{HERE}/microsoft.azure.extensions", "name": "microsoft.azure.extensions"} in publishers
    assert types == [
        {"id": f"{HERE}/microsoft.azure.networkwatcher/extensionTypes/{name}", "name": name}
        for name in ("networkwatcheragentlinux", "networkwatcheragentwindows")
    ]


def test_a_version_says_where_its_package_lies(arm: Arm, send: Callable[..., httpx.Response]) -> None:
    """The list has what a single version has, and the package is there."""
    listed = arm("GET", SCRIPT).json()["value"]
    one = arm("GET", f"{SCRIPT}/2.1.10").json()

    assert [item["properties"]["version"] for item in listed] == ["2.1.10", "2.1.13"]
    assert one == listed[0]
    assert one["id"] == f"{HERE}/microsoft.azure.extensions/extensionTypes/customscript/versions/2.1.10"
    assert (one["properties"]["operatingSystem"], one["properties"]["architecture"]) == ("Linux", ["x64"])
    assert send("GET", one["properties"]["extensionUris"][0]).status_code == 200


def test_the_older_form_has_names_only(arm: Arm) -> None:
    """Below a subscription an item has id, name, type and three properties."""
    one = arm("GET", f"{{S}}{SCRIPT}/2.1.10").json()

    assert one["id"].startswith("/subscriptions/")
    assert (one["name"], one["type"]) == (
        "2.1.10", "Microsoft.HybridCompute/locations/publishers/extensionTypes/versions"
    )  # fmt: skip
    assert one["properties"] == {
        "publisher": "microsoft.azure.extensions", "extensionType": "customscript", "version": "2.1.10"
    }  # fmt: skip


def test_what_is_unknown(arm: Arm) -> None:
    """Lists below an unknown publisher are empty, an unknown version is not found."""
    nobody = f"{HERE}/nobody/extensionTypes"

    assert arm("GET", nobody).json() == {"value": []}
    assert arm("GET", f"{nobody}/x/versions").json() == {"value": []}
    for path in (f"{SCRIPT}/9.9", f"{nobody}/x/versions/1.0"):
        answer = arm("GET", path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "HCRP404")


@pytest.mark.parametrize("path", [HERE, SCRIPT])
def test_everybody_signed_in_may_look(arm: Arm, path: str) -> None:
    """A stranger without any role sees the tenant's catalogue."""
    assert arm("GET", path, who="stranger").status_code == 200
