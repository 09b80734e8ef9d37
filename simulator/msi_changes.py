"""Change an .msi's tables with msitools: the way to an .msi with a known defect. Signatures are lost."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from simulator.errors import BadInput
from simulator.msi_tables import read_table, run_tool, table_names
from simulator.package_changes import Changes
from simulator.packaging import place_whole


def repack_msi(path: Path, changes: Changes, target: Path) -> None:
    """Write an .msi with changes to `target`, whole or not at all; without any it is written anew all the same.

    Raises: BadInput for a change that an .msi cannot have, and for a query that is refused or changes nothing.
    """
    if changes != Changes(queries=changes.queries):
        raise BadInput("repack-msi", "an .msi is changed by 'queries' alone.")
    with tempfile.TemporaryDirectory(prefix="arclab-msi-") as folder:
        work = Path(folder) / "work.msi"
        shutil.copyfile(path, work)
        for query in changes.queries:
            before = _content(work)
            run_tool(["msibuild", str(work), "-q", query], what=path)
            if _content(work) == before:
                raise BadInput("repack-nothing", f"nothing of the .msi changes by '{query}'.", place=str(path))
        place_whole(work, target)


def _content(path: Path) -> str:
    """Give a digest of all tables."""
    rows = [(name, read_table(path, name)) for name in sorted(table_names(path)) if not name.startswith("_")]
    return hashlib.sha256(repr(rows).encode()).hexdigest()
