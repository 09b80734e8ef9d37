"""Of an .msi the row is blamed that names the finding and has changed since the previous release."""

from __future__ import annotations

import msgspec
import pytest

from harness.laws.trial import STARTS, Finding, Trial
from harness.model.validation import Blame
from harness.validation.blame import blame
from harness.validation.msi_blame import rows_of
from tests.harness.laws.values import make_trial

_OLD = {
    "ServiceControl": "ServiceControl=C1\tName=himds\tEvent=163\nServiceControl=C2\tName=arcproxy\tEvent=163\n",
    "ServiceInstall": "ServiceInstall=S1\tName=himds\tStartType=2\n",
    "File": "File=F1\tComponent_=Cli\tFileName=AZ~1.EXE|azcmagent.exe\tFileSize=1\n",
    "Registry": "Registry=r1\tRoot=2\tKey=SOFTWARE\\A\tName=Version\tValue=1.57.1\tComponent_=Settings\n"
    "Registry=r2\tRoot=2\tKey=SYSTEM\\E\tName=IMDS\tValue=x\tComponent_=Settings\n",
    "Component": "Component=Cli\tComponentId={1}\tAttributes=256\n"
    "Component=Settings\tComponentId={2}\tAttributes=260\n",
    "Upgrade": "UpgradeCode={A}\tVersionMax=1.57.1\tAttributes=1\tActionProperty=UP\n",
    "Property": "Property=ProductCode\tValue={P}\n",
}
_NEW = {name: text.replace("1.57.1", "1.68.2").replace("{P}", "{Q}") for name, text in _OLD.items()}


def _trial(**changes: str) -> Trial:
    trial = make_trial()
    assert trial.old is not None
    new, old = (
        msgspec.structs.replace(
            contents, package=msgspec.structs.replace(contents.package, format="msi"), scripts=tables
        )
        for contents, tables in ((trial.new, _NEW | changes), (trial.old, _OLD))
    )
    return Trial(trial.product, new, old, ())


_EVENT = _NEW["ServiceControl"].replace("himds\tEvent=163", "himds\tEvent=162")
_FAILING = "Action=Register\tType=34\tTarget=cmd.exe /c exit 1\n"
_WRITING = "Action=Write\tType=98\tTarget=cmd.exe /c echo x > C:\\Data\\localconfig.json\n"


@pytest.mark.parametrize(
    ("changes", "finding", "expected"),
    [
        ({"Registry": f"{_NEW['Registry']}Registry=r3\tRoot=0\tKey=.agent\tName=Type\tValue=x\n"},
         Finding(None, "", about=("HKLM\\Software\\Classes\\.agent\\Type",)), Blame("Registry", 3, None, "r3 (Type)")),
        ({"Environment": "Environment=e1\tName==-*AGENT\tValue=x\n"},
         Finding(None, "", about=("HKLM\\System\\CurrentControlSet\\Control\\Session Manager\\Environment\\AGENT",)),
         Blame("Environment", 1, None, "e1 (=-*AGENT)")),
        ({}, Finding(None, "", about=("HKLM\\Software\\Wow6432Node\\A\\Version",)),
         Blame("Registry", 1, None, "r1 (Version)")),
        ({"ServiceControl": _EVENT}, Finding(None, "", about=("himds",), deed=STARTS),
         Blame("ServiceControl", 1, None, "C1 (himds)")),
        ({"ServiceInstall": "ServiceInstall=S1\tName=himds\tStartType=3\n"}, Finding(None, "", about=("himds",)),
         Blame("ServiceInstall", 1, None, "S1 (himds)")),
        ({"Component": _NEW["Component"].replace("256", "272")}, Finding(None, "", about=("/drive_c/P/azcmagent.exe",)),
         Blame("Component", 1, None, "Cli")),
        ({}, Finding(None, "", about=("HKLM\\Software\\A\\Version",)), Blame("Registry", 1, None, "r1 (Version)")),
        ({"Registry": _NEW["Registry"].splitlines()[0]}, Finding(None, "", about=("IMDS=x",)),
         Blame("Registry", None, None, "r2 (IMDS), which is gone since the previous release")),
        ({"Upgrade": _NEW["Upgrade"].replace("{A}", "{B}")},
         Finding(None, "the package is half-installed instead of installed"), Blame("Upgrade", 1, None, "{B} (UP)")),
        ({"CustomAction": _FAILING}, Finding(None, "'msiexec.exe /i x' ends with exit status 1603"),
         Blame("CustomAction", 1, None, "Register (cmd.exe /c exit 1)")),
        ({"CustomAction": _WRITING}, Finding(None, "", about=("/drive_c/Data/localconfig.json",)),
         Blame("CustomAction", 1, None, "Write (cmd.exe /c echo x > C:\\Data\\localconfig.json)")),
        ({}, Finding(None, "'msiexec.exe /i x' ends with exit status 1603"), None),
        ({}, Finding(None, "", about=("nobody",)), None),
    ],
    ids=["class", "variable", "32 bits", "event", "start type", "component", "unchanged", "gone", "upgrade code",
         "failing", "command", "news", "none"],
)  # fmt: skip
def test_blame(changes: dict[str, str], finding: Finding, expected: Blame | None) -> None:
    """Versions and the product's own code are new in each release, and no reason for suspicion."""
    assert blame(finding, _trial(**changes)) == expected


def test_a_key_of_the_registry_is_blamed_on_its_own_row() -> None:
    """Its path ends with a backslash: it names no row that has changed for another reason."""
    changes = {"CustomAction": _WRITING, "ServiceControl": _EVENT}
    key = Finding(None, "", about=("HKLM\\System\\E\\",))
    other = Finding(None, "", about=("HKLM\\Software\\Other\\",))

    assert blame(key, _trial(**changes)) == Blame("Registry", 2, None, "r2 (IMDS)")
    assert blame(other, _trial(**changes)) is None


def test_rows() -> None:
    """A value may hold an equals sign."""
    assert rows_of("A=1\tB=x=y\n") == [{"A": "1", "B": "x=y"}]
