"""The only module that speaks to the container engine: networks, containers, execs.

Everything made here carries labels: `arclab.run` (the run's id), `arclab.owner` (host boot id, process id and start
time of the controller), `arclab.case`. A sweep removes what belongs to owners that live no more; other runs are
never touched.
"""

from __future__ import annotations

import ipaddress
import os
import random
import shlex
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import docker
import docker.errors
import docker.types
import requests.exceptions

from harness.errors import EnvironmentProblem, LabError
from harness.substrate.frames import read_to_end
from harness.substrate.layer import Layer
from harness.wait import look_until

LABEL_RUN = "arclab.run"
LABEL_OWNER = "arclab.owner"
LABEL_CASE = "arclab.case"
LABEL_ROLE = "arclab.role"  # cloud, machine, proxy, network, tool
LABEL_MACHINE = "arclab.machine"  # a machine's name in its case
LABEL_KEEP = "arclab.keep"
LABEL_FOLDER = "arclab.folder"  # the case's run-time folder on the host
REFUSED = "engine-refused"  # reference of the error of an engine that answers, and does not do what it is asked
_NETWORK_TRIES = 64
_GONE = (docker.errors.NotFound,)


@dataclass(frozen=True)
class Network:
    """A case's network. Addresses: the engine has the first of the subnet, the cloud the second, machines follow."""

    id: str
    name: str
    subnet: ipaddress.IPv4Network

    def address(self, index: int) -> str:
        """Give the host address with this number; 0 is the cloud's."""
        return str(self.subnet.network_address + 2 + index)


@dataclass(frozen=True)
class ContainerSpec:
    """What to start. `mounts` maps host paths to (path in the container, "ro" or "rw")."""

    name: str
    image: str
    command: list[str]
    role: str
    network: Network | None = None
    address: str = ""
    hostname: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    mounts: dict[Path, tuple[str, str]] = field(default_factory=dict)
    tmpfs: dict[str, str] = field(default_factory=dict)
    dns: tuple[str, ...] = ()
    hosts: dict[str, str] = field(default_factory=dict)  # name -> address, for /etc/hosts
    host_config: dict[str, Any] = field(default_factory=dict)
    stop_signal: str = ""


