"""Where an extension's package lies, on the wire and below the folder of packages."""

from __future__ import annotations


def package_path(publisher: str, kind: str, version: str) -> str:
    """Give the path below the extension packages' folder. Source: recorded extension metadata."""
    stem = f"{publisher}__{kind}".lower()
    return f"{stem}/{stem}__{version}.zip"
