"""rpm-md repositories: primary, filelists and other in gzip, a signed repomd.xml, and the key beside it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from simulator.repository.signing import Signer
from simulator.repository.tools import run_tool


def write_rpm_repository(
    root: Path, packages: list[Path], signer: Signer, now: datetime, *, public_key: bytes = b""
) -> None:
    """Write Packages/a and repodata below `root`. The packages must be signed already.

    `public_key` lies beside the metadata, armored; without it, the signer's own.

    Source: the layout of packages.microsoft.com/rhel/9/prod; gzip is what every client can read.
    Raises: SimulatorError when createrepo_c is missing or fails.
    """
    pool = root / "Packages" / "a"
    pool.mkdir(parents=True, exist_ok=True)
    for path in packages:
        link = pool / path.name
        if not link.exists():
            link.hardlink_to(path)
    revision = str(int(now.timestamp()))
    run_tool(
        ["createrepo_c", "--quiet", "--general-compress-type", "gz", "--no-database", "--checksum", "sha256",
         "--revision", revision, "--set-timestamp-to-revision", str(root)],
    )  # fmt: skip
    data = root / "repodata"
    (data / "repomd.xml.asc").write_bytes(signer.detach_sign((data / "repomd.xml").read_bytes()))
    (data / "repomd.xml.key").write_bytes(public_key or signer.public_key(armored=True))