class Container:
    """A started container. Lives until `remove`."""

    def __init__(self, api: docker.APIClient, identifier: str, spec: ContainerSpec) -> None:
        self._api = api
        self.id = identifier
        self.spec = spec
        self._streams: list[Any] = []  # a stream that is garbage-collected closes its connection

    def exec_socket(self, command: list[str]) -> socket.socket:
        """Start a program and give its stream, outputs multiplexed. Raises: LabError when the container is gone."""
        return self._stream(command, tty=False)

    def terminal_socket(self, command: list[str]) -> socket.socket:
        """Start a program at a terminal of its own and give that. Raises: LabError when the container is gone."""
        return self._stream(command, tty=True)

    def _stream(self, command: list[str], *, tty: bool) -> socket.socket:
        try:
            created = self._api.exec_create(self.id, command, stdin=True, stdout=True, stderr=True, tty=tty)
            stream = self._api.exec_start(created["Id"], socket=True, tty=tty)
        except (docker.errors.APIError, requests.exceptions.RequestException) as error:
            raise LabError(
                "machine-gone", f"no command can be started in '{self.spec.name}': {_reason(error)}."
            ) from error
        self._streams.append(stream)
        return _socket_of(stream)

    def run(self, command: list[str], *, timeout_s: float = 60) -> tuple[int, str]:
        """Run a program to its end; give exit status and output of both streams.

        Raises: LabError when it cannot be run, or has not ended in time; then it is left alone.
        """
        try:
            created = self._api.exec_create(self.id, command)
            stream = self._api.exec_start(created["Id"], socket=True)
            with closing(_response_of(stream)):
                output = read_to_end(_socket_of(stream), timeout_s)
            exit_code, _, _ = look_until(  # the engine may say so a moment after the output has ended
                lambda: self._api.exec_inspect(created["Id"])["ExitCode"], lambda code: code is not None, timeout_s
            )
        except TimeoutError:
            exit_code, output = None, b""
        except (docker.errors.APIError, requests.exceptions.RequestException, OSError) as error:
            raise LabError("machine-gone", f"no command can be run in '{self.spec.name}': {_reason(error)}.") from error
        if exit_code is None:
            raise LabError(
                "command-endless",
                f"'{shlex.join(command)}' in '{self.spec.name}' has not ended after {timeout_s:g} s.",
                hint="The machine or its engine is stuck: 'docker top' shows what runs in it.",
            )
        return int(exit_code), output.decode("utf-8", "replace")

    def start(self, command: list[str]) -> None:
        """Start a program and leave it alone. Raises: LabError when that cannot be done."""
        try:
            self._api.exec_start(self._api.exec_create(self.id, command)["Id"], detach=True)
        except (docker.errors.APIError, requests.exceptions.RequestException) as error:
            raise LabError(
                "machine-gone", f"nothing can be started in '{self.spec.name}': {_reason(error)}."
            ) from error

    def is_running(self) -> bool:
        """Say whether its first process lives. Raises: LabError when the engine does not answer."""
        try:
            return bool(self._api.inspect_container(self.id)["State"]["Running"])
        except _GONE:
            return False
        except (docker.errors.APIError, requests.exceptions.RequestException) as error:
            raise LabError("engine-gone", f"the engine does not answer: {_reason(error)}.") from error

    def layer(self) -> Layer | None:
        """Give the folders of its file system on the engine's host; None where the engine does not tell."""
        try:
            driver = self._api.inspect_container(self.id).get("GraphDriver") or {}
        except (docker.errors.APIError, requests.exceptions.RequestException) as error:
            raise LabError("engine-gone", f"the engine does not answer: {_reason(error)}.") from error
        data = driver.get("Data") or {}
        if "overlay" not in driver.get("Name", "") or not data.get("UpperDir") or not data.get("LowerDir"):
            return None
        return Layer(data["UpperDir"], tuple(data["LowerDir"].split(":")))

    def log_tail(self, lines: int = 30) -> str:
        """Give the last lines that it printed."""
        try:
            return bytes(self._api.logs(self.id, tail=lines)).decode("utf-8", "replace")
        except (docker.errors.APIError, requests.exceptions.RequestException) as error:
            return f"(no log: {_reason(error)})"

    def restart(self) -> None:
        """Stop its first process and start it again in the same file system."""
        self._call("restart", lambda: self._api.restart(self.id, timeout=5))

    def stop(self) -> None:
        """Kill its first process; `restart` starts it again."""
        self._call("stop", lambda: self._api.stop(self.id, timeout=0))

    def unplug(self, network: Network) -> None:
        """Take it off the network."""
        self._call("unplug", lambda: self._api.disconnect_container_from_network(self.id, network.id, force=True))

    def plug(self, network: Network, address: str = "") -> None:
        """Put it on a network with an address, or back on its own with the one it had."""
        where = address or self.spec.address
        self._call("plug", lambda: self._api.connect_container_to_network(self.id, network.id, ipv4_address=where))

    def wait(self, timeout_s: int) -> int:
        """Wait for its end; give the exit status."""
        result: dict[str, Any] = {}
        self._call("wait", lambda: result.update(self._api.wait(self.id, timeout=timeout_s)))
        return int(result["StatusCode"])

    def remove(self) -> None:
        """Kill and remove it with its volumes; gone already is fine."""
        for stream in self._streams:
            _response_of(stream).close()
        try:
            self._api.remove_container(self.id, force=True, v=True)
        except docker.errors.NotFound:
            return
        except (docker.errors.APIError, requests.exceptions.RequestException) as error:
            if "already in progress" not in str(error):
                raise LabError(_kind(error), f"'{self.spec.name}' cannot be removed: {_reason(error)}.") from error

    def _call(self, what: str, action: Any) -> None:
        try:
            action()
        except (docker.errors.APIError, requests.exceptions.RequestException) as error:
            raise LabError(
                _kind(error), f"the engine could not {what} '{self.spec.name}': {_reason(error)}."
            ) from error


