"""What the host is like is read from its own files."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from harness import host
from harness.errors import EnvironmentProblem, LabError
from harness.host import Route, effective_capabilities, parse_routes, registry_host
from harness.settings import Settings
from harness.substrate.docker import LABEL_KEEP, LABEL_OWNER
from harness.substrate.engine import Engine

_ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
br-0123456789ab\t1002D50A\t00000000\t0001\t0\t0\t0\tF0FFFFFF\t0\t0\t0
tun0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0
broken
"""
_ENGINE = Engine("unix:///e", "docker", "28.0", "1.48", "v2", "/var/lib/docker", is_private=False)


def test_reads_routes() -> None:
    """The default route and broken rows are left out."""
    assert parse_routes(_ROUTES) == (
        Route(IPv4Network("10.213.2.16/28"), "br-0123456789ab"),
        Route(IPv4Network("10.0.0.0/8"), "tun0"),
    )


@pytest.mark.parametrize("table", ["", "Iface\tDestination\n"], ids=["nothing", "heading"])
def test_a_host_without_routes_has_none(table: str) -> None:
    """An empty table is no mistake."""
    assert parse_routes(table) == ()


@pytest.mark.parametrize(
    ("status", "mask"),
    [("Name:\tx\nCapEff:\t00000000a80425fb\nCapBnd:\t0\n", 0xA80425FB), ("Name:\tx\n", 0), ("", 0)],
    ids=["container", "silent", "nothing"],
)
def test_reads_capabilities(status: str, mask: int) -> None:
    """The effective set is a bit mask."""
    assert mask == effective_capabilities(status)


@pytest.mark.parametrize(
    ("mirror", "name"), [("", "registry-1.docker.io"), ("mirror.example:5000/hub", "mirror.example:5000")]
)
def test_the_registry_is_the_mirrors_host(mirror: str, name: str) -> None:
    """A mirror may have a port and a path."""
    assert name == registry_host(mirror)


class _Substrate:
    """An engine with things of one dead owner, one kept case of his, and one living owner."""

    def __init__(self, *_: object) -> None:
        return

    def owned(self, _: list[str]) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
        containers: list[dict[str, object]] = [
            {"Labels": {LABEL_OWNER: "dead"}},
            {"Labels": {LABEL_OWNER: "dead", LABEL_KEEP: "1"}},
            {"Labels": {LABEL_OWNER: "alive"}},
        ]
        return containers, [{"Labels": {LABEL_OWNER: "dead"}, "Id": "0123456789abcdef"}]

    def close(self) -> None:
        return


def test_counts_what_is_in_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Things of dead runs and of kept cases are told apart, and arclab's own bridges are known by name."""
    monkeypatch.setattr(host, "Substrate", _Substrate)
    monkeypatch.setattr(host, "is_alive", lambda owner: owner == "alive")
    monkeypatch.setattr(host, "list_images", lambda _: ["arclab/cloud:1  9 MB"])

    found = host._in_engine(_ENGINE, Settings(Path("/s")))

    assert found == host.InEngine(("arclab/cloud:1  9 MB",), ("br-0123456789ab",), dead=2, kept=1)


@pytest.mark.parametrize("error", [LabError("engine-gone", "gone."), EnvironmentProblem("engine-unreachable", "gone.")])
def test_an_engine_that_has_just_died_has_nothing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """The doctor does not fall ill."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(host, "Substrate", fail)

    assert host._in_engine(_ENGINE, Settings(Path("/s"))) == host.InEngine()


def test_looks_at_this_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Everything can be looked at without an engine, and nothing is made on the way."""
    settings = Settings(tmp_path / "state", docker_host="unix:///nowhere")
    monkeypatch.setattr(host, "_answers", lambda _: False)
    monkeypatch.setattr(host, "find_engine", _no_engine)

    seen = host.look_at_host(settings)

    assert (seen.engine, seen.engine_problem) == (None, "no engine answers.")
    assert (seen.state_parent, seen.state_writable) == (str(tmp_path), True)
    assert seen.free_bytes > 0
    assert seen.nfpm
    assert list(tmp_path.iterdir()) == []


def _no_engine(_: Settings) -> Engine:
    raise EnvironmentProblem("engine-unreachable", "no engine answers.")
