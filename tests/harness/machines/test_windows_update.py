"""The image's update client: rules, what it takes and refuses, what it writes down, and when it is time.

Not checked here: what Wine's programs print and do; `make windows` does.
"""

from __future__ import annotations

import base64
import calendar
import hashlib
import io
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

_FOLDER = Path(__file__).resolve().parents[3] / "distro-images" / "include"
_UNINSTALL = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall"
_LOOP = (
    '<b.RegKeyLoop Key="HKEY_LOCAL_MACHINE" Subkey="SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall"'
    ' TrueIf="{way}"><And><b.RegSz Key="HKEY_LOOP_TARGET" Value="DisplayName" Comparison="EqualTo" Data="Agent"/>'
    '<b.RegSzToVersion Key="HKEY_LOOP_TARGET" Value="DisplayVersion" Comparison="{how}" Data="1.67.3504.3207"/></And>'
    "</b.RegKeyLoop>"
)
_QUERY = """
HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall

HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{1}
    DisplayName    REG_SZ    Agent
    DisplayVersion    REG_SZ    1.57.3197.2885
    NoModify    REG_DWORD    0x1
    Comments    REG_SZ    \n
HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{2}
    DisplayName    REG_SZ    Other
    DisplayVersion    REG_SZ    2.0
"""


@pytest.fixture(name="program")
def update_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """Load the program, with a folder of its own."""
    monkeypatch.syspath_prepend(str(_FOLDER))
    module = __import__("windows_update")
    monkeypatch.setattr(module, "FOLDER", str(tmp_path))
    (tmp_path / "Download").mkdir()
    return module


