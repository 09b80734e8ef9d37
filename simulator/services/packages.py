"""packages.microsoft.com: files of the repository, and its changes in mid-case. See docs/wire/packages.md."""

from __future__ import annotations

import ipaddress
import re
import shutil
import threading
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path

from starlette.responses import PlainTextResponse, Response

from simulator.call import Call
from simulator.contract import DOWNLOAD_HOST, PACKAGES_HOST, PackageIndex, RepositoryChange, RepositoryFault
from simulator.errors import ApiError, BadInput
from simulator.packaging import read_index
from simulator.repository.apt import SOUND, VALID_FOR
from simulator.repository.hostile import build_hostile_tree
from simulator.repository.signing import Signer
from simulator.repository.tree import SIGNED, SPECIFICATION, TREE, offered, read_specification
from simulator.served_files import ServedFile, find_served

_OLDEST_S = 10**9  # some 30 years
_HALF_STARS = re.compile(r"\*\*[^/]|[^/]\*\*")  # `**` is a whole part of a path
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_MEDIA_TYPES = {
    ".gz": "application/gzip",
    ".xz": "application/x-xz",
    ".xml": "text/xml",
    ".asc": "text/plain",
    ".rpm": "application/x-rpm",
}


class PackagesService:
    """Serves a built repository. The first change makes a tree of its own below `work`, beside the shared one.

    `now` gives lab time; `certificates` are the words of those that the host can show; `has_name_server` says whether
    the cloud answers for names, without which none can have another address. Changes are made in threads, one
    after the other, while the event loop goes on serving.
    """

    def __init__(
        self,
        repository: Path,
        keys: Path,
        work: Path,
        now: Callable[[], datetime],
        certificates: Collection[str] = ("good",),
        *,
        has_name_server: bool = False,
    ) -> None:
        self._repository = repository
        self._keys = keys
        self._work = work
        self._now = now
        self._certificates = certificates
        self._has_name_server = has_name_server
        self._tree = repository / TREE
        self._published: frozenset[str] | None = None
        self._fault = SOUND
        self._built_at = now()
        self._generation = 0
        self._changing = threading.Lock()

    def name(self, call: Call) -> str:
        """Give the operation's name."""
        return "packages.get" if call.method in ("GET", "HEAD") else "packages.unknown"

    def render(self, error: ApiError, call: Call) -> Response:  # noqa: ARG002 - all services render alike
        """Give the error as a file server does: a line of text."""
        return PlainTextResponse(f"{error.message}\n", error.status, error.headers)

    async def answer(self, call: Call) -> Response:
        """Answer GET and HEAD with a file, whole or in ranges. Raises: ApiError 404 for what is not there, 405."""
        request = call.request
        if request.method not in ("GET", "HEAD"):
            raise ApiError(405, "MethodNotAllowed", "method not allowed", headers={"Allow": "GET, HEAD"})
        path = find_served(self._tree, request.url.path)
        if path is None:
            raise ApiError(404, "NotFound", f"{request.url.path} is not here")
        return ServedFile(call, path, _MEDIA_TYPES.get(path.suffix, "application/octet-stream"))

    @property
    def is_stale(self) -> bool:
        """Say whether half of the metadata's validity is over, so that it has to be signed again."""
        return self._now() - self._built_at > VALID_FOR / 2

    @property
    def published(self) -> frozenset[str] | None:
        """Give the releases that are published; None for all."""
        return self._published

    def refresh(self) -> None:
        """Sign the metadata again with the lab clock's time. Blocks. Raises: SimulatorError when signing fails."""
        with self._changing:
            self._rebuild(self._published, read_index(self._repository / SIGNED), self._fault)

    def change(self, change: RepositoryChange) -> None:
        """Publish or withdraw releases. Blocks until the new metadata is served. Raises: BadInput, SimulatorError."""
        index = read_index(self._repository / SIGNED)
        known = {entry.release for entry in index.packages}
        for name in (*change.publish, *change.withdraw):
            if name not in known:
                raise BadInput(
                    "release-unknown", f"there is no release '{name}'.", hint=f"Known: {', '.join(sorted(known))}."
                )
        with self._changing:
            before = known if self._published is None else self._published
            after = frozenset((before | set(change.publish)) - set(change.withdraw))
            self._rebuild(after, index, self._fault)

    def spoil(self, fault: RepositoryFault) -> None:
        """Let the repository have this fault and no other. Blocks. Raises: BadInput, SimulatorError."""
        self._check(fault)
        with self._changing:
            self._rebuild(self._published, read_index(self._repository / SIGNED), fault)

    def address_of(self, host: str) -> str:
        """Give the address that a name has instead of the cloud's; empty where it has none."""
        return self._fault.address if host in (PACKAGES_HOST, DOWNLOAD_HOST) else ""

    def certificate_for(self, host: str) -> str:
        """Say what is wrong with the certificate that is shown for a name: a word of the contract's."""
        return self._fault.certificate if host in (PACKAGES_HOST, DOWNLOAD_HOST) else "good"

    def publish_only(self, releases: tuple[str, ...]) -> None:
        """Publish these and no others. Blocks. Raises: BadInput."""
        known = {entry.release for entry in read_index(self._repository / SIGNED).packages}
        self.change(RepositoryChange(publish=releases, withdraw=tuple(sorted(known - set(releases)))))

    def _check(self, fault: RepositoryFault) -> None:
        """Raises: BadInput for what cannot be."""
        for pattern in (*fault.without, *fault.earlier):
            if not pattern.strip("./") or pattern.startswith("/") or ".." in pattern or _HALF_STARS.search(pattern):
                raise BadInput("repository-fault", f"'{pattern}' is no pattern of paths below the repositories.")
        for name, value in (*fault.release.items(), *fault.newest.items()):
            if not _FIELD.fullmatch(name) or not value.isprintable():
                raise BadInput("repository-fault", f"'{name}: {value}' is no line of apt's metadata.")
        if not 0 <= fault.age_s <= _OLDEST_S:
            raise BadInput("repository-fault", f"'age_s' is {fault.age_s}, which is not from 0 to {_OLDEST_S}.")
        if fault.certificate not in self._certificates:
            raise BadInput(
                "repository-fault", f"this cloud has no certificate '{fault.certificate}'.",
                hint="Let 'arclab-sim tls' make its certificates in a new folder.",
            )  # fmt: skip
        if fault.address and not self._has_name_server:
            raise BadInput(
                "repository-fault", "this cloud has no name server, whose names could have an 'address'.",
                hint="Serve it with --name-server HOST:PORT.",
            )  # fmt: skip
        try:
            _ = fault.address and ipaddress.IPv4Address(fault.address)
        except ValueError as error:
            raise BadInput("repository-fault", f"'address' is no IPv4 address: {error}.") from error

    def _rebuild(self, published: frozenset[str] | None, index: PackageIndex, fault: RepositoryFault) -> None:
        """Write a new tree and serve it. A failure leaves the old one; what was written of the new one stays unused."""
        self._generation += 1
        target = self._work / f"tree{self._generation}"
        packages = _copied(self._repository / SIGNED, self._work / SIGNED)  # hard links do not cross mounts
        specification = read_specification(self._repository / SPECIFICATION)
        signer = Signer(_copied(self._keys, self._work / "keys", "S.*", ".#*", "*.lock"))  # gpg writes into its home
        now = self._now()
        configuration = self._repository / TREE / "config"
        if configuration.exists():  # not where no repository is offered, as for machines with Windows alone
            shutil.copytree(configuration, target / "config")
        build_hostile_tree(
            packages, offered(index, published), specification, signer, target,
            keys=self._work, now=now - timedelta(seconds=1), fault=fault,
        )  # fmt: skip
        self._tree, self._published, self._built_at, self._fault = target, published, now, fault
        self._drop_trees_before(self._generation - 1)

    def _drop_trees_before(self, generation: int) -> None:
        """Remove trees that nobody reads: an answer that is just being sent may still want the one before the last."""
        for old in self._work.glob("tree*"):
            if int(old.name.removeprefix("tree")) < generation:
                shutil.rmtree(old)


def _copied(source: Path, target: Path, *without: str) -> Path:
    """Give a folder's copy, made whole and once; a gpg home has to be the owner's alone."""
    if not target.exists():
        partial = target.with_name(f"{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(source, partial, ignore=shutil.ignore_patterns(*without))
        partial.chmod(0o700)
        partial.rename(target)
    return target
