"""The gate on somebody else's package: a daemon without a cloud, which needs a package that no machine has.

One lifecycle with the previous release. The daemon reads its port from what it depends on, so that only a machine that
has the dependency gets it to answer. Not checked: packages of Debian's archive.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.packaging import Package, build_package
from tests.e2e.conftest import Arclab, read_json

pytestmark = pytest.mark.engine

PRODUCT = """
package = "echod"
cli = "/usr/sbin/echod"
version_command = ["/usr/sbin/echod", "--version"]
version_form = "upstream"
units = ["echod"]
programs = ["/usr/sbin/echod"]
ports = ["any:7007"]
[answers]
echod = 7007
"""
_DAEMON = """#!/usr/bin/python3 -B
import http.server, pathlib, sys

if "--version" in sys.argv:
    sys.exit(print("echod, version VERSION (made for a test)"))
port = int(pathlib.Path("/usr/share/echo-words/port").read_text())
http.server.HTTPServer(("", port), http.server.BaseHTTPRequestHandler).serve_forever()
"""
_UNIT = """[Unit]
Description=Answers
[Service]
ExecStart=/usr/sbin/echod
Restart=always
[Install]
WantedBy=multi-user.target
"""
_SCRIPTS = {
    "postinst": "set -e\nsystemctl daemon-reload\n"
    'if [ -z "$2" ]; then systemctl enable --now echod; else systemctl try-restart echod; fi\n',
    "prerm": '[ "$1" != remove ] || systemctl disable --now echod\n',
    "postrm": '[ "$1" != remove ] || systemctl daemon-reload\n',
}


def _build(folder: Path, name: str, version: str, **more: object) -> str:
    path = folder / f"{name}_{version}.deb"
    build_package(Package(name=name, version=version, format="deb", description="small", **more), path)  # type: ignore[arg-type]
    return path.name


def _echod(folder: Path, version: str) -> str:
    texts = {
        "/usr/sbin/echod": (_DAEMON.replace("VERSION", version.partition("-")[0]), 0o755),
        "/usr/lib/systemd/system/echod.service": (_UNIT, 0o644),
    }
    return _build(folder, "echod", version, texts=texts, scripts=_SCRIPTS, depends=["echo-words (>= 2)", "python3"])


def test_a_product_without_a_cloud_is_judged(arclab: Arclab) -> None:
    """It is upgraded, downgraded and purged beside its dependency, which is nobody's finding; no law is broken."""
    old, new = (_echod(arclab.folder, version) for version in ("1.0.2-1", "1.1.0-1+b2"))
    words = _build(arclab.folder, "echo-words", "2.1", texts={"/usr/share/echo-words/port": ("7007", 0o644)})
    (arclab.folder / "echod.toml").write_text(PRODUCT)

    done = arclab("validate", new, "--previous", old, "--dependency", words, "--product", "echod.toml",
                  "--distro", "debian-13", "--quick", "-k", "up-and-down", "--report", "report")  # fmt: skip
    verdict = read_json(done.directory / "verdict.json")

    assert (done.exit, verdict["verdict"], verdict["defects"]) == (0, "fit", []), done.stdout
    assert [(run["lifecycle"], run["outcome"]) for run in verdict["runs"]] == [("up-and-down", "pass")]
