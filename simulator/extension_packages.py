"""Build the packages of the stand-in extensions, reproducibly."""

from __future__ import annotations

import zipfile
from pathlib import Path

from simulator.extension_catalogue import load_catalogue
from simulator.extension_paths import package_path
from simulator.packaging import AGENT

_DATE = (2026, 1, 1, 0, 0, 0)


def build_extensions(out: Path) -> None:
    """Write a zip for each version of each extension of the catalogue that has a handler."""
    for known in load_catalogue().extensions:
        for version in known.versions if known.handler else ():
            _pack(AGENT / "extensions" / known.handler, out / package_path(known.publisher, known.type, version))


def _pack(root: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                info = zipfile.ZipInfo(str(path.relative_to(root)), _DATE)
                info.external_attr = (0o755 if path.suffix == ".sh" else 0o644) << 16
                archive.writestr(info, path.read_bytes())
