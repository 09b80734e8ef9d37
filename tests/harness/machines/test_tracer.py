"""The tracer names each boundary once, as it is met first; what the kernel tells is not tried here."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from harness.machines import crash

Opened = tuple[str, str, str, bool]  # path, command, control group, is executed

_DEB: list[Opened] = [
    ("/usr/bin/dpkg", "apt", "/", True),
    ("/var/cache/apt/archives/a_1.deb", "dpkg-deb", "/", False),
    ("/var/lib/dpkg/tmp.ci/preinst", "dpkg", "/", False),
    ("/var/lib/dpkg/tmp.ci/preinst", "dpkg", "/", True),
    ("/opt/a/bin/a.dpkg-new", "dpkg", "/", False),
    ("/opt/a/bin/b.dpkg-new", "dpkg", "/", False),
    ("/var/lib/dpkg/info/a.postinst", "dpkg", "/", True),
    ("/opt/a/bin/a", "(a)", "0::/system.slice/other.service", True),
    ("/opt/a/bin/a", "(a)", "0::/system.slice/a.service", True),
]
_RPM: list[Opened] = [
    ("/var/cache/dnf/x/packages/a-1.rpm", "yum", "/", False),
    ("/var/tmp/rpm-tmp.Ab1", "yum", "/", False),  # it is being written
    ("/var/tmp/rpm-tmp.Ab1", "sh", "/", False),
    ("/opt/a/bin/a;6b083646", "yum", "/", False),
    ("/var/tmp/rpm-tmp.Cd2", "sh", "/", False),
    ("/var/tmp/rpm-tmp.Cd2", "sh", "/", False),
    ("/opt/a/bin/a", "(a)", "1:name=systemd:/system.slice/a.service", True),
    ("/var/tmp/rpm-tmp.Ef3", "sh", "/", False),
    ("/var/tmp/rpm-tmp.Gh4", "sh", "/", False),
]


@pytest.fixture(scope="module")
def tracer() -> ModuleType:
    """Load the program, which the harness itself never imports."""
    spec = importlib.util.spec_from_file_location("tracer", Path(crash.__file__).with_name("tracer.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("opened", "work", "met"),
    [
        (_DEB, "installation", ["download", "preinst", "unpack", "postinst", "service"]),
        (_RPM, "installation", ["download", "preinst", "unpack", "postinst", "service", "prerm", "postrm"]),
        (_RPM[-2:], "removal", ["prerm", "postrm"]),
    ],
    ids=["deb", "rpm", "rpm's removal"],
)
def test_boundaries(tracer: ModuleType, opened: list[Opened], work: str, met: list[str]) -> None:
    """In their order, each once; rpm's scripts by what was met before."""
    boundaries = tracer.Boundaries({"apt", "dpkg", "dpkg-deb", "yum"}, ("a",), work)

    assert [found for one in opened if (found := boundaries.name(*one))] == met
