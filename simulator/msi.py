"""Build the stand-in agent's AzureConnectedMachineAgent.msi with mingw's compiler and wixl.

The same inputs give the same bytes: wixl's package code and time stamps, which it draws anew each time, are replaced by
ones that follow from the release.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

from simulator.contract import PackageFile
from simulator.errors import SimulatorError
from simulator.packaging import link_or_copy, place_whole
from simulator.releases import Release, load_releases

NAME = "Azure Connected Machine Agent"
_SOURCE = Path(__file__).with_name("agent") / "windows"
_COMPILER = "x86_64-w64-mingw32-gcc"
_FLAGS = ("-Os", "-s", "-Wall", "-Werror", "-Wl,--no-insert-timestamp")
_LIBRARIES = ("-lbcrypt", "-lcrypt32", "-lwinhttp", "-ladvapi32")
#: Debian's packages of the tools.
TOOLS = {_COMPILER: "gcc-mingw-w64-x86-64-win32", "wixl": "wixl"}
_FILE = re.compile(r"AzureConnectedMachineAgent-(\d+(?:\.\d+){1,3})\.msi$")
_IDS = uuid.UUID("5f3f4a52-7f0a-4c39-9d3b-0d3c5c0f6a10")  # ours; what follows from it never changes
_ENDPOINT = "http://localhost:40342"
#: Where Windows keeps the variables of the whole machine. wixl cannot write an installer's own table of variables.
_ENVIRONMENT = r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
_KEY = rf"SOFTWARE\Microsoft\{NAME}"
#: The package code and the two time stamps of the summary information, as a property set stores them.
_DRAWN = re.compile(rb"(?s)(\x1e\0\0\0\x27\0\0\0)\{[0-9A-F-]{36}\}(\0+\x40\0\0\0).{8}(\x40\0\0\0).{8}")


def stable_id(what: str) -> str:
    """Give the GUID of something of ours, in braces and capitals, the same on each call: `product 1.28.02260.1036`."""
    return f"{{{str(uuid.uuid5(_IDS, what)).upper()}}}"


def product_code(release: Release) -> str:
    """Give a release's product code: each release has its own, as a major upgrade needs."""
    return stable_id(f"product {release.msi}")


def build_msis(out: Path, names: tuple[str, ...] = (), *, cache: Path | None = None) -> list[PackageFile]:
    """Build the MSIs of some or all releases into a folder; gives their index entries, oldest first.

    Their names have the version, which the real one's has not: all lie in one folder here. With `cache` what was built
    before from the same source and definition, with the same flags, is taken from there.
    Raises: BadInput for an unknown release, SimulatorError when a tool is missing or fails.
    """
    releases = load_releases()
    return [_build_cached(out, release, releases.features_of(release), cache) for release in releases.select(names)]


def _build_cached(out: Path, release: Release, features: list[str], cache: Path | None) -> PackageFile:
    name = f"AzureConnectedMachineAgent-{release.msi}.msi"
    out.mkdir(parents=True, exist_ok=True)
    if cache is None:
        build_msi(release, features, out / name)
    else:
        files = b"".join(path.read_bytes() for path in sorted(_SOURCE.iterdir()))
        flags = " ".join((*_FLAGS, *_LIBRARIES)).encode()
        source = b"\0".join([files, ET.tostring(definition(release, features)), release.date.encode(), flags])
        kept = cache / f"{hashlib.sha256(source).hexdigest()[:20]}-{name}"
        if not kept.exists():
            cache.mkdir(parents=True, exist_ok=True)
            build_msi(release, features, kept)
        link_or_copy(kept, out / name)
    content = (out / name).read_bytes()
    return PackageFile(
        name="azcmagent", version=release.msi, release=release.name, format="msi", path=name,
        sha256=hashlib.sha256(content).hexdigest(), size=len(content), architecture="x64",
    )  # fmt: skip


def published_name(entry: PackageFile) -> str:
    """Give what a package is called in the folder of `build_msis`: of an .msi by its version, else as it is."""
    return f"AzureConnectedMachineAgent-{entry.version}.msi" if entry.format == "msi" else entry.path


def find_msi(folder: Path, release: str) -> Path | None:
    """Give the file of a release, `1.67` or `latest`, in a folder of `build_msis`; None when there is none."""
    matches = ((path, _FILE.match(path.name)) for path in folder.iterdir())
    files = {tuple(map(int, found[1].split("."))): path for path, found in matches if found}
    parts = () if release == "latest" else tuple(map(int, release.split(".")))
    fitting = [version for version in files if version[: len(parts)] == parts]
    return files[max(fitting)] if fitting else None


def build_msi(release: Release, features: list[str], target: Path) -> None:
    """Build one release's MSI; the file appears whole.

    Raises: SimulatorError when a tool is missing, or with its message when it fails.
    """
    with tempfile.TemporaryDirectory(prefix="arclab-msi-") as name:
        work = Path(name)
        made = datetime.fromisoformat(release.date).replace(tzinfo=UTC)
        # One unit of all sources: reading the headers of Windows takes most of the time.
        sources = sorted(path.name for path in _SOURCE.glob("*.c"))
        (work / "program.c").write_text("".join(f'#include "{name}"\n' for name in sources))
        _run(
            [_COMPILER, *_FLAGS, f'-DVERSION="{release.msi}"',
             "-I", str(_SOURCE), "-o", "agent.exe", "program.c", *_LIBRARIES],
            work,
        )  # fmt: skip
        os.utime(work / "agent.exe", (made.timestamp(), made.timestamp()))
        (work / "agent.wxs").write_bytes(ET.tostring(definition(release, features), encoding="utf-8"))
        _run(["wixl", "--arch", "x64", "--output", "out.msi", "agent.wxs"], work)
        built = work / "out.msi"
        built.write_bytes(stamped(built.read_bytes(), stable_id(f"package {release.msi}"), made))
        place_whole(built, target)


