"""The wheel has everything that a checkout has at run time."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

_ROOT = Path(__file__).resolve().parent.parent.parent
_FOLDERS = {
    "simulator": "simulator",
    "harness": "harness",
    "distro-images": "harness/data/distro-images",
    "scenarios": "harness/data/scenarios",
}


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Build the wheel and give the names in it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=_ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        return set(wheel.namelist())


@pytest.mark.parametrize("folder", _FOLDERS)
def test_every_file_travels(wheel_names: set[str], folder: str) -> None:
    """Modules, templates, recipes, scenarios and the stand-in agent are all there."""
    root = _ROOT / folder
    files = [path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]

    assert {f"{_FOLDERS[folder]}/{path.relative_to(root)}" for path in files} - wheel_names == set()


def test_the_clouds_libraries_travel(wheel_names: set[str]) -> None:
    """The lock file that the cloud's image is built from is there."""
    assert "harness/data/requirements/cloud.lock" in wheel_names
