"""Images are built on bases from a registry: Debian's docker-registry on the loopback stands in for Docker Hub.

What it has as library/debian:12 is the base that arclab made from Debian's packages, so the layers on top come from the
engine's build cache, and the pull itself is what is tried.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import docker
import docker.errors
import pytest
from rich.console import Console

from harness.distros import load_distros
from harness.progress import PlainProgress
from harness.settings import Settings
from harness.substrate.engine import find_engine
from harness.substrate.images import CLOUD, ImageStore, base_tag, list_images

if TYPE_CHECKING:
    from tests.e2e.conftest import Arclab

pytestmark = pytest.mark.engine

_DISTROS = ("debian-12", "yum-debian-12", "zypper-debian-12")
_SCENARIO = """scenario: the agent can be installed
matrix: {distro: [default]}
steps:
  - install: {version: latest}
    expect:
      machine: {version: latest, services: {himdsd: active}}
"""


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """Serve an empty registry; gives HOST:PORT."""
    got = subprocess.run(["apt-get", "download", "docker-registry"], cwd=tmp_path, capture_output=True, check=False)
    if got.returncode != 0:
        pytest.skip(f"Debian's docker-registry cannot be had: {got.stderr.decode()}")
    package = next(tmp_path.glob("*.deb"))
    subprocess.run(["dpkg", "-x", package, tmp_path / "root"], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    storage = {"filesystem": {"rootdirectory": str(tmp_path / "storage")}}
    configuration = tmp_path / "config.yml"
    configuration.write_text(json.dumps({"version": 0.1, "storage": storage, "http": {"addr": host}}))
    with (tmp_path / "registry.log").open("wb") as log:
        process = subprocess.Popen(
            [tmp_path / "root/usr/bin/docker-registry", "serve", configuration], stdout=log, stderr=log
        )
        yield host
        process.terminate()
        process.wait(10)


@pytest.fixture
def tags(engine: str) -> list[str]:
    """Give the names of the images that are built on a pulled base; where they are there already none is pulled."""
    settings = Settings.from_environment({"HOME": os.environ["HOME"], "DOCKER_HOST": engine})
    found = find_engine(settings)
    store = ImageStore(found, settings, PlainProgress(Console(quiet=True)))
    distros = load_distros()
    tags = [store.plan(name, distros.get(name), "pull").tag for name in (*_DISTROS, CLOUD)]
    store.close()
    if any(line.split()[0] in tags for line in list_images(found)):
        pytest.skip("the engine has images on pulled bases, which are used and not built again")
    return tags


@pytest.fixture
def mirror(arclab: Arclab, registry: str, tags: list[str]) -> Iterator[str]:
    """Push the bootstrapped base to the registry as library/debian:12; what is built from it is removed at the end."""
    built = arclab("images", "build", "--distro", "debian-12", ARCLAB_IMAGE_SOURCE="bootstrap")
    name = f"{registry}/library/debian"
    api = docker.APIClient(base_url=arclab.url, version="auto", timeout=120)
    try:
        api.tag(base_tag("bookworm"), name, "12")
        last = list(api.push(name, "12", stream=True, decode=True, auth_config={}))[-1]
        api.remove_image(f"{name}:12")
        assert (built.exit, last.get("error")) == (0, None), built.stderr
        yield registry
    finally:
        for tag in (*tags, f"{name}:12"):
            with suppress(docker.errors.ImageNotFound):
                api.remove_image(tag)
        api.close()


def test_machines_come_from_a_registry(arclab: Arclab, mirror: str, tags: list[str], tmp_path: Path) -> None:
    """Machines of every package manager run on images that were built on the pulled base."""
    arclab.write("s.yaml", _SCENARIO)

    done = arclab.run(
        "s.yaml", "--distro", ",".join(_DISTROS), ARCLAB_IMAGE_SOURCE="pull", ARCLAB_REGISTRY_MIRROR=mirror
    )

    assert (done.exit, len(done.outcomes)) == (0, 3), done.stdout + done.stderr
    assert sorted(tags) == sorted(done.run["versions"]["images"].values())
    assert re.search('"(GET|HEAD) /v2/library/debian/manifests/12 ', (tmp_path / "registry.log").read_text())
