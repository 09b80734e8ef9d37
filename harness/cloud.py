"""Start a case's cloud: the simulated Azure, its name server and its control socket, in a container."""

from __future__ import annotations

import contextlib
import secrets
import select
import shutil
import socket
import tempfile
import uuid
from pathlib import Path

import msgspec

from harness.control import Control
from harness.errors import LabError
from harness.machines.session import new_socket_path
from harness.owners import RUN_TIME_PREFIX
from harness.prepared import Prepared
from harness.substrate.docker import (
    LABEL_CASE,
    LABEL_FOLDER,
    LABEL_KEEP,
    LABEL_OWNER,
    LABEL_RUN,
    ContainerSpec,
    Network,
    Substrate,
)
from harness.wait import wait_for
from simulator import contract
from simulator.contract import Principal

START_LIMIT_S = 30.0
CLOUD_LOG = "cloud.log"
_FOLDER = "/srv/cases"  # the host's folder, in the container
_SOCKET = "fork"
ONBOARDING_ROLE = "Azure Connected Machine Onboarding"
ADMINISTRATOR_ROLE = "Azure Connected Machine Resource Administrator"


def new_azure() -> contract.Case:
    """Make up a tenant, a subscription and the people of one case; ids and secrets are new each time."""
    return contract.Case(
        tenant_id=str(uuid.uuid4()),
        subscription_id=str(uuid.uuid4()),
        subscription_name="arclab",
        location="eastus",
        resource_group="arclab-rg",
        principals=(
            _application("onboarding", ONBOARDING_ROLE),
            _application("administrator", "Owner"),
            _application("resource-administrator", ADMINISTRATOR_ROLE),
            _application("reader", "Reader"),
            _application("stranger"),
            Principal(
                name="person", object_id=str(uuid.uuid4()), secret=secrets.token_urlsafe(12),
                upn="person@arclab.example", roles=(ONBOARDING_ROLE, ADMINISTRATOR_ROLE),
            ),
        ),
    )  # fmt: skip


def _application(name: str, *roles: str) -> Principal:
    return Principal(
        name=name, object_id=str(uuid.uuid4()), client_id=str(uuid.uuid4()), secret=f"s~{secrets.token_urlsafe(24)}",
        roles=roles,
    )  # fmt: skip


