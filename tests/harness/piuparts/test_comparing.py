"""What is compared: packages with a product file, and nothing is started for another."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from harness.errors import UsageError
from harness.piuparts import comparing
from harness.piuparts.archive import Pair
from harness.piuparts.comparing import compare, keep_only, known_packages
from harness.piuparts.results import LOGS
from harness.settings import Settings
from harness.substrate.bootstrap import Mirrors
from tests.harness.piuparts.values import compared, result


def test_the_packages_are_those_with_a_product_file() -> None:
    """Agents of Debian's archive; Microsoft's is not there."""
    known = known_packages()

    assert {"dropbear", "nagios-nrpe-server", "prometheus-node-exporter", "zabbix-agent"} <= {*known}
    assert "azcmagent" not in known


@pytest.mark.parametrize("package", ["azcmagent", "openssh-server", "../dropbear"])
def test_another_package_is_refused_before_anything_is_made(tmp_path: Path, package: str) -> None:
    """Without a product file the gate does not know what the package may do."""
    folder = tmp_path / "kept"
    with pytest.raises(UsageError) as error:
        compare(["dropbear", package], folder, Settings(tmp_path / "state"), Console(quiet=True))

    assert (error.value.reference, "zabbix-agent" in error.value.hint, folder.exists()) == (
        "compared-package", True, False,
    )  # fmt: skip


def _pair(folder: Path, new: str = "new", old: str = "old") -> Pair:
    files = [folder / "new" / "pongd_2.0-1_amd64.deb", folder / "old" / "pongd_1.0-1_amd64.deb"]
    for file, text in zip(files, (new, old), strict=True):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return Pair("pongd", files[0], files[1], ())


@pytest.mark.parametrize(
    ("later", "is_kept"),
    [({}, True), ({"new": "another"}, False), ({"old": "another"}, False)],
    ids=["the same", "another new version", "another old version"],
)
def test_logs_of_other_versions_are_not_kept(tmp_path: Path, later: dict[str, str], is_kept: bool) -> None:
    """Nor is the gate's report: both tools look at the same pair."""
    home = tmp_path / "home"
    keep_only(_pair(tmp_path / "fetched"), home)
    kept = [home / "gate" / "verdict.json", *(home / "piuparts" / log for log in LOGS)]
    for file in kept:
        file.parent.mkdir(exist_ok=True)
        file.touch()
    for _ in range(2):
        keep_only(_pair(tmp_path / "fetched", **later), home)

    assert [file.exists() for file in kept] == [is_kept] * len(kept)


def test_logs_of_nobody_knows_what_are_not_kept(tmp_path: Path) -> None:
    """A folder that does not say which versions it is about."""
    log = tmp_path / "home" / "piuparts" / LOGS[0]
    log.parent.mkdir(parents=True)
    log.touch()
    keep_only(_pair(tmp_path / "fetched"), tmp_path / "home")

    assert not log.exists()


def test_a_comparison_begins_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before either tool looks at a package."""
    seen: list[tuple[str, bool]] = []
    pair, folder = _pair(tmp_path / "fetched"), tmp_path / "kept"
    log = folder / "packages" / "dropbear" / "piuparts" / LOGS[0]
    log.parent.mkdir(parents=True)
    log.touch()
    peer = SimpleNamespace(run=lambda *_: seen.append(("piuparts", log.exists())))
    for name, double in {
        "find_mirrors": lambda _: Mirrors("http://archive", "http://security"),
        "_machine_status": lambda *_: b"",
        "Archive": lambda *_: SimpleNamespace(fetch=lambda _: pair),
        "Peer": lambda *_: peer,
        "_run_gate": lambda *_: seen.append(("gate", log.exists())),
        "read_compared": lambda *_: compared(result(), result()),
    }.items():
        monkeypatch.setattr(comparing, name, double)
    compare(["dropbear"], folder, Settings(tmp_path / "state"), Console(quiet=True))

    assert seen == [("gate", False), ("piuparts", False)]
