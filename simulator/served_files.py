"""Find the file that a request's path means, and none outside the folder that is served."""

from __future__ import annotations

from pathlib import Path


def find_served(root: Path, path: str) -> Path | None:
    """Give the file at a path below `root`; None for what is not there, is no file, or lies outside."""
    try:
        found = (root / path.lstrip("/")).resolve()
        return found if found.is_relative_to(root.resolve()) and found.is_file() else None
    except (OSError, ValueError):  # a name too long for the file system, a zero byte
        return None
