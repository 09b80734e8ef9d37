"""The stand-in's .msi: what wixl is told, what the package's tables say, and the same bytes each time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulator import msi
from simulator.errors import SimulatorError
from simulator.packaging import read_index
from simulator.releases import Release, load_releases

RELEASES = load_releases()
SUMMARY = (
    b"\x1e\0\0\0\x27\0\0\0{6881E6F3-CD8D-49F8-99B8-A269464A51BF}\0\0"
    b"\x40\0\0\0\x80\xcb\x58\x3e\xa7\x7d\xdc\x01\x40\0\0\0\x80\xcb\x58\x3e\xa7\x7d\xdc\x01"
)


def release(name: str) -> Release:
    """Give a release of the stand-in."""
    return RELEASES.select((name,))[0]


def told(name: str, tag: str, attribute: str) -> list[str]:
    """Give an attribute of all elements of a tag in a release's WiX source, in order."""
    root = msi.definition(release(name), RELEASES.features_of(release(name)))
    return [element.attrib[attribute] for element in root.iter(tag) if attribute in element.attrib]


@pytest.mark.parametrize(
    ("name", "programs", "services"),
    [
        ("1.28", {"azcmagent.exe", "himds.exe", "gc_service.exe"}, ["himds", "GCArcService", "ExtensionService"]),
        ("1.36", {"azcmagent.exe", "himds.exe", "gc_arc_service.exe", "gc_extension_service.exe"},
         ["himds", "GCArcService", "ExtensionService"]),
        ("1.57", {"azcmagent.exe", "himds.exe", "arcproxy.exe", "gc_arc_service.exe", "gc_extension_service.exe"},
         ["himds", "arcproxy", "GCArcService", "ExtensionService"]),
    ],
)  # fmt: skip
def test_a_release_has_its_services(name: str, programs: set[str], services: list[str]) -> None:
    """The proxy's service comes with 1.51, programs of their own for guest configuration's two with 1.36."""
    assert programs == set(told(name, "File", "Name"))
    assert services == told(name, "ServiceInstall", "Name") == told(name, "ServiceControl", "Name")


def test_releases_upgrade_one_another() -> None:
    """All have one upgrade code and the same components, and each has a product code of its own."""
    names = [known.name for known in RELEASES.releases]

    assert len({msi.product_code(known) for known in RELEASES.releases}) == len(names)
    assert len({code for name in names for code in told(name, "Product", "UpgradeCode")}) == 1
    assert set(told("1.28", "Component", "Guid")) < set(told("1.67", "Component", "Guid"))


def test_codes_never_change() -> None:
    """A code that changed would make an installed product a stranger to newer ones."""
    assert msi.stable_id("upgrade") == "{CA124F29-92DC-5EFB-B254-F5F2FD151AED}"


def test_versions_fit_windows_installer() -> None:
    """Windows Installer compares three parts of at most 255, 255 and 65535, and each release is newer than the last."""
    parts = [tuple(int(part) for part in known.msi.split("."))[:3] for known in RELEASES.releases]

    assert parts == sorted(set(parts))
    assert [number for number in parts if number > (255, 255, 65535) or number[1] > 255 or number[2] > 65535] == []


def test_stamping_replaces_what_wixl_draws() -> None:
    """Package code and both time stamps become the given ones; nothing else changes."""
    made = datetime(2026, 8, 1, tzinfo=UTC)
    moment = ((1_785_542_400 + 11_644_473_600) * 10**7).to_bytes(8, "little")  # 2026-08-01 as Unix and Windows count
    content = msi.stamped(b"before" + SUMMARY + b"after", msi.stable_id("package 1"), made)

    assert content == (
        b"before\x1e\0\0\0\x27\0\0\0" + msi.stable_id("package 1").encode() + b"\0\0"
        b"\x40\0\0\0" + moment + b"\x40\0\0\0" + moment + b"after"
    )


@pytest.mark.parametrize("content", [b"", SUMMARY + SUMMARY], ids=["none", "two"])
def test_an_unknown_summary_is_refused(content: bytes) -> None:
    """A wixl that writes it otherwise must not give other bytes each time in silence."""
    with pytest.raises(SimulatorError, match="instead of one"):
        msi.stamped(content, msi.stable_id("package 1"), datetime(2026, 8, 1, tzinfo=UTC))


