"""packages.microsoft.com: files of a built repository, and its changes while it is served.

The repository is a real one, signed by gpg, rpmsign and createrepo_c; where one of them is missing, tests skip. What
the package managers make of it is shown by the cases.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulator.app import App, build_cloud
from simulator.contract import RepositoryChange, RepositoryFault
from simulator.errors import BadInput, SimulatorError
from simulator.identity.tokens import TokenKey
from simulator.packaging import read_index
from simulator.repository.tree import RepositorySpec, build_repository
from simulator.services import packages as packages_module
from simulator.services.packages import PackagesService
from simulator.store import Store

pytestmark = pytest.mark.process

HOST = "https://packages.microsoft.com"
RELEASE = "/debian/12/prod/dists/bookworm/Release"
INDEX = "/debian/12/prod/dists/bookworm/main/binary-amd64/Packages"
SPECIFICATION = [
    RepositorySpec("debian/12/prod", "apt", "config/debian/12/packages-microsoft-prod.deb", "bookworm"),
    RepositorySpec("rhel/9/prod", "yum", "config/rhel/9/packages-microsoft-prod.rpm"),
]


@pytest.fixture(scope="session")
def built(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with `repository` and `keys`, as the harness mounts them; not to be changed."""
    folder = tmp_path_factory.mktemp("r")  # a short path: gpg's agent has a socket there
    now = datetime(2026, 1, 1, tzinfo=UTC)
    try:
        build_repository(packages, read_index(packages), SPECIFICATION, folder / "keys", folder / "repository", now=now)
    except SimulatorError as error:
        if error.reference != "repository-tool":
            raise
        pytest.skip(error.message)
    return folder


@pytest.fixture
def service(built: Path, tmp_path: Path, store: Store) -> PackagesService:
    """Give the service over that repository, in lab time."""
    work = tmp_path / "w"
    work.mkdir()

    def now() -> datetime:
        return datetime.fromtimestamp(store.clock.now(), UTC)

    return PackagesService(built / "repository", built / "keys", work, now, has_name_server=True)


@pytest.fixture
def get(service: PackagesService, cloud_store: Store, signing_key: TokenKey) -> Callable[..., httpx.Response]:
    """Give a reader of the served files."""
    app = App(build_cloud(cloud_store, signing_key, extensions=None, packages=service), has_control=False)

    def exchange(path: str, method: str = "GET", host: str = HOST, **options: Any) -> httpx.Response:
        async def go() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
                return await client.request(method, host + path, **options)

        return asyncio.run(go())

    return exchange


Get = Callable[..., httpx.Response]


# Files


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/keys/microsoft.asc", "text/plain; charset=utf-8"),
        ("/debian/12/prod/dists/bookworm/InRelease", "application/octet-stream"),
        (f"{INDEX}.gz", "application/gzip"),
        ("/rhel/9/prod/repodata/repomd.xml", "text/xml; charset=utf-8"),
        ("/config/debian/12/packages-microsoft-prod.deb", "application/octet-stream"),
        ("/config/rhel/9/packages-microsoft-prod.rpm", "application/x-rpm"),
        ("/rhel/9/prod/Packages/a/azcmagent-1.28.02260-755.x86_64.rpm", "application/x-rpm"),
    ],
)
def test_files_are_served(get: Get, cloud_store: Store, path: str, kind: str) -> None:
    """Keys, metadata, configuration and packages lie where docs/wire/packages.md says; each request is journaled."""
    answer = get(path)

    assert (answer.status_code, answer.headers["content-type"], answer.content != b"") == (200, kind, True)
    assert (cloud_store.events[-1].operation, cloud_store.events[-1].path) == ("packages.get", path)


def test_head_and_ranges(get: Get) -> None:
    """A package manager may ask for the size, and go on where it was interrupted."""
    whole = get("/keys/microsoft.asc")
    head = get("/keys/microsoft.asc", "HEAD")
    rest = get("/keys/microsoft.asc", headers={"Range": "bytes=10-"})

    assert (head.content, head.headers["content-length"]) == (b"", str(len(whole.content)))
    assert (rest.status_code, rest.content) == (206, whole.content[10:])


