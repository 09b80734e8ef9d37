"""What the host is like, for the doctor: everything is looked at, nothing is changed."""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from harness.errors import ArclabError
from harness.owners import is_alive
from harness.settings import Settings
from harness.substrate.bootstrap import find_mirrors
from harness.substrate.docker import LABEL_KEEP, LABEL_OWNER, Substrate
from harness.substrate.engine import DEFAULT_SOCKET, Engine, find_engine, is_socket, nearest_folder
from harness.substrate.host_packages import can_install
from harness.substrate.images import list_images

_REGISTRY_PATIENCE_S = 4.0
_DOCKER_HUB = "registry-1.docker.io"
_RUN_TIME_FOLDER = "arclab-xxxxxxxx/control/s"  # the longest socket path of a case, below TMPDIR


@dataclass(frozen=True)
class Route:
    """One IPv4 route of the host, but for the default one."""

    network: ipaddress.IPv4Network
    device: str


@dataclass(frozen=True)
class InEngine:
    """What arclab has in an engine: images (`arclab/NAME:TAG  SIZE`), bridges, things of runs that live no more."""

    images: tuple[str, ...] = ()
    bridges: tuple[str, ...] = ()
    dead: int = 0
    kept: int = 0


@dataclass(frozen=True)
class Host:
    """Everything that the doctor's checks judge. Sizes in bytes; paths as text."""

    python: tuple[int, int]
    is_root: bool
    capabilities: int  # the effective set, a bit for each
    engine: Engine | None
    engine_problem: str  # why none was found
    refused_socket: str  # a socket that is there and not for this user
    dockerd: str
    can_install: bool
    in_engine: InEngine
    mounts: str  # /proc/self/mounts
    registry: str
    registry_answers: bool
    mirror: str
    mmdebstrap: str
    free_bytes: int
    free_place: str
    inotify_instances: int
    routes: tuple[Route, ...]
    state_parent: str  # the nearest folder that is there
    state_writable: bool
    socket_paths: tuple[str, ...] = field(default=())
    temporary_problem: str = ""
    nfpm: str = ""


def look_at_host(settings: Settings) -> Host:
    """Look at everything. Asks the engine and the registry, so it may take some seconds."""
    engine, problem = _engine(settings)
    mirrors = find_mirrors(settings)
    registry = registry_host(settings.registry_mirror)
    place = nearest_folder(Path(engine.root) if engine is not None else settings.state)
    parent = nearest_folder(settings.state)
    temporary, temporary_problem = _temporary_folder()
    return Host(
        python=(sys.version_info.major, sys.version_info.minor),
        is_root=os.geteuid() == 0,
        capabilities=effective_capabilities(_text("/proc/self/status")),
        engine=engine,
        engine_problem=problem,
        refused_socket=_refused_socket(),
        dockerd=shutil.which("dockerd") or "",
        can_install=can_install(),
        in_engine=_in_engine(engine, settings) if engine is not None else InEngine(),
        mounts=_text("/proc/self/mounts"),
        registry=registry,
        registry_answers=_answers(registry),
        mirror=mirrors.archive if mirrors is not None else "",
        mmdebstrap=shutil.which("mmdebstrap") or "",
        free_bytes=shutil.disk_usage(place).free,
        free_place=str(place),
        inotify_instances=_number(_text("/proc/sys/fs/inotify/max_user_instances")),
        routes=parse_routes(_text("/proc/net/route")),
        state_parent=str(parent),
        state_writable=os.access(parent, os.W_OK | os.X_OK),
        socket_paths=(f"{temporary}/{_RUN_TIME_FOLDER}", str(settings.state / "engine" / "docker.sock")),
        temporary_problem=temporary_problem,
        nfpm=_beside_python("nfpm"),
    )


def parse_routes(table: str) -> tuple[Route, ...]:
    """Read /proc/net/route, but for the default route; addresses are hexadecimal in the machine's byte order."""
    routes: list[Route] = []
    for row in (line.split() for line in table.splitlines()[1:]):
        if len(row) < 8:
            continue
        address, mask = (int.from_bytes(bytes.fromhex(row[column]), sys.byteorder) for column in (1, 7))
        if mask:
            network = ipaddress.IPv4Network((address & mask, mask.bit_count()))
            routes.append(Route(network, row[0]))
    return tuple(routes)


def effective_capabilities(status: str) -> int:
    """Read the effective capabilities from /proc/self/status; 0 where it says nothing."""
    for line in status.splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    return 0


def registry_host(mirror: str) -> str:
    """Give the host that pulled images come from."""
    return mirror.partition("/")[0] if mirror else _DOCKER_HUB


def _engine(settings: Settings) -> tuple[Engine | None, str]:
    try:
        return find_engine(settings), ""
    except ArclabError as error:
        return None, error.message


def _refused_socket() -> str:
    there = is_socket(DEFAULT_SOCKET)
    return str(DEFAULT_SOCKET) if there and not os.access(DEFAULT_SOCKET, os.R_OK | os.W_OK) else ""


def _in_engine(engine: Engine, settings: Settings) -> InEngine:
    try:
        substrate = Substrate(engine.url, {}, settings.subnets)
        try:
            containers, networks = substrate.owned([LABEL_OWNER])
        finally:
            substrate.close()
        images = tuple(list_images(engine))
    except ArclabError:
        return InEngine()  # it has just died; the next look says so
    dead = [found for found in (*containers, *networks) if not is_alive(found["Labels"][LABEL_OWNER])]
    kept = [found for found in dead if LABEL_KEEP in found["Labels"]]
    bridges = tuple(f"br-{network['Id'][:12]}" for network in networks)
    return InEngine(images, bridges, len(dead) - len(kept), len(kept))


def _answers(host: str) -> bool:
    """Say whether a registry answers at all; a refusal to list is an answer."""
    try:
        return httpx.get(f"https://{host}/v2/", timeout=_REGISTRY_PATIENCE_S).status_code < 500
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        return False


def _temporary_folder() -> tuple[str, str]:
    try:
        return tempfile.gettempdir(), ""
    except FileNotFoundError as error:
        return "", str(error.strerror or error)


def _beside_python(program: str) -> str:
    beside = Path(sys.executable).with_name(program)
    return str(beside) if beside.exists() else shutil.which(program) or ""


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _number(text: str) -> int:
    return int(text) if text.strip().isdigit() else 0
