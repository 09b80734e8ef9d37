"""What would disturb others is tried on an engine of the test's own: kept machines, `clean`, and the engine's death."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.settings import Settings

if TYPE_CHECKING:
    from tests.e2e.conftest import Arclab

pytestmark = pytest.mark.engine

_CASE = """scenario: the command '{command}'
matrix: {{distro: [debian-12]}}
given: {{repository: none}}
steps:
  - command: {command}
"""


@pytest.fixture(scope="module")
def state(make_arclab: Callable[[], Arclab]) -> Iterator[Path]:
    """Start arclab's own engine in another state folder, with the images of the first; stopped and gone at the end."""
    program = make_arclab()
    folder = Path(tempfile.mkdtemp(prefix="e2e-engine-", dir="/tmp"))
    packages = Settings.from_environment(os.environ).state / "packages"
    (folder / "packages").symlink_to(packages)
    bridges = _bridges()
    try:
        up = program("engine", "up", ARCLAB_STATE=str(folder))
        if up.exit != 0 or str(folder) not in up.stdout:
            pytest.skip(f"no second engine can be had: {up.stdout or up.stderr}")
        built = program("images", "build", "--distro", "debian-12")
        images = [line.split()[1] for line in built.stdout.splitlines()]
        _copy_images(program.url, _url(folder), images)
        yield folder
    finally:
        program("engine", "down", "--force", ARCLAB_STATE=str(folder))
        for place in _mounts_below(folder):  # a killed engine leaves them
            subprocess.run(["umount", place], check=True)
        for name in _bridges() - bridges:
            subprocess.run(["ip", "link", "delete", name], check=True)
        shutil.rmtree(folder)


def _mounts_below(folder: Path) -> list[str]:
    places = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [place for place in reversed(places) if place.startswith(f"{folder}/")]


def _bridges() -> set[str]:
    """Name the bridges of arclab's own engines; they stay when an engine stops."""
    return {path.name for path in Path("/sys/class/net").glob("arclab*")}


def _url(state: Path) -> str:
    return f"unix://{state}/engine/docker.sock"


def _copy_images(source: str, target: str, images: list[str]) -> None:
    command = f"docker --host {source} save {' '.join(images)} | docker --host {target} load"
    subprocess.run(["bash", "-o", "pipefail", "-c", command], check=True, stdout=subprocess.DEVNULL, timeout=300)


@pytest.fixture
def arclab(state: Path, arclab_on: Callable[[str, dict[str, str]], Arclab]) -> Arclab:
    """Give the program in a folder of its own, on the second engine, which is started where it has died."""
    program = arclab_on(_url(state), {"ARCLAB_STATE": str(state)})
    program("engine", "up")
    return program


def test_a_failed_machine_is_kept_for_a_look_inside(arclab: Arclab) -> None:
    """--keep-failed leaves the failed case's machine and cloud only; `shell` gets in, `clean` removes both."""
    arclab.write("fails.yaml", _CASE.format(command="touch /root/seen; exit 3"))
    arclab.write("passes.yaml", _CASE.format(command="/bin/true"))

    done = arclab.run("fails.yaml", "passes.yaml", "--keep-failed", "-n", "2")
    kept = sorted(arclab.left())
    listed = subprocess.run(
        ["script", "-qec", f"{arclab.program} shell fails", "/dev/null"],
        input="ls /root/seen; curl -sw '<%{http_code}>\\n' -o /dev/null https://management.azure.com/; exit 7\n",
        env={**os.environ, **arclab.environment}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    piped = subprocess.run(
        [arclab.program, "shell", "fails"], input="ls /root/seen; exit 7\n",
        env={**os.environ, **arclab.environment}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    unknown = arclab("shell", "passes")
    cleaned = arclab("clean")

    assert done.exit == 1, done.stderr
    assert len(kept) == 4
    assert (done.directory / "cases/fails.debian-12/kept.txt").read_text().strip() in "".join(kept)
    assert (listed.returncode, "\n/root/seen\n" in listed.stdout, "<400>" in listed.stdout) == (7, True, True), listed
    assert (piped.returncode, piped.stdout) == (7, "/root/seen\n"), piped
    assert (unknown.exit, "Running machines: fails.debian-12 box-1." in unknown.stderr) == (5, True), unknown.stderr
    assert (cleaned.exit, cleaned.stdout) == (0, "removed 3 containers and networks\n")
    assert arclab.left() == []


def test_an_engine_that_dies_is_an_error_of_the_lab(arclab: Arclab, state: Path) -> None:
    """Exit 2; each case that ran is an error that names the engine, and the reports are whole.

    What could not be removed is swept by the first run on the engine when it is back.
    """
    for name in "ab":
        arclab.write(f"{name}.yaml", _CASE.format(command="sleep 200"))
    arclab.write("c.yaml", _CASE.format(command="/bin/true"))
    run = arclab.start_run("a.yaml", "b.yaml", "-n", "2")
    states = [run.directory / f"cases/{name}.debian-12/state.txt" for name in "ab"]
    assert run.awaits(lambda: all(path.exists() and path.read_text() == "command" for path in states), 180)

    os.kill(int((state / "engine" / "docker.pid").read_text()), signal.SIGKILL)
    done = run.finish(240)
    reasons = [case["reason"] for case in done.run["cases"]]
    up = arclab("engine", "up")
    after = arclab.run("c.yaml", directory="after")

    assert (done.exit, set(done.outcomes.values())) == (2, {"error"}), done.stderr
    assert [reason for reason in reasons if "engine" not in reason] == []
    assert "2 cases: 2 broken" in done.stdout
    assert {"report.html", "junit.xml"} <= {path.name for path in done.directory.iterdir()}
    assert "Traceback" not in done.stderr + "".join(reasons)
    assert (up.exit, after.exit) == (0, 0), up.stderr + after.stderr
    assert arclab.left() == []