class Substrate:
    """A client of one engine, for one owner. `labels` go on everything it makes; networks are cut from `subnets`."""

    def __init__(self, url: str, labels: dict[str, str], subnets: str) -> None:
        self._labels = labels
        self._pool = ipaddress.IPv4Network(subnets)
        try:
            self.api = docker.APIClient(base_url=url, version="auto", timeout=120)
        except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
            raise EnvironmentProblem(
                "engine-unreachable", f"the container engine at '{url}' does not answer: {error}.",
                hint="Run 'arclab engine status', or 'arclab doctor'.",
            ) from error  # fmt: skip

    def close(self) -> None:
        """Close the connections to the engine."""
        self.api.close()

    def create_network(self, name: str, labels: dict[str, str]) -> Network:
        """Make a network on a free /28. Raises: EnvironmentProblem when none is free."""
        blocks = 1 << (28 - self._pool.prefixlen)
        chooser = random.Random(os.urandom(8))  # noqa: S311 - only spreads runs over the range
        for _ in range(_NETWORK_TRIES):
            first = int(self._pool.network_address) + 16 * chooser.randrange(blocks)
            subnet = ipaddress.IPv4Network((first, 28))
            pool = docker.types.IPAMPool(subnet=str(subnet), gateway=str(subnet.network_address + 1))
            try:
                created = self.api.create_network(
                    name, driver="bridge", internal=True, ipam=docker.types.IPAMConfig(pool_configs=[pool]),
                    labels={**self._labels, **labels, LABEL_ROLE: "network"}, check_duplicate=True,
                )  # fmt: skip
            except docker.errors.APIError as error:
                if "overlap" in str(error).lower() or "already in use" in str(error).lower():
                    continue
                raise LabError("network-refused", f"the engine makes no network: {_reason(error)}.") from error
            except requests.exceptions.RequestException as error:
                raise LabError("engine-gone", f"the engine does not answer: {_reason(error)}.") from error
            return Network(created["Id"], name, subnet)
        raise EnvironmentProblem(
            "no-free-subnet", f"no free /28 was found in {self._pool} after {_NETWORK_TRIES} tries.",
            hint="Remove old networks with 'arclab clean', or choose another range with ARCLAB_SUBNETS=10.64.0.0/12.",
        )  # fmt: skip

    def remove_network(self, identifier: str) -> None:
        """Remove a network; containers still on it are unplugged first."""
        try:
            self.api.remove_network(identifier)
        except docker.errors.NotFound:
            return
        except docker.errors.APIError:
            self._remove_plugged(identifier)
        except requests.exceptions.RequestException as error:
            raise LabError("engine-gone", f"the engine does not answer: {_reason(error)}.") from error

    def _remove_plugged(self, identifier: str) -> None:
        try:
            for container in self.api.inspect_network(identifier).get("Containers") or {}:
                self.api.disconnect_container_from_network(container, identifier, force=True)
            self.api.remove_network(identifier)
        except docker.errors.NotFound:
            return
        except (docker.errors.APIError, requests.exceptions.RequestException) as error:
            raise LabError(_kind(error), f"a network cannot be removed: {_reason(error)}.") from error

    @contextmanager
    def container(self, spec: ContainerSpec, labels: dict[str, str]) -> Iterator[Container]:
        """Start a container and remove it at the end."""
        container = self.start(spec, labels)
        try:
            yield container
        finally:
            container.remove()

    def start(self, spec: ContainerSpec, labels: dict[str, str]) -> Container:
        """Create and start a container.

        Raises: LabError when the engine refuses; nothing is left behind.
        """
        api = self.api
        host_config = api.create_host_config(
            binds={str(path): {"bind": bind, "mode": mode} for path, (bind, mode) in spec.mounts.items()},
            tmpfs=spec.tmpfs, dns=list(spec.dns) or None, extra_hosts=spec.hosts or None,
            network_mode=spec.network.name if spec.network else "none",
            **spec.host_config,
        )  # fmt: skip
        networking = None
        if spec.network is not None:
            endpoint = api.create_endpoint_config(ipv4_address=spec.address or None)
            networking = {"EndpointsConfig": {spec.network.name: endpoint}}
        try:
            created = api.create_container(
                spec.image, spec.command, name=spec.name, hostname=spec.hostname or None, environment=spec.environment,
                labels={**self._labels, **labels, LABEL_ROLE: spec.role}, host_config=host_config,
                networking_config=networking, stop_signal=spec.stop_signal or None, detach=True,
            )  # fmt: skip
        except (docker.errors.APIError, requests.exceptions.RequestException) as error:
            raise LabError(
                "container-refused", f"the engine does not create '{spec.name}': {_reason(error)}."
            ) from error
        container = Container(api, created["Id"], spec)
        try:
            api.start(container.id)
        except (docker.errors.APIError, requests.exceptions.RequestException) as error:
            container.remove()
            raise LabError(
                "container-refused", f"the engine does not start '{spec.name}': {_reason(error)}."
            ) from error
        return container

    def adopt(self, name: str) -> Container:
        """Give a running container by its name. Raises: EnvironmentProblem when there is none."""
        try:
            found = self.api.inspect_container(name)
        except docker.errors.NotFound as error:
            raise EnvironmentProblem("container-missing", f"there is no container '{name}'.") from error
        return Container(self.api, found["Id"], ContainerSpec(name, "", [], "machine"))

    def owned(self, filters: list[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """List containers and networks that carry these labels (`key` or `key=value`).

        Raises: LabError when the engine does not answer.
        """
        try:
            containers = self.api.containers(all=True, filters={"label": filters})
            networks = self.api.networks(filters={"label": filters})
        except (docker.errors.APIError, requests.exceptions.RequestException) as error:
            raise LabError("engine-gone", f"the engine does not answer: {_reason(error)}.") from error
        return containers, networks

    def remove_container(self, identifier: str) -> None:
        """Kill and remove a container by its id; gone already is fine."""
        Container(self.api, identifier, ContainerSpec(identifier[:12], "", [], "")).remove()


def _socket_of(stream: Any) -> socket.socket:
    return cast("socket.socket", getattr(stream, "_sock", stream))  # the SDK's wrapper can only read


def _response_of(stream: Any) -> Any:
    """Give what has to be closed: closing the stream or its socket alone leaves the connection open or half read."""
    return getattr(stream, "_response", stream)


def _kind(error: Exception) -> str:
    """Tell an engine that refuses one thing from one that answers nothing any more."""
    return REFUSED if isinstance(error, docker.errors.APIError) else "engine-gone"


def _reason(error: Exception) -> str:
    text = getattr(error, "explanation", None) or str(error)
    return str(text).strip().rstrip(".")
