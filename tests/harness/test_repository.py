"""What reads an .msi is there before one is read, and each format's package is asked for by its own name."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import pytest
from rich.console import Console

from harness import repository
from harness.model.product import load_product
from harness.products import DEFAULT_PRODUCT
from harness.progress import PlainProgress

PRODUCT = load_product(DEFAULT_PRODUCT)


@pytest.mark.parametrize(
    ("names", "tools"),
    [(["a.deb", "b.msi"], {"msiinfo", "msiextract", "msibuild"}), (["a.deb", "b.rpm"], set()), ([], set())],
    ids=["with an msi", "without", "nothing"],
)
def test_tools_are_there_for_an_msi_alone(monkeypatch: pytest.MonkeyPatch, names: list[str], tools: set[str]) -> None:
    """Nobody installs what he does not need."""
    asked: set[str] = set()

    def ensure(packages: Mapping[str, str], *_: object) -> None:
        asked.update(packages)

    monkeypatch.setattr(repository, "ensure_programs", ensure)
    repository.ensure_readable(map(Path, names), PlainProgress(Console(file=io.StringIO())))

    assert asked == tools


def test_unzstd_is_there_for_a_deb_that_needs_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Which is told by the names of its members; a file that is not there is somebody else's to refuse."""
    asked: list[Mapping[str, str]] = []
    monkeypatch.setattr(repository, "ensure_programs", lambda programs, *_: asked.append(programs))
    for name in ("gz", "zst"):
        (tmp_path / f"{name}.deb").write_bytes(b"!<arch>\ndebian-binary   ".ljust(72) + f"control.tar.{name}/".encode())
    progress = PlainProgress(Console(file=io.StringIO()))

    repository.ensure_readable([tmp_path / "gz.deb", tmp_path / "zst.rpm", tmp_path / "none.deb"], progress)
    assert asked == []
    repository.ensure_readable([tmp_path / "zst.deb"], progress)
    assert asked == [{"unzstd": "zstd"}]


def test_packages_are_asked_for_by_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of a .deb or .rpm, and the product name of an .msi."""
    said: list[tuple[str, ...]] = []

    def simulator(*words: str) -> str:
        said.append(words)
        return "[]"

    monkeypatch.setattr(repository, "_simulator", simulator)

    assert repository.read_contents([], PRODUCT) == repository.read_contents([Path("a.msi")], PRODUCT) == []
    assert said == [
        ("packages", "contents", "--name", "azcmagent", "--product-name", "Azure Connected Machine Agent", "a.msi")
    ]
