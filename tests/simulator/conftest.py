"""What tests of the simulator share: a clock that stands still, a cloud with one case, and hypothesis without luck.

Requests go through the whole application, in memory: no socket, no other process. `send` sends anything to any host;
`arm` sends to Resource Manager as one of the people of the case.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from simulator.app import App, Cloud, build_cloud
from simulator.clock import Clock, OffsetClock
from simulator.contract import Case, Principal, Subscription
from simulator.extension_packages import build_extensions
from simulator.identity.certificates import ensure_tls
from simulator.identity.tokens import TokenKey
from simulator.packaging import build_packages
from simulator.resources import entities
from simulator.resources.providers import FRONT_END_VERSIONS, find_type, newest_version, type_of
from simulator.seed import plant
from simulator.services.entra.issuer import Issuer
from simulator.store import Store

sys.modules["sniffio"] = None  # type: ignore[assignment] # httpx, not finding it, would search the disk at each request

TENANT = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a1"
SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b2"
OTHER_TENANT = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a2"
OTHER_SUBSCRIPTION = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b4"
CASE = Case(
    tenant_id=TENANT, subscription_id=SUBSCRIPTION, subscription_name="lab", location="eastus", resource_group="rg1",
    page_size=3,
    principals=(
        Principal("owner", "oid-owner", "app-owner", "secret-owner", roles=("Owner",)),
        Principal("onboarding", "oid-onboarding", "app-onb", "s", roles=("Azure Connected Machine Onboarding",)),
        Principal("administrator", "oid-adm", "adm", "s", roles=("Azure Connected Machine Resource Administrator",)),
        Principal("reader", "oid-reader", "app-reader", "s", roles=("Reader",)),
        Principal("stranger", "oid-stranger", "app-stranger", "s"),
        Principal("person", "oid-person", secret="s", upn="person@arclab.example", roles=("Owner",)),
        Principal("neighbour", "oid-neighbour", "app-neighbour", "s", roles=("Owner",), tenant_id=OTHER_TENANT),
    ),
    subscriptions=(
        Subscription("0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00b3", "second", resource_groups=("rg1", "rg2")),
        Subscription(OTHER_SUBSCRIPTION, "elsewhere", tenant_id=OTHER_TENANT, location="westeurope",
                     resource_groups=("rg1",)),
    ),
)  # fmt: skip
PLACES = {
    "S": f"/subscriptions/{SUBSCRIPTION}",
    "G": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1",
    "M": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1/providers/Microsoft.HybridCompute/machines",
}


def version_for(method: str, path: str) -> str:
    """Give the newest stable api-version of the type that a request is about; some version for an unknown one."""
    asked = type_of(path, method)
    kind = find_type(*asked) if asked else None
    return newest_version(kind) if kind else FRONT_END_VERSIONS[0]


class StillClock(OffsetClock):
    """Lab time that moves by `advance` only."""

    def now(self) -> float:
        """Give 2026-01-01T00:00:00Z and what it was moved by."""
        return 1_767_225_600.0 + self.offset_s


@pytest.fixture
def clock() -> Clock:
    """Give a clock that stands at 2026-01-01T00:00:00Z."""
    return StillClock()


@pytest.fixture
def store(clock: Clock) -> Iterator[Store]:
    """Give an empty store in memory."""
    store = Store(None, clock)
    yield store
    store.close()


@pytest.fixture(scope="session")
def need_program() -> Callable[..., str]:
    """Give the path of a program, by any of its names, or skip the test with the reason; in CI it has to be there."""

    def find(*names: str) -> str:
        path = next((path for name in names if (path := shutil.which(name))), None)
        if path is None:
            give_up = pytest.fail if os.environ.get("CI") else pytest.skip
            give_up(f"'{names[0]}' is not installed")
        return path

    return find


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the .deb and the .rpm of release 1.28 and their index; not to be changed."""
    folder = tmp_path_factory.mktemp("packages")
    build_packages(folder, ("1.28",))
    return folder


