"""Engines are looked for in a fixed order, and machines are started as each kind needs it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import EnvironmentProblem
from harness.settings import Settings
from harness.substrate import engine as engines
from harness.substrate.engine import (
    Engine,
    candidates,
    describe,
    find_engine,
    is_socket,
    machine_host_config,
    nearest_folder,
)

_ENGINE = Engine("unix:///e", "docker", "28.0", "1.48", "v2", "/var/lib/docker", is_private=False)


@pytest.fixture
def make_socket(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Give a factory of sockets below a short folder; they are closed at the end."""
    opened: list[socket.socket] = []

    def make(name: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        opened.append(socket.socket(socket.AF_UNIX))
        opened[-1].bind(str(path))
        return path

    yield make
    for found in opened:
        found.close()


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Give settings for a host whose well-known sockets are below the test's folder."""
    monkeypatch.setattr(engines, "DEFAULT_SOCKET", tmp_path / "docker")
    monkeypatch.setattr(engines, "ROOTFUL_PODMAN", tmp_path / "podman")
    return Settings(state=tmp_path / "state", run_time_directory=str(tmp_path / "run"))


def test_every_socket_is_tried_in_order(host: Settings, make_socket: Callable[[str], Path], tmp_path: Path) -> None:
    """Docker comes before podman, root's before the user's, and arclab's own is last."""
    for name in ("state/engine/docker.sock", "run/podman/podman.sock", "podman", "docker"):
        make_socket(name)

    assert candidates(host) == [
        (f"unix://{tmp_path}/docker", False),
        (f"unix://{tmp_path}/podman", False),
        (f"unix://{tmp_path}/run/podman/podman.sock", False),
        (f"unix://{tmp_path}/state/engine/docker.sock", True),
    ]


def test_only_sockets_are_tried(host: Settings, tmp_path: Path) -> None:
    """A file or nothing in a socket's place is passed over."""
    (tmp_path / "docker").touch()

    assert candidates(host) == []


def test_docker_host_is_the_only_one(host: Settings, make_socket: Callable[[str], Path]) -> None:
    """Who names an engine means no other."""
    make_socket("docker")
    settings = Settings(host.state, docker_host="tcp://other:2375")

    assert candidates(settings) == [("tcp://other:2375", False)]


def test_a_folder_that_is_closed_to_this_user_holds_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """podman's folder may be root's alone, which is no reason to stop looking."""

    def refused(_: Path) -> bool:
        raise PermissionError

    monkeypatch.setattr(Path, "is_socket", refused)

    assert not is_socket(Path("/run/podman/podman.sock"))


def test_the_first_engine_that_answers_is_used(
    host: Settings, make_socket: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket that nobody serves any more is passed over."""
    make_socket("docker")
    make_socket("podman")
    monkeypatch.setattr(
        engines, "ask", lambda url, is_private: _ENGINE if url.endswith("podman") and not is_private else None
    )

    assert find_engine(host) is _ENGINE


@pytest.mark.parametrize(
    ("docker_host", "reference", "hint"),
    [("", "engine-missing", "systemctl start docker"), ("unix:///nowhere", "engine-unreachable", "unset it")],
    ids=["none", "DOCKER_HOST"],
)
def test_no_engine_is_a_problem_of_the_host(
    host: Settings, monkeypatch: pytest.MonkeyPatch, docker_host: str, reference: str, hint: str
) -> None:
    """The error says what to do."""
    monkeypatch.setattr(engines, "ask", lambda _, is_private: None)

    with pytest.raises(EnvironmentProblem) as caught:
        find_engine(Settings(host.state, docker_host=docker_host))

    assert caught.value.reference == reference
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("changes", "mounts", "host_config"),
    [
        ({"cgroup": "v2"}, {"/sys/fs/cgroup": "/sys/fs/cgroup"}, {"cgroupns": "host"}),
        ({"cgroup": "v1"}, {"/sys/fs/cgroup/systemd": "/sys/fs/cgroup/systemd"}, {"cgroupns": "host"}),
        ({"kind": "podman"}, {}, {}),
    ],
    ids=["v2", "v1", "podman"],
)
def test_a_machine_gets_the_cgroups_of_its_engine(
    changes: dict[str, str], mounts: dict[str, str], host_config: dict[str, str]
) -> None:
    """systemd gets a tree that it may write; podman gives it by itself."""
    start = machine_host_config(replace(_ENGINE, **changes))  # type: ignore[arg-type] # only texts are changed

    assert (mounts, host_config) == (start.mounts, start.host_config)


@pytest.mark.parametrize("kind", ["docker", "podman"])
def test_no_machine_is_privileged(kind: str) -> None:
    """A package under test never gets the host."""
    start = machine_host_config(replace(_ENGINE, kind=kind))

    assert {"privileged", "pid_mode", "cap_add", "security_opt"}.isdisjoint(start.host_config)
    assert start.tmpfs["/tmp"] == "exec"


def test_describes_an_engine_in_one_line() -> None:
    """The line says which it is, and whether it is arclab's own."""
    assert describe(replace(_ENGINE, is_private=True)) == (
        "docker 28.0 (API 1.48, cgroups v2, arclab's own) at unix:///e"
    )


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        ({"OperatingSystem": "Debian GNU/Linux 12"}, ""),
        ({"OperatingSystem": "Docker Desktop"}, "it is Docker Desktop, whose containers run in a virtual machine"),
        ({"SecurityOptions": ["name=seccomp,profile=default", "name=rootless"]}, "it is rootless"),
        ({"SecurityOptions": None}, ""),
    ],
    ids=["ordinary", "desktop", "rootless", "none told"],
)
def test_engines_that_cannot_carry_machines(info: dict[str, object], reason: str) -> None:
    """An engine in a virtual machine or a user namespace is refused with the reason."""
    assert engines.why_unfit(info) == reason


def test_the_nearest_folder_is_the_one_that_is_there(tmp_path: Path) -> None:
    """Nothing is made only to be looked at."""
    assert (nearest_folder(tmp_path), nearest_folder(tmp_path / "a" / "b")) == (tmp_path, tmp_path)


def test_what_is_closed_to_the_user_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ordinary user cannot look into the engine's folder; the disk is found from above it."""
    is_dir = Path.is_dir

    def closed(path: Path) -> bool:
        if path.name == "data":
            raise PermissionError
        return is_dir(path)

    monkeypatch.setattr(Path, "is_dir", closed)

    assert nearest_folder(tmp_path / "data") == tmp_path
