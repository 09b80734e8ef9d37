"""An rpm-md repository lists its packages and is signed. Skipped where gpg or createrepo_c is missing."""

from __future__ import annotations

import gzip
import hashlib
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulator.repository.rpm import write_rpm_repository
from simulator.repository.signing import Signer

pytestmark = pytest.mark.process

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RPM = "azcmagent-1.28.02260-755.x86_64.rpm"
REPO = {"r": "http://linux.duke.edu/metadata/repo", "c": "http://linux.duke.edu/metadata/common"}


def test_the_metadata_fits_the_files(
    signer: Signer, packages: Path, tmp_path: Path, need_program: Callable[[str], str]
) -> None:
    """repomd.xml lists files with their hashes, primary.xml the package with its place, and the signature is there."""
    need_program("createrepo_c")
    write_rpm_repository(tmp_path, [packages / RPM], signer, NOW)
    data = tmp_path / "repodata"
    listed = {
        item.attrib["type"]: (item.find("r:location", REPO), item.findtext("r:checksum", "", REPO))
        for item in ET.parse(data / "repomd.xml").getroot().findall("r:data", REPO)
    }
    files = {kind: tmp_path / place.attrib["href"] for kind, (place, _) in listed.items() if place is not None}
    primary = ET.fromstring(gzip.decompress(files["primary"].read_bytes()))
    location = primary.find("c:package/c:location", REPO)

    assert {"primary", "filelists", "other"} <= files.keys()
    assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in files.values()] == [
        hash_ for _, hash_ in listed.values()
    ]
    assert location is not None
    assert (tmp_path / location.attrib["href"]).read_bytes() == (packages / RPM).read_bytes()
    assert (data / "repomd.xml.asc").read_text().startswith("-----BEGIN PGP SIGNATURE-----")
    assert (data / "repomd.xml.key").read_text().startswith("-----BEGIN PGP PUBLIC KEY BLOCK-----")
