"""Whose files are these? A container's root writes into folders of the person who runs it."""

from __future__ import annotations

import os
from pathlib import Path


def give_to_owner(path: Path) -> None:
    """As root, make `path` and all below it belong to the owner of the folder that it is in."""
    if os.geteuid() != 0:
        return
    owner = path.parent.stat()
    if owner.st_uid == 0:
        return
    for place in (path, *path.rglob("*")):
        os.chown(place, owner.st_uid, owner.st_gid, follow_symlinks=False)
