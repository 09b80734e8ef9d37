"""The image's program for Windows: what it hands to Wine's prompt, and how it reads the answers.

Not checked here: that Wine answers so; `make windows` does.
"""

from __future__ import annotations

import importlib.util
import os
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
    path = '"C:\\Program Files\\{0}.exe"'
    key = (
        "HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Services\\{0}\n"
        f"    ImagePath    REG_EXPAND_SZ    {path}\n    Start    REG_DWORD    {{1}}\n\n"
    )
    monkeypatch.setattr(windows, "processes", lambda: {r"c:\program files\himds.exe": 7, r"c:\x\arcproxy.exe": 8})
    states = _STATE.format("himds", "4  RUNNING") + "\n" + _STATE.format("arcproxy", "1  STOPPED")
    _answers(windows, monkeypatch, 0, states + "\n" + key.format("himds", "0x2") + key.format("arcproxy", "0x4"))

    windows.main("windows-services", ["himds", "arcproxy", "other"])

    place = "FragmentPath=HKLM\\System\\CurrentControlSet\\Services\\"
    assert capsys.readouterr().out.split("\n\n")[:3] == [
        f"Id=himds.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\nMainPID=7\n{place}himds",
        f"Id=arcproxy.service\nLoadState=loaded\nActiveState=inactive\nUnitFileState=disabled\nMainPID=0\n{place}arcproxy",
        "Id=other.service\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\nMainPID=0\nFragmentPath=",
    ]


@pytest.mark.parametrize(
    ("path", "pid"),
    [
        (r"C:\Program Files\A\a.exe", 5),
        (r'"C:\Program Files\A\a.exe"', 5),
        (r'"C:\Program Files\A\a.exe"  -k netsvcs', 6),
        (r'"%ProgramFiles%\A\a.exe" -k "Two Words"', 7),
        (r"%PROGRAMFILES%\A\a.exe", 5),
        (r"%Unknown%\A\a.exe", 0),
        (r'"C:\Program Files\A\a.exe" -k other', 0),
    ],
)
def test_finds_the_process_of_a_service(
    windows: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: str, pid: int
) -> None:
    """By its command line: quotes and variables in the registry, neither in the process."""
    program = windows.command_line(r"C:\Program Files\A\a.exe")
    running = {program: 5, f"{program} -k netsvcs": 6, f"{program} -k two words": 7}
    monkeypatch.setattr(windows, "processes", lambda: running)
    key = f"\nHKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Services\\a\n    ImagePath    REG_EXPAND_SZ    {path}\n"
    variables = "OS=Windows_NT\nProgramFiles=C:\\Program Files\n"
    asked = _answers(windows, monkeypatch, 0, variables + _STATE.format("a", "4  RUNNING") + "\n" + key)

    windows.main("windows-services", ["a"])

    assert f"\nMainPID={pid}\n" in capsys.readouterr().out
    assert asked[0] == ["set"]


def test_a_process_of_its_own_is_found_by_its_command_line(windows: ModuleType) -> None:
    """As the kernel tells it, without quotes: this one."""
    line = Path("/proc/self/cmdline").read_text().replace("\0", " ")

    assert windows.processes()[windows.command_line(line)] <= os.getpid()


def test_lists_all_services(
    windows: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What has a program and a start type of services; a name has no blanks."""
    key = "HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Services\\{}\n    Start    REG_DWORD    {}\n"
    program = "    ImagePath    REG_SZ    C:\\a.exe\n\n"
    _answers(windows, monkeypatch, 0, key.format("Spooler", "0x3") + program + key.format("Odd One", "0x2") + program
             + key.format("disk", "0x0") + program + key.format("none", "0x2"))  # fmt: skip

    assert windows.main("windows-services", []) == 0
    assert capsys.readouterr().out == "Odd-One.service enabled\nSpooler.service manual\n"


_SERVICE_KEY = (
    "\nHKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Services\\a\n    ImagePath    REG_SZ    C:\\a.exe\n"
    "    Start    REG_DWORD    0x2\n"
)
_VARIABLES = (
    "\nHKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Control\\Session Manager\\Environment\n"
    "    TEMP    REG_EXPAND_SZ    %SystemRoot%\\temp\n    OS    REG_SZ    Windows_NT\n"
)


def test_looks_at_services_and_variables_at_once(
    windows: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The blocks of services, then the variables of the whole machine, sorted, and no value of a service's key."""
    asked = _answers(windows, monkeypatch, 0, _STATE.format("a", "1  STOPPED") + _SERVICE_KEY + _VARIABLES)

    assert windows.main("windows-look", ["a"]) == 0
    block, variables = capsys.readouterr().out.split("\n\n")
    assert block.startswith("Id=a.service\nLoadState=loaded\nActiveState=inactive\nUnitFileState=enabled\n")
    assert variables == "OS=Windows_NT\nTEMP=%SystemRoot%\\temp\n"
    assert len(asked) == 4


@pytest.mark.parametrize(
    ("status", "said"), [(1, _SERVICE_KEY + _VARIABLES), (0, _SERVICE_KEY), (0, _VARIABLES), (0, "")],
    ids=["the last one failed", "no variables", "no services", "nothing"],
)  # fmt: skip
def test_a_look_that_lacks_something_is_an_error(
    windows: ModuleType, monkeypatch: pytest.MonkeyPatch, status: int, said: str
) -> None:
    """What cannot be read is no machine without any."""
    _answers(windows, monkeypatch, status, said)

    assert windows.main("windows-look", ["a"]) == 1


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


@pytest.mark.parametrize(
    ("begun", "status"), [(["", "began"], 5), (["began"], 5)], ids=["at the second time", "at once"]
)
def test_a_prompt_that_did_not_begin_is_tried_again(
    windows: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, begun: list[str], status: int
) -> None:
    """It has done nothing."""
    left = [*begun]

    def prompt(folder: str, _commands: object) -> int:
        for name in ("out", "err", *filter(None, [left.pop(0)])):
            (Path(folder) / name).touch()
        (Path(folder) / "status").write_text("5\n")
        return 1

    monkeypatch.setattr(windows, "SCRATCH", str(tmp_path))
    monkeypatch.setattr(windows, "prompt", prompt)

    assert (windows.run(["reg", "query"]), left) == ((status, "", ""), [])


@pytest.mark.parametrize(("files", "trials"), [([], 3), (["began"], 1)], ids=["never begins", "breaks off"])
def test_a_prompt_that_breaks_is_told(
    windows: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: list[str], trials: int
) -> None:
    """What may have done something is not done twice."""
    tried: list[str] = []

    def prompt(folder: str, _commands: object) -> int:
        tried.append(folder)
        for name in files:
            (Path(folder) / name).touch()
        return 1

    monkeypatch.setattr(windows, "SCRATCH", str(tmp_path))
    monkeypatch.setattr(windows, "prompt", prompt)

    with pytest.raises(SystemExit, match="it ended with 1, and told no status"):
        windows.run(["msiexec", "/x", "{A}"])
    assert len(tried) == trials
