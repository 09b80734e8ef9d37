"""Find a container engine, or start a private one.

Looked for in this order: DOCKER_HOST, the default socket, podman's Docker-compatible sockets, arclab's own dockerd
under the state directory. Starting the own one needs root on Debian or Ubuntu, where docker.io is installed with apt.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import docker
import docker.errors
import requests.exceptions

from harness.errors import EnvironmentProblem
from harness.settings import Settings

DEFAULT_SOCKET = Path("/var/run/docker.sock")
ROOTFUL_PODMAN = Path("/run/podman/podman.sock")
HOW_TO = (
    "Start Docker (systemctl start docker) or podman (systemctl start podman.socket), or set DOCKER_HOST.\n"
    "On Debian and Ubuntu, as root, arclab does it by itself: apt-get update && apt-get install docker.io"
)


class Progress(Protocol):
    """Who hears of preparations."""

    def start(self, name: str) -> None: ...
    def step(self, name: str, text: str) -> None: ...
    def done(self, name: str) -> None: ...
    def fail(self, name: str) -> None: ...


@dataclass(frozen=True)
class Engine:
    """A running engine. `cgroup` is the layout that machines see: `v1` (also hybrid) or `v2`."""

    url: str
    kind: str  # docker or podman
    version: str
    api_version: str
    cgroup: str
    root: str
    is_private: bool
    unfit: str = ""  # why machines cannot run on it, or empty


@dataclass(frozen=True)
class MachineStart:
    """How a container with systemd as PID 1 is started on an engine.

    No engine needs `--privileged`: systemd needs a cgroup tree that it may write, and tmpfs for its run-time folders.
    Source: measured on Docker 20.10 with the hybrid layout; Assumed: the v2 layout follows systemd's container
    interface (it could not be tried on this kind of host).
    """

    host_config: dict[str, Any] = field(default_factory=dict)
    mounts: dict[str, str] = field(default_factory=dict)
    tmpfs: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=lambda: {"container": "docker"})
    stop_signal: str = "SIGRTMIN+3"


def machine_host_config(engine: Engine) -> MachineStart:
    """Give how machines are started on this engine."""
    tmpfs = {"/run": "", "/run/lock": "", "/tmp": "exec"}  # noqa: S108 - inside the machine
    if engine.kind == "podman":
        return MachineStart(tmpfs={"/tmp": "exec"})  # noqa: S108 - podman sees /sbin/init and does the rest itself
    tree = "/sys/fs/cgroup" if engine.cgroup == "v2" else "/sys/fs/cgroup/systemd"
    return MachineStart(host_config={"cgroupns": "host"}, mounts={tree: tree}, tmpfs=tmpfs)


def find_engine(settings: Settings) -> Engine:
    """Find a running engine. Raises: EnvironmentProblem when none answers, with what to do."""
    for url, is_private in candidates(settings):
        engine = ask(url, is_private=is_private)
        if engine is not None:
            return engine
        if url == settings.docker_host:
            raise EnvironmentProblem(
                "engine-unreachable",
                f"DOCKER_HOST is '{url}', and no engine answers there.",
                hint="Start it, or unset it.",
            )
    closed = [path for path in (DEFAULT_SOCKET, ROOTFUL_PODMAN) if path.exists() and not os.access(path, os.W_OK)]
    if closed:
        raise EnvironmentProblem(
            "engine-denied", f"this user may not use '{closed[0]}'.",
            hint="Run as root, or join the socket's group: sudo usermod -aG docker $USER, and sign in again.",
        )  # fmt: skip
    raise EnvironmentProblem("engine-missing", "no container engine is running.", hint=HOW_TO)


def candidates(settings: Settings) -> list[tuple[str, bool]]:
    """Give the addresses to try, in order, and whether each is arclab's own engine."""
    if settings.docker_host:
        return [(settings.docker_host, False)]
    sockets = [(DEFAULT_SOCKET, False), (ROOTFUL_PODMAN, False)]
    if settings.run_time_directory:
        sockets.append((Path(settings.run_time_directory) / "podman" / "podman.sock", False))
    sockets.append((private_socket(settings), True))
    return [(f"unix://{path}", is_private) for path, is_private in sockets if is_socket(path)]


def is_socket(path: Path) -> bool:
    """Say whether a socket is there that this user may see; podman's folder is often closed to all but root."""
    try:
        return path.is_socket()
    except PermissionError:
        return False


def ask(url: str, *, is_private: bool) -> Engine | None:
    """Ask an engine what it is; None when nobody answers."""
    try:
        api = docker.APIClient(base_url=url, version="auto", timeout=10)
    except (docker.errors.DockerException, requests.exceptions.RequestException):
        return None
    try:
        info, version = api.info(), api.version()
    except (docker.errors.DockerException, requests.exceptions.RequestException):
        return None
    finally:
        api.close()
    names = " ".join(str(part.get("Name", "")) for part in version.get("Components") or [])
    kind = "podman" if "podman" in names.lower() else "docker"
    return Engine(
        url=url, kind=kind, version=str(version["Version"]), api_version=str(version["ApiVersion"]),
        cgroup="v2" if str(info.get("CgroupVersion", "1")) == "2" else "v1", root=str(info.get("DockerRootDir", "/")),
        is_private=is_private, unfit=why_unfit(info),
    )  # fmt: skip


def why_unfit(info: dict[str, Any]) -> str:
    """Say why systemd machines cannot run on an engine that describes itself so; empty when they can.

    Machines share sockets and a cgroup tree with this host, which a virtual machine or a user namespace keeps apart.
    """
    if "Docker Desktop" in str(info.get("OperatingSystem", "")):
        return "it is Docker Desktop, whose containers run in a virtual machine"
    if any("rootless" in str(option) for option in info.get("SecurityOptions") or []):
        return "it is rootless"
    return ""


def describe(engine: Engine) -> str:
    """Say in one line which engine it is."""
    own = ", arclab's own" if engine.is_private else ""
    return f"{engine.kind} {engine.version} (API {engine.api_version}, cgroups {engine.cgroup}{own}) at {engine.url}"


def private_folder(settings: Settings) -> Path:
    """Give the folder of arclab's own engine."""
    return settings.state / "engine"


def private_socket(settings: Settings) -> Path:
    """Give the socket of arclab's own engine."""
    return private_folder(settings) / "docker.sock"


def require_fit(engine: Engine) -> Engine:
    if engine.unfit:
        raise EnvironmentProblem(
            "engine-unfit", f"machines cannot run on the engine at '{engine.url}': {engine.unfit}.",
            hint="Use Docker Engine on Linux as root: set DOCKER_HOST to its socket.",
        )  # fmt: skip
    return engine


def nearest_folder(path: Path) -> Path:
    """Give the folder itself, or the nearest one above it that is there."""
    return next(folder for folder in (path, *path.parents) if _is_folder(folder))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except PermissionError:  # an engine's data below a folder that is closed to this user
        return False