def test_the_download_host_serves_the_same(get: Get) -> None:
    """Both names are one server."""
    assert get("/keys/microsoft.asc", host="https://download.microsoft.com").status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/none", "/keys", "/%2e%2e/keys", "/../../etc/passwd", "/%00", "/keys/microsoft.asc/more"]
)
def test_nothing_else_is_served(get: Get, path: str) -> None:
    """Folders, absent files and paths that lead out are 404, in one line of text."""
    answer = get(path)

    assert (answer.status_code, answer.text.count("\n")) == (404, 1)


def test_nothing_can_be_written(get: Get, cloud_store: Store) -> None:
    """Another method is 405 and says which there are."""
    answer = get("/keys/microsoft.asc", "PUT", content=b"mine")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert cloud_store.events[-1].operation == "packages.unknown"


# Changes


def test_a_release_is_withdrawn_and_published_again(service: PackagesService, get: Get) -> None:
    """The metadata follows at once; the configuration packages stay."""
    found = [get(INDEX).text.count("Version: ")]
    service.change(RepositoryChange(withdraw=("1.28",)))
    found.append(get(INDEX).text.count("Version: "))
    service.change(RepositoryChange(publish=("1.28",)))
    found.append(get(INDEX).text.count("Version: "))

    assert found == [1, 0, 1]
    assert get("/config/debian/12/packages-microsoft-prod.deb").status_code == 200


def test_only_some_releases_are_published(service: PackagesService, get: Get) -> None:
    """A cloud can begin with a choice."""
    service.publish_only(())

    assert get(INDEX).text == ""


def test_an_unknown_release(service: PackagesService, get: Get) -> None:
    """A name that is not there is refused with those that are, and nothing has changed."""
    before = get(RELEASE).text
    with pytest.raises(BadInput) as caught:
        service.change(RepositoryChange(publish=("9.99",)))

    assert (caught.value.reference, caught.value.hint) == ("release-unknown", "Known: 1.28.")
    assert get(RELEASE).text == before