@pytest.fixture(name="rules")
def rules_module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load the rules."""
    monkeypatch.syspath_prepend(str(_FOLDER))
    return __import__("windows_update_rules")


def test_reads_what_reg_prints(rules: ModuleType) -> None:
    """Keys and names in small letters, whole values, empty ones too."""
    found = rules.parse_query(_QUERY)

    assert rules.values(found, _UNINSTALL + r"\{1}") == {
        "displayname": "Agent", "displayversion": "1.57.3197.2885", "nomodify": "0x1", "comments": "",
    }  # fmt: skip
    assert rules.values(found, r"HKLM\None") == {}


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("<True/>", True),
        ("<Not><True/></Not>", False),
        ("<And><True/><False/></And>", False),
        ("<Or><False/><True/></Or>", True),
        (_LOOP.format(way="Any", how="LessThan"), True),
        (_LOOP.format(way="All", how="LessThan"), False),
        (_LOOP.format(way="None", how="LessThan"), False),
        (_LOOP.format(way="Any", how="GreaterThanOrEqualTo"), False),
        (_LOOP.format(way="Any", how="LessThan").replace('"Agent"', '"Nobody"'), False),
        (_LOOP.format(way="Any", how="LessThan").replace('"DisplayVersion"', '"None"'), False),
        (_LOOP.format(way="Any", how="LessThan").replace('"DisplayVersion"', '"Comments"'), False),
    ],
)
def test_judges_a_rule(rules: ModuleType, rule: str, holds: bool) -> None:
    """As the update schema means it; a value that is not there is no match, whatever it is compared with."""
    assert rules.judge(ET.fromstring(rule), rules.parse_query(_QUERY)) is holds


@pytest.mark.parametrize(
    "rule",
    ["<b.FileExists/>", _LOOP.format(way="Most", how="LessThan"), _LOOP.format(way="Any", how="Like"),
     '<b.RegSz Key="HKEY_USERS" Value="x" Comparison="EqualTo" Data=""/>',
     '<b.RegSz Key="HKEY_LOCAL_MACHINE" RegType32="true" Value="x" Comparison="EqualTo" Data=""/>',
     '<b.RegSz Key="HKEY_LOCAL_MACHINE" Value="x" Comparison="BeginsWith"/>', "<Not/>", "<And/>",
     _LOOP.format(way="Any", how="LessThan").replace("1.67.3504.3207", "1.x")],
)  # fmt: skip
def test_guesses_nothing(rules: ModuleType, rule: str) -> None:
    """A rule that it cannot judge is no rule that holds."""
    with pytest.raises(rules.Unsupported):
        rules.judge(ET.fromstring(rule), rules.parse_query(_QUERY))


@given(st.lists(st.integers(0, 65535), min_size=1, max_size=4), st.lists(st.integers(0, 65535), min_size=1, max_size=4))
def test_versions_are_numbers(one: list[int], other: list[int]) -> None:
    """Not texts: 1.9 is older than 1.28, and 1.28 is 1.28.0.0."""
    rules = __import__("windows_update_rules")
    texts = [".".join(map(str, numbers)) for numbers in (one, other)]
    padded = [numbers + [0] * (4 - len(numbers)) for numbers in (one, other)]

    assert (rules.version(texts[0]) < rules.version(texts[1])) is (padded[0] < padded[1])


def _info(identity: str, *, action: str = "Install", replaces: str = "", how: str = "LessThan") -> ET.Element:
    relations = f'<SupersededUpdates><UpdateIdentity UpdateID="{replaces}"/></SupersededUpdates>' if replaces else ""
    installed = _LOOP.format(way="Any", how="GreaterThanOrEqualTo")
    info = ET.Element("UpdateInfo")
    ET.SubElement(info, "ID").text = identity
    ET.SubElement(ET.SubElement(info, "Deployment"), "Action").text = action
    ET.SubElement(info, "Xml").text = (
        f'<UpdateIdentity UpdateID="{identity}"/><Relationships>{relations}</Relationships><ApplicabilityRules>'
        f"<IsInstalled>{installed}</IsInstalled><IsInstallable>{_LOOP.format(way='Any', how=how)}</IsInstallable>"
        "</ApplicabilityRules>"
    )
    return info


@pytest.mark.parametrize(
    ("infos", "chosen"),
    [
        ([_info("1")], ["1"]),
        ([_info("1", action="PreDeploymentCheck")], []),
        ([_info("1", how="GreaterThan")], []),
        ([_info("1"), _info("2", replaces="1")], ["2"]),
        ([_info("1"), _info("2", replaces="1", action="PreDeploymentCheck")], ["1"]),
        ([_info("1"), _info("2", replaces="1", how="GreaterThan")], ["1"]),
    ],
    ids=["fits", "not approved", "does not fit", "replaced", "replaced by none approved", "replaced by none that fits"],
)
def test_chooses_what_is_offered(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch, infos: list[ET.Element], chosen: list[str]
) -> None:
    """What is to be installed, fits, and is not replaced by another one of these."""
    asked: list[int] = []

    def details(revisions: list[int]) -> tuple[dict[str, str], dict[str, str]]:
        asked.extend(revisions)
        return {}, {}

    connection = SimpleNamespace(sync=lambda _: infos, details=details)
    monkeypatch.setattr(program.windows, "run", lambda *_: (0, _QUERY, ""))

    assert program.find_offered(connection) == []
    assert [str(number) for number in asked] == chosen


def _update(content: bytes, **other: Any) -> dict[str, Any]:
    digests = {name: base64.b64encode(hashlib.new(name, content).digest()).decode() for name in ("sha1", "sha256")}
    return {"identity": "u", "title": "Agent 2", "file": "agent.msi", "url": "http://x/agent.msi", "digests": digests,
            "handler": "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/WindowsInstaller",
            "command_line": "REBOOT=ReallySuppress", **other}  # fmt: skip


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Give a setter of what every address answers with."""

    def serve(content: bytes) -> None:
        monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: io.BytesIO(content))

    return serve


@pytest.mark.parametrize("wrong", ["sha1", "sha256"])
def test_refuses_a_file_that_is_another(
    program: ModuleType, served: Callable[[bytes], None], tmp_path: Path, wrong: str
) -> None:
    """One digest that differs is enough; the file does not stay."""
    served(b"agent")
    update = _update(b"agent")
    update["digests"][wrong] = _update(b"other")["digests"][wrong]

    with pytest.raises(program.Failed, match=f"its {wrong} differs") as caught:
        program.download(update)

    assert (caught.value.code, list((tmp_path / "Download").iterdir())) == (0x80246002, [])


def test_keeps_what_was_downloaded_and_looks_at_it_again(
    program: ModuleType, served: Callable[[bytes], None], tmp_path: Path
) -> None:
    """A file that is there is not got again; one that somebody has changed meanwhile is refused."""
    served(b"agent")
    path = program.download(_update(b"agent"))
    served(b"nothing")
    assert program.download(_update(b"agent")) == path
    (tmp_path / "Download" / "agent.msi").write_bytes(b"changed")

    with pytest.raises(program.Failed, match="differs"):
        program.download(_update(b"agent"))


def test_a_file_has_no_folder(rules: ModuleType) -> None:
    """Wherever a server would like it to be."""
    assert rules.os_name("../../etc/a b.msi") == "_.._etc_a_b.msi"


