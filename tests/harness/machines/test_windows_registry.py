"""The image's program for the registry: what it reads of an export, what counts as changed, and a product's files.

Not checked here: that Wine exports so; `make windows` does.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

_FOLDER = Path(__file__).resolve().parents[3] / "distro-images" / "include"
_EXPORT = (
    "Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\Software\\A]\n"
    '@="none"\n"Path"="C:\\\\x"\n"odd \\"name"=dword:00000002\n"Bytes"=hex:01,\\\n  02\n\n[HKEY_CURRENT_USER\\Empty]\n'
)


@pytest.fixture(name="registry")
def registry_program(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load the program, which has no place among the packages."""
    monkeypatch.syspath_prepend(str(_FOLDER))
    specification = importlib.util.spec_from_file_location("registry_of_the_image", _FOLDER / "windows_registry.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_reads_an_export(registry: ModuleType) -> None:
    """Values with and without a name, data over several lines, and keys, which end with a backslash."""
    assert registry.parse_export(_EXPORT) == {
        "HKLM\\Software\\A\\": "",
        "HKLM\\Software\\A\\@": '"none"',
        "HKLM\\Software\\A\\Path": '"C:\\\\x"',
        'HKLM\\Software\\A\\odd "name': "dword:00000002",
        "HKLM\\Software\\A\\Bytes": "hex:01,02",
        "HKCU\\Empty\\": "",
    }


def test_tells_what_differs(registry: ModuleType) -> None:
    """A key is told only where nothing below it differs."""
    first = {"HKLM\\A\\": "", "HKLM\\A\\x": "1", "HKLM\\Gone\\": "", "HKLM\\Same\\": ""}
    now = {"HKLM\\A\\": "", "HKLM\\A\\x": "2", "HKLM\\New\\": "", "HKLM\\New\\y": "3", "HKLM\\Same\\": ""}

    assert registry.differences(first, now) == {
        "HKLM\\A\\x": ["1", "2"], "HKLM\\Gone\\": ["", None], "HKLM\\New\\y": [None, "3"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "is_own"),
    [
        (r"HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\x", True),
        (r"HKLM\Software\Microsoft\SystemCertificates\Root\Certificates\x\Blob", True),
        (r"HKLM\System\CurrentControlSet\Control\ServiceCurrent\@", True),
        (r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run\x", False),
        (r"HKLM\Software\Microsoft\Windows\CurrentVersion\InstallerOfOurs\x", False),
        (r"HKLM\System\CurrentControlSet\Services\himds\Start", False),
    ],
)
def test_what_windows_writes_for_itself(registry: ModuleType, path: str, is_own: bool) -> None:
    """Records of the installer, and what Wine writes when it starts."""
    assert bool(registry.OWN.match(path)) is is_own


def test_a_products_files(registry: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Key paths of its own components only: files where this machine has them, values with their root."""
    code = "{16AF8398-A957-54F9-9502-132596F50825}"
    uninstall = "\nHKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\" + code
    component = "\n\nHKEY_LOCAL_MACHINE\\..\\Components\\X\n    {}    REG_SZ    {}\n"
    ours, other = registry.packed(code), "0" * 32
    out = (
        f"{uninstall}\n    DisplayName    REG_SZ    Agent\n"
        + component.format(ours, r"C:\Program Files\a.exe")
        + component.format(ours, r"02:\SOFTWARE\A\Version")
        + component.format(ours, r"20:\.agent\Type")
        + component.format(other, r"C:\b.exe")
    )
    monkeypatch.setattr(registry.windows, "run", lambda *_: (0, out, ""))

    assert ours == "8938FA61759A9F4559203152695F8052"
    assert registry.component_paths("Agent") == [
        "/var/lib/windows/drive_c/Program Files/a.exe", r"HKLM\SOFTWARE\A\Version",
        r"HKLM\Software\Classes\.agent\Type",
    ]  # fmt: skip


def test_an_unreadable_registry_is_no_empty_one(
    registry: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever asks hears of it."""
    monkeypatch.setattr(registry.windows, "run", lambda *_: (1, "", "broken"))
    monkeypatch.setattr(registry.windows, "SCRATCH", str(tmp_path))

    with pytest.raises(SystemExit, match="cannot be read"):
        registry.component_paths("Agent")
    with pytest.raises(SystemExit, match="cannot be read"):
        registry.read_registry()
