"""The image's program for Windows: what it hands to Wine's prompt, and how it reads the answers.

Not checked here: that Wine answers so; `make windows` does.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

_FILE = Path(__file__).resolve().parents[3] / "distro-images" / "include" / "windows.py"
_STATE = "SERVICE_NAME: {}\n        TYPE               : 10  WIN32_OWN_PROCESS\n        STATE              : {}\n"
_KEY = "\nHKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\"


@pytest.fixture(name="windows")
def windows_program() -> ModuleType:
    """Load the program, which has no place among the packages."""
    specification = importlib.util.spec_from_file_location("windows_of_the_image", _FILE)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def _answers(windows: ModuleType, monkeypatch: pytest.MonkeyPatch, status: int, out: str = "") -> list[list[str]]:
    asked: list[list[str]] = []

    def run(*commands: list[str]) -> tuple[int, str, str]:
        asked.extend(commands)
        return status, out, ""

    monkeypatch.setattr(windows, "run", run)
    return asked


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("/qn", "/qn"),
        (r"C:\Support\Logs\a.log", r"C:\Support\Logs\a.log"),
        (r"C:\Program Files\a", r'"C:\Program Files\a"'),
        ("{16AF8398}", "{16AF8398}"),
        ("100%", "100%%"),
        ("a&b", '"a&b"'),
        ("", '""'),
    ],
)
def test_quotes_what_a_batch_file_would_take_apart(windows: ModuleType, word: str, written: str) -> None:
    """A word stays one word, and `%` stands for itself."""
    assert windows.quoted(word) == written


@pytest.mark.parametrize(
    ("status", "said"),
    [(0, (0, "")), (3, (3, "")), (1603, (254, "errorlevel 1603\n")), (-1, (254, "errorlevel -1\n"))],
)
def test_tells_a_wide_status(
    windows: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    status: int, said: tuple[int, str],
) -> None:  # fmt: skip
    """What fits into eight bits is the exit status; the rest is the last line."""
    asked = _answers(windows, monkeypatch, status)

    assert (windows.main("msiexec", ["/x", "{A}", "/qn"]), capsys.readouterr().err) == said
    assert asked == [["msiexec", "/x", "{A}", "/qn"]]


def test_reads_services(
    windows: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """States and start types become systemctl's words; a service without a state does not exist."""
    key = "HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Services\\{}\n    Start    REG_DWORD    {}\n\n"
    states = _STATE.format("himds", "4  RUNNING") + "\n" + _STATE.format("arcproxy", "1  STOPPED")
    _answers(windows, monkeypatch, 0, states + "\n" + key.format("himds", "0x2") + key.format("arcproxy", "0x4"))

    windows.main("windows-services", ["himds", "arcproxy", "other"])

    assert capsys.readouterr().out.split("\n\n")[:3] == [
        "Id=himds.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled",
        "Id=arcproxy.service\nLoadState=loaded\nActiveState=inactive\nUnitFileState=disabled",
        "Id=other.service\nLoadState=not-found\nActiveState=inactive\nUnitFileState=",
    ]


@pytest.mark.parametrize(
    ("words", "shown"),
    [(["Agent One"], "{A} 1.2.3.4 Agent One\n"), ([], "{A} 1.2.3.4 Agent One\n{B} 5.6 Other\n"), (["Agent"], "")],
    ids=["named", "all", "part of a name"],
)
def test_reads_the_uninstall_key(
    windows: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    shown: str,
) -> None:
    """A product is what has a display name; empty values are no part of the next ones."""
    named = "    DisplayName    REG_SZ    Agent One\n    DisplayVersion    REG_SZ    1.2.3.4\n"
    one = "{A}\n    Contact    REG_SZ    \n" + named
    two = "{B}\n    DisplayName    REG_SZ    Other\n    DisplayVersion    REG_SZ    5.6\n"
    _answers(windows, monkeypatch, 0, _KEY + one + _KEY + two + _KEY + "Unnamed\n    Size    REG_SZ    \n")

    windows.main("windows-products", words)

    assert capsys.readouterr().out == shown


def test_without_the_agent_there_is_no_command_line(windows: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """Before the installation `azcmagent` is unknown, as at any prompt."""
    assert windows.main("azcmagent", ["version"]) == 127
    assert capsys.readouterr().err == "azcmagent: command not found\n"