@pytest.mark.parametrize(("status", "last"), [(0, 183), (3010, 183), (1603, 182)])
def test_reports_what_windows_installer_did(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch, served: Callable[[bytes], None], status: int, last: int
) -> None:
    """To the server, and in the file of Windows; the command line is the update's."""
    served(b"agent")
    lines: list[list[str]] = []

    def run(line: list[str]) -> tuple[int, str, str]:
        lines.append(line)
        return status, "", ""

    monkeypatch.setattr(program, "find_offered", lambda _: [_update(b"agent")])
    monkeypatch.setattr(program.windows, "run", run)
    told: list[Any] = []
    settings = SimpleNamespace(connect=lambda: SimpleNamespace(place="here", report=told.extend))

    assert program.look(settings, installs=True) == (last != 183)
    assert [event[0] for event in told] == [147, 162, 181, last]
    assert lines[0][:2] + lines[0][3:] == ["msiexec", "/i", "/qn", "REBOOT=ReallySuppress"]
    log = Path(program.FOLDER, "ReportingEvents.log").read_bytes().decode("utf-16")
    assert [line.split("\t")[3].split()[0] for line in log.splitlines()] == ["147", "162", "181", str(last)]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "agent.msi"])
def test_a_file_comes_over_http(program: ModuleType, url: str) -> None:
    """Not from the machine itself."""
    with pytest.raises(program.Failed, match="cannot be downloaded from"):
        program.download(_update(b"agent", url=url))


def test_another_handler_is_not_guessed(program: ModuleType) -> None:
    """What is not for Windows Installer is not given to it."""
    with pytest.raises(program.Failed, match="nobody here installs"):
        program.install(_update(b"", handler="other"), "x")


