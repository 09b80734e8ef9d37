"""The agent's .msi is at the addresses that the documentation and the release notes give."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from simulator.app import App, Cloud, build_cloud
from simulator.identity.tokens import TokenKey
from simulator.store import Store

Send = Callable[..., httpx.Response]
SHORT = "https://aka.ms/AzureConnectedMachineAgent"
ROOT = "https://gbl.his.arc.azure.com/azcmagent"
FILES = ["1.9.00001.1", "1.67.03504.3207", "1.28.02260.1036"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with three releases, whose files tell their version, and with files that are none."""
    for version in FILES:
        (tmp_path / f"AzureConnectedMachineAgent-{version}.msi").write_text(version)
    (tmp_path / "index.json").write_text("{}")
    (tmp_path / ".AzureConnectedMachineAgent-1.99.1.1.msi.7").write_text("half")
    return tmp_path


@pytest.fixture
def cloud(cloud_store: Store, signing_key: TokenKey, folder: Path) -> Cloud:
    """Give a cloud that offers them."""
    return build_cloud(cloud_store, signing_key, extensions=None, packages=None, windows=folder)


@pytest.mark.parametrize(
    ("link", "version"),
    [(SHORT, "1.67.03504.3207"), (f"{SHORT}-1.28", "1.28.02260.1036"), (f"{SHORT}-1.9", "1.9.00001.1")],
    ids=["the newest", "an older one", "one of fewer digits"],
)
def test_a_short_link_leads_to_its_release(send: Send, link: str, version: str) -> None:
    """The link without a release means the newest by number."""
    answer = send("GET", link)
    file = send("GET", answer.headers["location"])

    assert answer.status_code == 301
    assert (file.status_code, file.text, file.headers["content-type"]) == (200, version, "application/x-msi")


@pytest.mark.parametrize("release", ["1.2", "1.99", "7.0"])
def test_a_release_that_is_not_there_is_not_found(send: Send, release: str) -> None:
    """Part of a number is no release, and a half-written file is none."""
    answer = send("GET", f"{ROOT}/{release}/AzureConnectedMachineAgent.msi")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NotFound")


def test_an_empty_folder_has_no_newest(send: Send, folder: Path) -> None:
    """`latest` of nothing is not found."""
    for path in folder.iterdir():
        path.unlink()

    assert send("GET", f"{ROOT}/latest/AzureConnectedMachineAgent.msi").status_code == 404


def test_what_is_no_address_of_a_package_is_not_known(send: Send) -> None:
    """Other files, and other ways of asking, are noticed as requests that nobody plays."""
    answers = [send("GET", f"{ROOT}/1.67/other.msi"), send("POST", f"{ROOT}/1.67/AzureConnectedMachineAgent.msi"),
               send("GET", f"{SHORT}-new")]  # fmt: skip

    assert [(answer.status_code, answer.json()["error"]["code"]) for answer in answers] == [(501, "NotKnown")] * 3


@pytest.mark.parametrize("name", ["1.67", "latest"])
def test_a_cloud_without_packages_has_none(cloud_store: Store, signing_key: TokenKey, name: str) -> None:
    """It is not found, as in a cloud that has others."""
    app = App(build_cloud(cloud_store, signing_key, extensions=None, packages=None), has_control=False)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            return await client.get(f"{ROOT}/{name}/AzureConnectedMachineAgent.msi")

    assert asyncio.run(ask()).status_code == 404
