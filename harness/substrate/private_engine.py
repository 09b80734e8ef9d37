"""arclab's own dockerd: started where no engine answers, stopped on request.

Starting it needs root on Debian or Ubuntu, where docker.io is installed with apt.
"""

from __future__ import annotations

import fcntl
import hashlib
import ipaddress
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import docker

from harness.errors import EnvironmentProblem, UsageError
from harness.settings import Settings
from harness.substrate.engine import (
    HOW_TO,
    Engine,
    Progress,
    ask,
    candidates,
    find_engine,
    private_folder,
    private_socket,
    require_fit,
)
from harness.substrate.host_packages import can_install, install_on_host

_START_LIMIT_S = 60.0
_BRIDGE = "arclab"


def ensure_engine(settings: Settings, progress: Progress) -> Engine:
    """Find a running engine or start arclab's own. Raises: EnvironmentProblem when neither is possible."""
    try:
        return require_fit(find_engine(settings))
    except EnvironmentProblem:
        if settings.docker_host or os.geteuid() != 0:
            raise
    with _locked(settings):
        running = [ask(url, is_private=own) for url, own in candidates(settings)]
        found = next((engine for engine in running if engine is not None), None)
        return found or _start_private(settings, progress)


@contextmanager
def _locked(settings: Settings) -> Iterator[None]:
    folder = private_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start_private(settings: Settings, progress: Progress) -> Engine:
    progress.start("engine")
    if shutil.which("dockerd") is None:
        _install_dockerd(progress)
        started = next(filter(None, (ask(url, is_private=own) for url, own in candidates(settings))), None)
        if started is not None:  # the package has started the system's own
            progress.done("engine")
            return started
    folder = private_folder(settings)
    socket = private_socket(settings)
    socket.unlink(missing_ok=True)
    (folder / "docker.pid").unlink(missing_ok=True)
    _forget_dead(folder / "exec" / "containerd" / "containerd.pid", "containerd")
    log = folder / "dockerd.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            private_command(folder, socket, settings.subnets),
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < deadline and process.poll() is None:
        engine = ask(f"unix://{socket}", is_private=True) if socket.is_socket() else None
        if engine is not None:
            progress.done("engine")
            return engine
        time.sleep(0.1)
    progress.fail("engine")
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-12:])
    raise EnvironmentProblem("engine-start", "arclab's own dockerd did not start.", place=str(log), hint=tail)


def _forget_dead(pid_file: Path, name: str) -> None:
    """Remove a process's pid file when it has ended.

    After a kill dockerd waits in vain for a containerd that nobody has reaped yet, or whose number another process has.
    """
    text = pid_file.read_text().strip() if pid_file.exists() else ""
    if not (text.isdigit() and _is_running(int(text), name)):
        pid_file.unlink(missing_ok=True)


def _is_running(pid: int, name: str) -> bool:
    """Say whether a process of this name runs; one that has ended and was not reaped does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return f"({name})" in stat and stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def _install_dockerd(progress: Progress) -> None:
    if not can_install():
        progress.fail("engine")
        raise EnvironmentProblem("engine-missing", "no container engine is installed.", hint=HOW_TO)
    try:
        install_on_host(["docker.io", "iproute2"], partial(progress.step, "engine"))
    except EnvironmentProblem:
        progress.fail("engine")
        raise


def private_command(folder: Path, socket: Path, subnets: str) -> list[str]:
    """Give the command line of arclab's own dockerd: its own data, socket and bridge; no TCP.

    `--bridge=none` would delete the bridge of another engine on the host (measured), so the default bridge of ours
    has a name of its own and is not used by anything. One name serves every state directory's engine: it is made
    from the folder. Without `--ip-masq=false` it would translate addresses, also those of networks that another engine
    makes in the same range after a kill has left the rule behind (measured); no network of arclab's has a way out.
    """
    bridge = bridge_name(folder)
    blocks = list(ipaddress.IPv4Network(subnets).subnets(new_prefix=24))
    block = blocks[int(_digest(folder), 16) % len(blocks)]
    _ensure_bridge(bridge, f"{block.network_address + 1}/24")
    return [
        "dockerd", "--host", f"unix://{socket}",
        "--data-root", str(folder / "data"), "--exec-root", str(folder / "exec"),
        "--pidfile", str(folder / "docker.pid"), "--bridge", bridge, "--ip-masq=false",
        "--containerd-namespace", "arclab", "--containerd-plugins-namespace", "arclab-plugins",
    ]  # fmt: skip


def bridge_name(folder: Path) -> str:
    """Name the bridge of the engine in a folder."""
    return f"{_BRIDGE}-{_digest(folder)}"


def is_own_bridge(name: str) -> bool:
    """Say whether a network device is the bridge of an engine of arclab's, whichever state directory it is in."""
    return name.startswith(f"{_BRIDGE}-")


def _digest(folder: Path) -> str:
    return hashlib.sha256(str(folder).encode()).hexdigest()[:8]


def _ensure_bridge(name: str, address: str) -> None:
    """Make the bridge device if it is not there."""
    if Path(f"/sys/class/net/{name}").exists():
        return
    for command in (["ip", "link", "add", name, "type", "bridge"], ["ip", "address", "add", address, "dev", name]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0 and "File exists" not in done.stderr:
            raise EnvironmentProblem("engine-bridge", f"'{' '.join(command)}' failed: {done.stderr.strip()}.")


def stop_private(settings: Settings, *, force: bool = False) -> str:
    """Stop arclab's own engine, and take away what a killed one left; give what was done.

    Raises: UsageError when containers run in it and `force` is not set.
    """
    pid_file = private_folder(settings) / "docker.pid"
    engine = (
        ask(f"unix://{private_socket(settings)}", is_private=True) if private_socket(settings).is_socket() else None
    )
    if engine is None or not pid_file.exists():
        _remove_remains(private_folder(settings))
        return "arclab's own engine is not running"
    api = docker.APIClient(base_url=engine.url, version="auto")
    running = api.containers()
    api.close()
    if running and not force:
        raise UsageError(
            "engine-busy",
            f"{len(running)} containers run in arclab's own engine.",
            hint="Wait for them, or use --force.",
        )
    pid = int(pid_file.read_text())
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < deadline and _is_running(pid, "dockerd"):
        time.sleep(0.1)
    _remove_remains(private_folder(settings))
    return "arclab's own engine is stopped"


def _remove_remains(folder: Path) -> None:
    """Take away what a stopped dockerd leaves: mounts below its folder, and the bridge device."""
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    below = sorted((path for path in mounts if path.startswith(f"{folder}/")), reverse=True)
    for command in (*(["umount", path] for path in below), ["ip", "link", "delete", bridge_name(folder)]):
        subprocess.run(command, capture_output=True, check=False)  # gone already is fine