@pytest.fixture(scope="session")
def signing_key() -> TokenKey:
    """Give Entra's signing key."""
    key = rsa.generate_private_key(65537, 2048)
    pem = serialization.Encoding.PEM
    return TokenKey(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


@pytest.fixture(scope="session")
def extension_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of extension packages."""
    folder = tmp_path_factory.mktemp("extensions")
    build_extensions(folder)
    return folder


@pytest.fixture
def cloud_store(store: Store) -> Store:
    """Give the store of a cloud with one case in it: tenant, subscription, group and people."""
    plant(store, CASE)
    return store


@pytest.fixture(scope="module")
def demo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a cloud of its own process, over TLS, with the demo's fleet."""
    folder: Path = tmp_path_factory.mktemp("tls")
    ensure_tls(folder)
    command = [sys.executable, "-m", "simulator", "serve", "--listen", "127.0.0.1:0", "--tls-dir", str(folder)]
    process = subprocess.Popen([*command, "--seed", "demo"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().split()[-1]
    process.kill()
    process.communicate()


@pytest.fixture
def cloud(cloud_store: Store, signing_key: TokenKey, extension_packages: Path) -> Cloud:
    """Give a cloud over that store, without package repository."""
    return build_cloud(cloud_store, signing_key, extensions=extension_packages, packages=None)


@pytest.fixture
def send(cloud: Cloud) -> Callable[..., httpx.Response]:
    """Give a sender of requests to the application; `sender` is the address that they come from."""
    return sender_to(cloud)


def sender_to(cloud: Cloud) -> Callable[..., httpx.Response]:
    """Give such a sender to the application of a cloud that a test has made itself."""
    app = App(cloud, has_control=False)

    def exchange(method: str, url: str, *, sender: str = "10.0.0.5", **options: Any) -> httpx.Response:
        async def go() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(sender, 40000))) as client:
                return await client.request(method, url, **options)

        return asyncio.run(go())

    return exchange


@pytest.fixture
def control(cloud: Cloud) -> Callable[..., httpx.Response]:
    """Give a sender to `/_sim`, as over the control socket. After each answer webhooks have been told, too."""
    app = App(cloud, has_control=True)

    def exchange(method: str, path: str, **options: Any) -> httpx.Response:
        async def go() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://cloud/_sim") as client:
                answer = await client.request(method, path, **options)
            await cloud.due.delivered()
            return answer

        return asyncio.run(go())

    return exchange


@pytest.fixture
def token(cloud_store: Store, signing_key: TokenKey) -> Callable[..., str]:
    """Give a maker of access tokens for people of the case, by name; the same token until the clock moves."""
    issuer = Issuer(cloud_store, signing_key)
    people = {person.name: person for person in cloud_store.all(entities.Principal)}

    @functools.cache
    def issue(who: str, audience: str, now: float) -> str:
        return issuer.principal_token(people[who], audience, now)

    def make(who: str = "owner", audience: str = "https://management.azure.com") -> str:
        return issue(who, audience, cloud_store.clock.now())

    return make


@pytest.fixture
def arm(send: Callable[..., httpx.Response], token: Callable[..., str]) -> Callable[..., httpx.Response]:
    """Give a sender to Resource Manager, with the newest api-version of what the path is about.

    In paths {S} is the subscription, {G} the group, {M} its machines.
    """

    def call(method: str, path: str, *, who: str = "owner", version: str = "", **options: Any) -> httpx.Response:
        url = path if path.startswith("https:") else "https://management.azure.com" + path.format(**PLACES)
        version = version or version_for(method, httpx.URL(url).path)
        headers = {"Authorization": f"Bearer {token(who)}", **options.pop("headers", {})}
        params = {"api-version": version, **options.pop("params", {})} if "api-version=" not in url else None
        return send(method, url, headers=headers, params=params, **options)

    return call


@pytest.fixture(scope="session")
def machine_key() -> rsa.RSAPrivateKey:
    """Give a machine's private key."""
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def make_machine(arm: Callable[..., httpx.Response], machine_key: rsa.RSAPrivateKey) -> Callable[..., dict[str, Any]]:
    """Give a maker of machine resources; each has the key of `machine_key` and a vmId of its own number."""
    der = machine_key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)

    def make(name: str = "box-1", number: int = 1, **more: Any) -> dict[str, Any]:
        properties = {
            "vmId": f"7e1c2d34-0000-4000-8000-{number:012}",
            "clientPublicKey": base64.b64encode(der).decode(),
        }
        body = {"location": "eastus", "properties": properties, **more}
        answer = arm("PUT", f"{{M}}/{name}", json=body)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    return make


@pytest.fixture
def signed(machine_key: rsa.RSAPrivateKey) -> Callable[[str], dict[str, str]]:
    """Give a maker of the header by which a machine proves that it has the key."""

    def sign(message: str) -> dict[str, str]:
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        signature = base64.b64encode(machine_key.sign(message.encode(), pss, hashes.SHA256())).decode()
        return {"signedMessage": f"{message}:rsapss {signature}"}

    return sign