def test_old_metadata_is_signed_again(service: PackagesService, get: Get, store: Store) -> None:
    """After half of its validity the metadata is stale; a refresh gives it the lab's date and the same packages."""
    fresh = service.is_stale
    store.clock.advance(86400 * 7 // 2 + 1)
    stale = service.is_stale
    service.refresh()

    assert (fresh, stale, service.is_stale) == (False, True, False)
    assert "Date: Sun, 04 Jan 2026 12:00:00 UTC" in get(RELEASE).text
    assert "Valid-Until: Sun, 11 Jan 2026 12:00:00 UTC" in get(RELEASE).text
    assert get(INDEX).text.count("Version: ") == 1


def test_a_failure_leaves_the_old_tree(service: PackagesService, get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    """When signing fails the old metadata goes on, and the next change works."""

    def fail(*_: object, **__: object) -> None:
        raise SimulatorError("repository-tool-failed", "'gpg' ended with 2.")

    before = get(RELEASE).text
    with monkeypatch.context() as patch:
        patch.setattr(packages_module, "build_hostile_tree", fail)
        with pytest.raises(SimulatorError):
            service.change(RepositoryChange(withdraw=("1.28",)))
    after = get(RELEASE).text
    service.change(RepositoryChange(withdraw=("1.28",)))

    assert (after, get(INDEX).text) == (before, "")


def test_a_copy_that_was_interrupted_is_made_again(service: PackagesService, get: Get, tmp_path: Path) -> None:
    """Half a copy of the packages or keys, left by a failure, is not taken for a whole one."""
    for name in ("signed.partial", "keys.partial"):
        (tmp_path / "w" / name).mkdir()
    service.refresh()

    assert get(INDEX).text.count("Version: ") == 1


def test_two_changes_at_once(service: PackagesService, get: Get, tmp_path: Path) -> None:
    """Changes from several threads come one after the other; the tree before the last is kept for who is reading it."""
    problems: list[Exception] = []

    def change(name: str) -> None:
        try:
            service.change(RepositoryChange(**{name: ("1.28",)}))
        except Exception as error:  # noqa: BLE001 - collected
            problems.append(error)

    threads = [threading.Thread(target=change, args=(name,)) for name in ("withdraw", "publish", "withdraw")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    assert sorted(path.name for path in (tmp_path / "w").glob("tree*")) == ["tree2", "tree3"]
    assert get(RELEASE).status_code == 200


# Faults


def test_a_fault_outlives_a_change(service: PackagesService, get: Get) -> None:
    """Publishing and signing again keep it; the fault that says nothing ends it."""
    service.spoil(RepositoryFault(release={"Origin": "x"}))
    service.change(RepositoryChange(publish=("1.28",)))
    service.refresh()
    during = get(RELEASE).text
    service.spoil(RepositoryFault())

    assert ("Origin: x\n" in during, "Origin: x\n" in get(RELEASE).text) == (True, False)


def test_what_the_host_is_like(service: PackagesService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Address and certificate are those of the repository's own names."""
    monkeypatch.setattr(service, "_certificates", ("good", "expired"))
    service.spoil(RepositoryFault(address="10.0.0.14", certificate="expired"))

    names = ("packages.microsoft.com", "management.azure.com")

    assert [service.address_of(name) for name in names] == ["10.0.0.14", ""]
    assert [service.certificate_for(name) for name in names] == ["expired", "good"]


def test_another_address_needs_a_name_server(service: PackagesService, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cloud that answers for no names refuses it, and says what to do."""
    monkeypatch.setattr(service, "_has_name_server", False)
    with pytest.raises(BadInput, match="no name server") as caught:
        service.spoil(RepositoryFault(address="10.0.0.14"))

    assert "--name-server" in caught.value.hint


@pytest.mark.parametrize(
    "fault",
    [RepositoryFault(without=("**/by-hash", "**/SHA256")), RepositoryFault(earlier=("**",)),
     RepositoryFault(without=("**",))],
    ids=["a folder and what is in it", "all that was", "all"],
)  # fmt: skip
def test_patterns_may_overlap_and_match_folders(
    service: PackagesService, get: Get, tmp_path: Path, fault: RepositoryFault
) -> None:
    """What is gone already needs no removal, and no other tree is left behind."""
    service.spoil(fault)
    service.spoil(RepositoryFault())

    assert get(RELEASE).status_code == 200
    assert not list((tmp_path / "w").glob("earlier-*"))


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (RepositoryFault(without=("../x",)), "pattern"),
        (RepositoryFault(earlier=("/etc/*",)), "pattern"),
        (RepositoryFault(without=("**x",)), "pattern"),
        (RepositoryFault(without=(".",)), "pattern"),
        (RepositoryFault(age_s=10**12), "age_s"),
        (RepositoryFault(release={"Origin": "a\nb"}), "no line"),
        (RepositoryFault(release={"Origin": "a\nb"}, newest={"Origin": "a"}), "no line"),
        (RepositoryFault(newest={"two words": "a"}), "no line"),
        (RepositoryFault(certificate="expired"), "no certificate"),
        (RepositoryFault(address="10.0.0.300"), "IPv4"),
    ],
    ids=[
        "above",
        "absolute",
        "half stars",
        "nothing",
        "age",
        "two lines",
        "two lines beside one",
        "no name",
        "no certificate",
        "no address",
    ],
)
def test_a_fault_that_cannot_be(service: PackagesService, get: Get, fault: RepositoryFault, word: str) -> None:
    """It is refused before anything is built."""
    before = get(RELEASE).text
    with pytest.raises(BadInput, match=word) as caught:
        service.spoil(fault)

    assert (caught.value.reference, get(RELEASE).text) == ("repository-fault", before)