class CloudHost:
    """A network and a container in which the clouds of one worker's cases run, one after the other.

    A cloud is a process of its own, forked from one that has loaded everything. So a case waits neither for a network
    nor for a container nor for a program to start, and yet finds nothing of the case before it. Lives until `close`.
    `folder` is on the host and in the container; a case has a part of it.
    """

    def __init__(self, prepared: Prepared, labels: dict[str, str]) -> None:
        """Make the network and start the container, marked with `labels`.

        Raises: LabError or EnvironmentProblem when the engine refuses; nothing is left behind.
        """
        self.prepared = prepared
        self.folder = Path(tempfile.mkdtemp(prefix=RUN_TIME_PREFIX))
        self._cases = 0
        self._labels = labels
        self._closed: Network | None = None
        with contextlib.ExitStack() as stack:
            stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
            owner = {LABEL_RUN: prepared.run_id, LABEL_OWNER: prepared.owner, LABEL_FOLDER: str(self.folder)}
            self.substrate = Substrate(prepared.engine_url, owner, prepared.subnets)
            stack.callback(self.substrate.close)
            self.network = self.substrate.create_network(self.name, labels)
            stack.callback(self.substrate.remove_network, self.network.id)
            self._container = self.substrate.start(self._spec(), labels)
            stack.callback(self._container.remove)
            self._stack = stack.pop_all()

    @property
    def name(self) -> str:
        """Give what the names of all its parts begin with; no other host has the same."""
        return f"arclab-{self.prepared.run_id}-{self.folder.name.removeprefix(RUN_TIME_PREFIX)}"

    def new_folder(self) -> Path:
        """Make a folder for the next case."""
        self._cases += 1
        return readable_folder(self.folder / str(self._cases))

    def closed_network(self) -> Network:
        """Give the network on which the cloud answers for names only, and knows none; made when it is first needed.

        Raises: LabError or EnvironmentProblem when the engine refuses.
        """
        if self._closed is None:
            closed = self.substrate.create_network(f"{self.name}-closed", self._labels)
            self._stack.callback(self.substrate.remove_network, closed.id)
            self._container.plug(closed, closed.address(0))
            self._closed = closed
        return self._closed

    def start(
        self, azure: contract.Case, folder: Path, published: tuple[str, ...] = (), *, is_private: bool = False
    ) -> Cloud:
        """Start a case's cloud; it is at the network's address 0. `folder` is the case's, from `new_folder`.

        With `is_private` the closed network, which has to be there, knows Azure Arc's names.

        Raises: LabError when it cannot be started.
        """
        for part in ("control", "clock"):
            readable_folder(folder / part)
        new_socket_path(folder / "control", "s")
        (folder / "clock" / "faketimerc").write_text("+0\n")
        (folder / "case.json").write_bytes(msgspec.json.encode(azure))
        inside = f"{_FOLDER}/{folder.name}"
        words = _words(inside, self.network.address(0), self._closed, published, is_private=is_private)
        request = contract.ForkRequest(words, f"{inside}/{CLOUD_LOG}")
        connection = self._connected()
        try:
            connection.sendall(msgspec.json.encode(request) + b"\n")
        except OSError as error:
            connection.close()
            raise LabError("cloud-ended", f"the cloud's container takes no request: {error}.") from error
        return Cloud(connection, folder)

    def is_sound(self) -> bool:
        """Say whether it can start another cloud. Raises: LabError when the engine does not answer."""
        return self._container.is_running()

    def _spec(self) -> ContainerSpec:
        prepared = self.prepared
        return ContainerSpec(
            name=f"{self.name}-cloud",
            image=prepared.cloud_image,
            command=["arclab-sim", "fork-server", "--socket", f"{_FOLDER}/{_SOCKET}"],
            role="cloud",
            network=self.network,
            address=self.network.address(0),
            hostname="cloud",
            mounts={
                self.folder: (_FOLDER, "rw"),
                Path(prepared.tls): ("/srv/tls", "ro"),
                Path(prepared.repository): ("/srv/repository", "ro"),
                Path(prepared.signing_keys): ("/srv/keys", "ro"),
                Path(prepared.extensions): ("/srv/extensions", "ro"),
            },
        )

    def _connected(self) -> socket.socket:
        """Connect to the fork server, which a new container has to start first."""
        container = self._container
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

        def is_there() -> bool:
            try:
                connection.connect(str(self.folder / _SOCKET))
            except (FileNotFoundError, ConnectionRefusedError):
                if not container.is_running():
                    raise LabError(
                        "cloud-ended", "the cloud's container ended.", hint=container.log_tail().strip()
                    ) from None
                return False
            return True

        try:
            wait_for("the cloud's container", is_there, START_LIMIT_S, lambda: container.log_tail().strip())
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Remove container, network and folder."""
        self._stack.close()


class CloudHosts:
    """Gives the cases of one worker their hosts. Lives until `close`."""

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self._shared: CloudHost | None = None

    def take(self, case: str, stack: contextlib.ExitStack) -> CloudHost:
        """Give the host of the cases before; where failed cases are kept, a new one, which ends with `stack`.

        Raises: LabError or EnvironmentProblem when one is needed and cannot be made.
        """
        if self.prepared.keep_failed:
            own = CloudHost(self.prepared, {LABEL_CASE: case, LABEL_KEEP: "1"})
            stack.callback(own.close)
            return own
        if self._shared is not None and not self._shared.is_sound():
            self.close()
        if self._shared is None:
            self._shared = CloudHost(self.prepared, {})
        return self._shared

    def close(self) -> None:
        """Remove the host."""
        shared, self._shared = self._shared, None
        if shared is not None:
            shared.close()


class Cloud:
    """One case's cloud. Lives until `close`."""

    def __init__(self, connection: socket.socket, folder: Path) -> None:
        self._connection = connection
        self._log = folder / CLOUD_LOG
        self.socket = folder / "control" / "s"

    def log(self) -> str:
        """Give what its program has printed."""
        try:
            return self._log.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def await_ready(self, control: Control) -> None:
        """Wait until it answers. Raises: LabError with its output, at once when it has ended."""

        def is_ready() -> bool:
            if control.is_ready():
                return True
            if self._has_ended():
                raise LabError("cloud-ended", "the cloud ended while it started.", hint=self.log().strip())
            return False

        wait_for("the cloud", is_ready, START_LIMIT_S, lambda: self.log().strip() or "no output")

    def _has_ended(self) -> bool:
        readable, _, _ = select.select([self._connection], [], [], 0)
        return bool(readable)  # nothing is ever sent: the other side has closed it

    def keep(self) -> None:
        """Let it live on after this process, if it lives."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._connection.sendall(b"k")

    def close(self) -> None:
        """End it."""
        self._connection.close()


def readable_folder(path: Path) -> Path:
    """Make a folder that other users of a machine may look into, whatever the umask."""
    path.mkdir()
    path.chmod(0o755)
    return path


def _words(
    folder: str, address: str, closed: Network | None, published: tuple[str, ...], *, is_private: bool
) -> tuple[str, ...]:
    """Give the command line of a cloud; `folder` is the case's in the container."""
    words = (
        "serve", "--listen", "0.0.0.0:443", "--http-listen", "0.0.0.0:80", "--tls-dir", "/srv/tls",
        "--case", f"{folder}/case.json", "--control-socket", f"{folder}/control/s",
        "--clock-file", f"{folder}/clock/faketimerc", "--repository", "/srv/repository", "--signing-keys", "/srv/keys",
        "--extensions", "/srv/extensions", "--windows", "/srv/repository/signed",
        "--name-server", "0.0.0.0:53", "--address", address,
    )  # fmt: skip
    network = ("--closed-network", str(closed.subnet)) if closed else ()
    private = ("--private-address", closed.address(0)) if closed and is_private else ()
    return (*words, *network, *private, *(word for release in published for word in ("--publish", release)))