def test_a_server_that_breaks_is_an_error(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is written down, the exit status says it, and nothing is installed."""
    monkeypatch.setattr(program, "find_offered", lambda _: (_ for _ in ()).throw(OSError("no route")))
    told: list[Any] = []
    settings = SimpleNamespace(connect=lambda: SimpleNamespace(place="here", report=told.extend))

    assert program.look(settings, installs=True) == 1
    assert ([event[0] for event in told], capsys.readouterr().err) == ([148], "here: no route\n")


_ENVELOPE = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>{}</e:Body></e:Envelope>'
_CONFIG = "<AuthInfo><AuthPlugInInfo><ServiceUrl>a.asmx</ServiceUrl></AuthPlugInInfo></AuthInfo>"
_AGREED = (f"<a><GetConfigResult>{_CONFIG}</GetConfigResult><GetAuthorizationCookieResult/><GetCookieResult/>"
           "<SyncUpdatesResult><NewCookie/><Truncated>false</Truncated>{}</SyncUpdatesResult></a>")  # fmt: skip
_TOLD = ("<NewUpdates><UpdateInfo><ID>{}</ID><IsLeaf>{}</IsLeaf><Deployment><Action>Install</Action></Deployment>"
         "<Xml>{}</Xml></UpdateInfo></NewUpdates>")  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<html><head/><body>Sign in</body></html>", "<html> has no Body"),
        ('<?xml version="1.0" encoding="klingon"?><a/>', "no XML"),
        ("nothing", "no XML"),
        (_ENVELOPE.format(""), "has no Body"),
        (_ENVELOPE.format("<GetConfigResponse/>"), "has no GetConfigResult"),
        (_ENVELOPE.format("<a><GetConfigResult/></a>"), "has no AuthInfo"),
        (_ENVELOPE.format(f"<a><GetConfigResult>{_CONFIG}</GetConfigResult></a>"), "no GetAuthorizationCookieResult"),
        (_ENVELOPE.format(_AGREED.format(_TOLD.format("x", "true", ""))), "'x' is no revision"),
        (_ENVELOPE.format(_AGREED.format(_TOLD.format("9" * 5000, "true", ""))), "is no revision"),
        (_ENVELOPE.format(_AGREED.format(_TOLD.format("7", "false", "&lt;a"))), "metadata that are no XML"),
        (_ENVELOPE.format(_AGREED.format(_TOLD.format("7", "true", ""))), "metadata without UpdateIdentity"),
    ],
)
def test_an_answer_of_somebody_else_is_an_error(
    program: ModuleType, served: Callable[[bytes], None], capsys: pytest.CaptureFixture[str], content: str, said: str
) -> None:
    """A sign-in page of a network, or a server that leaves things out: it is written down, and a later look is due."""
    served(content.encode())
    protocol = __import__("windows_update_protocol")
    settings = SimpleNamespace(connect=lambda: protocol.Connection("http://x", "http://x", "{pc}", "pc"))

    assert program.look(settings, installs=True) == 1
    assert said in capsys.readouterr().err


def test_a_place_that_is_no_address_is_an_error(program: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever an administrator has written into the policy."""
    protocol = __import__("windows_update_protocol")

    assert program.look(SimpleNamespace(connect=lambda: protocol.Connection("x", "x", "", "pc")), installs=True) == 1
    assert "unknown url type" in capsys.readouterr().err


_METADATA = (
    '<ExtendedProperties Handler="h"/><Files><File Digest="d" DigestAlgorithm="SHA1" FileName="a.msi">'
    '<AdditionalDigest Algorithm="SHA256">e</AdditionalDigest></File></Files>'
    '<HandlerSpecificData><MsiData CommandLine="x"/></HandlerSpecificData>'
)


def test_what_is_offered_is_whole(rules: ModuleType) -> None:
    """Metadata that lack what an installation needs, or promise it by a digest that nobody knows, are refused."""
    core, places = SimpleNamespace(identity="u"), {"d": "http://x/a.msi"}
    assert rules.offered(core, [_METADATA], places)["digests"] == {"sha1": "d", "sha256": "e"}
    for gone in ("<ExtendedProperties", 'Digest="d"', "DigestAlgorithm=", "FileName=", "Algorithm=", "SHA1"):
        wrong = _METADATA.replace(gone, "<Other" if gone.startswith("<") else 'x="" y=' if gone.endswith("=") else "")
        with pytest.raises(rules.Unsupported):
            rules.offered(core, [wrong], places)
    with pytest.raises(rules.Unsupported):
        rules.offered(core, [_METADATA], {})


def test_without_a_server_nothing_is_asked(program: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """Microsoft Update is not asked before it is registered."""
    assert program.look(SimpleNamespace(connect=lambda: None), installs=True) == 0
    assert "not registered" in capsys.readouterr().out


_ID = r"\Services\7971f918-a847-4430-9279-4a52d1efe18d"
_AU = r"HKLM\Software\Policies\Microsoft\Windows\WindowsUpdate\AU"
_POLICY = r"HKLM\Software\Policies\Microsoft\Windows\WindowsUpdate"


@pytest.mark.parametrize(
    ("found", "place"),
    [
        ({}, None),
        ({r"HKLM\Software\Microsoft\Windows\CurrentVersion\WindowsUpdate" + _ID: {"registeredwithau": "0x1"}}, "fe2"),
        ({r"HKLM\Software\Microsoft\Windows\CurrentVersion\WindowsUpdate" + _ID: {"registeredwithau": "0x0"}}, None),
        ({_AU: {"allowmuupdateservice": "0x1"}}, "fe2"),
        ({_POLICY: {"wuserver": "http://own"}}, None),
        ({_POLICY: {"wuserver": "http://own/"}, _AU: {"usewuserver": "0x1", "allowmuupdateservice": "0x1"}}, "own"),
    ],
    ids=["nothing", "registered", "not with automatic updates", "by policy", "not used", "own server"],
)
def test_the_registry_says_whom_to_ask(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch, found: dict[str, dict[str, str]], place: str | None
) -> None:
    """The organization's server before Microsoft's, where the policy says that it is used."""
    registry = {key.casefold(): values for key, values in found.items()}
    monkeypatch.setattr(program.rules, "read_registry", lambda *_: registry)
    connection = program.Settings().connect()

    assert (connection and connection.place.split("//")[1].split(".")[0]) == place


@pytest.mark.parametrize(
    ("day", "hour", "now", "moment"),
    [
        (0, 3, "2026-01-07T12:00:00", "2026-01-07T03:00:00"),
        (0, 13, "2026-01-07T12:00:00", "2026-01-06T13:00:00"),
        (0, 12, "2026-01-07T12:00:00", "2026-01-07T12:00:00"),
        (1, 3, "2026-01-07T12:00:00", "2026-01-04T03:00:00"),
        (4, 13, "2026-01-07T12:00:00", "2025-12-31T13:00:00"),
        (7, 3, "2026-01-07T12:00:00", "2026-01-03T03:00:00"),
    ],
    ids=["today", "yesterday", "now", "on Sunday", "on Wednesday, a week ago", "on Saturday"],
)
def test_knows_when_it_was_time(program: ModuleType, day: int, hour: int, now: str, moment: str) -> None:
    """2026-01-07 was a Wednesday."""
    settings = SimpleNamespace(day=day, hour=hour)
    seconds = [calendar.timegm(program.time.strptime(text, "%Y-%m-%dT%H:%M:%S")) for text in (now, moment)]

    assert program.last_moment(settings, float(seconds[0])) == seconds[1]