def stamped(msi: bytes, code: str, made: datetime) -> bytes:
    """Replace package code and time stamps. Raises: SimulatorError when wixl has written them in another way."""
    moment = ((made - datetime(1601, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 10).to_bytes(8, "little")
    content, count = _DRAWN.subn(lambda found: found[1] + code.encode() + found[2] + moment + found[3] + moment, msi)
    if count != 1:
        raise SimulatorError("msi-summary", f"wixl wrote {count} summaries that can be stamped, instead of one.")
    return content


def definition(release: Release, features: list[str]) -> ET.Element:
    """Give the WiX source of a release.

    Source: agent overview, "Windows agent installation details": names of product, services and programs, folders and
    variables. Assumed: the registry key, since only that there is one with the version is known; the codes are ours.
    """
    root = ET.Element("Wix", xmlns="http://schemas.microsoft.com/wix/2006/wi")
    product = _add(
        root, "Product", Id=product_code(release), Name=NAME, Language="1033", Version=release.msi,
        Manufacturer="Microsoft Corporation", UpgradeCode=stable_id("upgrade"),
    )  # fmt: skip
    _add(product, "Package", InstallerVersion="500", Compressed="yes", InstallScope="perMachine", Description=NAME,
         Comments="Stand-in made by arclab for tests of package lifecycles. It is not Microsoft's agent.")  # fmt: skip
    _add(product, "MajorUpgrade", DowngradeErrorMessage=f"A newer version of {NAME} is already installed.")
    _add(product, "Media", Id="1", Cabinet="agent.cab", EmbedCab="yes")
    _add(product, "Property", Id="ARPNOMODIFY", Value="1")
    top = _add(product, "Directory", Id="TARGETDIR", Name="SourceDir")
    folder = _add(_add(top, "Directory", Id="ProgramFiles64Folder"), "Directory", Id="INSTALLDIR",
                  Name="AzureConnectedMachineAgent")  # fmt: skip
    feature = _add(product, "Feature", Id="Agent", Level="1")
    _add_program(folder, feature, "azcmagent.exe")
    _add_service(folder, feature, "himds", "himds.exe", "Azure Hybrid Instance Metadata Service")
    if "arcproxy-default" in features:
        _add_service(folder, feature, "arcproxy", "arcproxy.exe", "Azure Arc Proxy")
    own_names = "service-programs" in features
    for service, program, title in (
        ("GCArcService", "gc_arc_service.exe", "Guest Configuration Arc service"),
        ("ExtensionService", "gc_extension_service.exe", "Guest Configuration Extension service"),
    ):
        parent = _add(folder, "Directory", Id=f"{service}Folder", Name=f"{service}2")
        inner = _add(parent, "Directory", Id=f"{service}Programs", Name="GC")
        _add_service(inner, feature, service, program if own_names else "gc_service.exe", title)
    settings = _component(folder, feature, "Settings")
    _add(settings, "RegistryValue", Root="HKLM", Key=_KEY, Name="Version", Type="string", Value=release.msi,
         KeyPath="yes")  # fmt: skip
    for name, value in (
        ("IMDS_ENDPOINT", _ENDPOINT),
        ("IDENTITY_ENDPOINT", f"{_ENDPOINT}/metadata/identity/oauth2/token"),
    ):
        _add(settings, "RegistryValue", Root="HKLM", Key=_ENVIRONMENT, Name=name, Type="string", Value=value)
    return root


def _add_service(folder: ET.Element, feature: ET.Element, service: str, program: str, title: str) -> None:
    component = _add_program(folder, feature, program, service)
    _add(component, "ServiceInstall", Id=service, Name=service, DisplayName=title, Type="ownProcess", Start="auto",
         ErrorControl="normal", Vital="yes")  # fmt: skip
    _add(component, "ServiceControl", Id=f"Control{service}", Name=service, Start="install", Stop="both",
         Remove="uninstall", Wait="yes")  # fmt: skip


def _add_program(folder: ET.Element, feature: ET.Element, program: str, name: str = "cli") -> ET.Element:
    component = _component(folder, feature, f"Program.{name}")
    _add(component, "File", Id=f"File.{name}", Name=program, Source="agent.exe", KeyPath="yes")
    return component


def _component(folder: ET.Element, feature: ET.Element, name: str) -> ET.Element:
    _add(feature, "ComponentRef", Id=name)
    return _add(folder, "Component", Id=name, Guid=stable_id(f"component {name}"), Win64="yes")


def _add(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, tag, attributes)


def _run(command: list[str], work: Path) -> None:
    if shutil.which(command[0]) is None:
        raise SimulatorError(
            "msi-tools", f"'{command[0]}' is not installed, and an .msi cannot be built without it.",
            hint=f"apt-get install {' '.join(TOOLS.values())} (Debian, Ubuntu)",
        )  # fmt: skip
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SimulatorError("msi-failed", f"'{command[0]}' ended with {done.returncode}.", hint=done.stderr[-800:])
