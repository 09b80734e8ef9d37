"""Build the packages of the stand-in extensions, reproducibly."""

from __future__ import annotations

import zipfile
from pathlib import Path

from simulator.extension_paths import package_path
from simulator.packaging import AGENT

#: folder below agent/extensions -> (publisher, type, version)
EXTENSIONS = {"CustomScript": ("Microsoft.Azure.Extensions", "CustomScript", "2.1.10")}
_DATE = (2026, 1, 1, 0, 0, 0)


def build_extensions(out: Path) -> None:
    """Write a zip for each extension."""
    for folder, facts in EXTENSIONS.items():
        target = out / package_path(*facts)
        target.parent.mkdir(parents=True, exist_ok=True)
        root = AGENT / "extensions" / folder
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(root.rglob("*")):
                if path.is_file():
                    info = zipfile.ZipInfo(str(path.relative_to(root)), _DATE)
                    info.external_attr = (0o755 if path.suffix == ".sh" else 0o644) << 16
                    archive.writestr(info, path.read_bytes())