def test_a_missing_tool_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says which program is missing and which packages have it, and leaves no file."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SimulatorError, match="x86_64-w64-mingw32-gcc") as raised:
        msi.build_msi(release("1.67"), [], tmp_path / "x.msi")
    assert "apt-get install gcc-mingw-w64-x86-64-win32 wixl" in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_the_cache_knows_how_a_file_was_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept is taken again, and built anew once the compiler is told something else."""
    built: list[str] = []

    def build(known: Release, _: list[str], target: Path) -> None:
        built.append(known.name)
        target.write_bytes(b"an .msi")

    monkeypatch.setattr(msi, "build_msi", build)
    for number, flags in enumerate([("-Os",), ("-Os",), ("-O2",)]):
        monkeypatch.setattr(msi, "_FLAGS", flags)
        msi.build_msis(tmp_path / f"{number}", ("1.67",), cache=tmp_path / "cache")

    assert built == ["1.67", "1.67"]


@pytest.mark.process
def test_the_command_builds_the_same_bytes(tmp_path: Path, need_program: Callable[[str], str]) -> None:
    """`packages build --windows` puts the release's .msi beside its other packages; a second build gives the same."""
    for program in msi.TOOLS:
        need_program(program)
    command = [sys.executable, "-m", "simulator", "packages", "build", "--windows", "--version", "1.67", "--out"]
    subprocess.run([*command, str(tmp_path / "a")], check=True, capture_output=True)
    (again,) = msi.build_msis(tmp_path / "b", ("1.67",))

    assert again.path == "AzureConnectedMachineAgent-1.67.03504.3207.msi"
    assert (tmp_path / "a" / again.path).read_bytes() == (tmp_path / "b" / again.path).read_bytes()
    assert again in read_index(tmp_path / "a").packages
    assert [p.suffix for p in sorted((tmp_path / "a").iterdir())] == [".msi", ".rpm", ".deb", ".json"]


@pytest.mark.process
def test_another_reader_finds_the_tables(tmp_path: Path, need_program: Callable[[str], str]) -> None:
    """msiinfo reads product, codes, services and variables out of the built file."""
    for program in msi.TOOLS:
        need_program(program)
    reader, path = need_program("msiinfo"), tmp_path / "x.msi"
    msi.build_msi(release("1.28"), RELEASES.features_of(release("1.28")), path)
    asked = [["suminfo", str(path)], *(["export", str(path), table] for table in ("Property", "ServiceInstall",
             "ServiceControl", "Registry", "Upgrade"))]  # fmt: skip
    found = [subprocess.run([reader, *words], capture_output=True, text=True, check=True).stdout for words in asked]
    summary, properties, installed, controlled, registry, upgrade = found

    assert f"Revision number (UUID): {msi.stable_id('package 1.28.02260.1036')}" in summary
    assert "Created: Wed Mar  1 00:00:00 2023" in summary
    assert f"ProductCode\t{msi.product_code(release('1.28'))}" in properties.replace("\r", "")
    assert "ProductVersion\t1.28.02260.1036" in properties
    assert [name for name in ("himds", "GCArcService", "ExtensionService") if f"\t{name}\t" not in installed] == []
    assert controlled.count("Control") >= 3
    assert "IDENTITY_ENDPOINT\thttp://localhost:40342/metadata/identity/oauth2/token" in registry
    assert msi.stable_id("upgrade") in upgrade


@pytest.mark.process
def test_a_source_with_a_mistake_is_told(tmp_path: Path, need_program: Callable[[str], str]) -> None:
    """What wixl says comes through; no file appears."""
    for program in msi.TOOLS:
        need_program(program)
    with pytest.raises(SimulatorError, match="wixl") as raised:
        msi._run(["wixl", "--output", "x.msi", "missing.wxs"], tmp_path)
    assert "missing.wxs" in str(raised.value)
    assert list(tmp_path.iterdir()) == []
