"""What an .msi newly does to all of a machine of Windows is told once; what is its own, or known already, is not."""

from __future__ import annotations

import msgspec
import pytest

from harness.laws.trial import Trial
from simulator.contract import PackageContents
from tests.harness.laws.values import make_trial, payload, summaries

_SERVICES = "ServiceInstall=S\tName=himds\tDisplayName=Himds\n"
_SYSTEM = "HKLM\\SYSTEM\\CurrentControlSet"


def _msi(contents: PackageContents, values: tuple[str, ...], actions: str) -> PackageContents:
    return msgspec.structs.replace(
        contents, package=msgspec.structs.replace(contents.package, format="msi"), digests=(),
        files=tuple(payload(path, kind="v", mode="0") for path in values),
        scripts={"ServiceInstall": _SERVICES, "CustomAction": actions},
    )  # fmt: skip


def _trial(values: tuple[str, ...] = (), actions: str = "", *, old: tuple[str, ...] = (), known: str = "") -> Trial:
    trial = make_trial()
    assert trial.old is not None
    return Trial(trial.product, _msi(trial.new, values, actions), _msi(trial.old, old, known), ())


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\Agent", "what starts with each session"),
        (f"{_SYSTEM}\\Control\\Session Manager\\Environment\\PATH", "the environment of all programs"),
        (f"{_SYSTEM}\\Control\\FileSystem\\LongPathsEnabled", "settings of the kernel"),
        ("HKLM\\SOFTWARE\\Policies\\Microsoft\\x", "policies"),
        (f"{_SYSTEM}\\Services\\Spooler\\Start", "the service Spooler, which is not the package's"),
        (f"{_SYSTEM}\\Services\\SharedAccess\\Parameters\\x", "the network and its rules"),
        ("HKCR\\.arc\\@", "what opens files and classes"),
    ],
)
def test_a_value_that_acts_on_all(path: str, what: str) -> None:
    """Keys are found in letters of any size; what the previous release had is known."""
    assert summaries("reach-announced", _trial((path,))) == [f"new since the previous release: {path} changes {what}"]
    assert summaries("reach-announced", _trial((path,), old=(path.lower(),))) == []


@pytest.mark.parametrize("path", ["HKLM\\SOFTWARE\\Agent\\Version", f"{_SYSTEM}\\Services\\HIMDS\\Parameters\\x"])
def test_a_value_of_its_own(path: str) -> None:
    """Its key, and what its own service reads."""
    assert summaries("reach-announced", _trial((path,))) == []


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("netsh.exe advfirewall firewall add rule name=x", "the network and its rules: netsh"),
        ("cmd.exe /c schtasks /create /tn x", "jobs of the scheduler: schtasks"),
        ("C:\\Windows\\System32\\net.exe user x y /add", "who may do what: net user"),
        ("net user x y /add", "who may do what: net user"),
        ("cmd.exe /c echo reg > C:\\x", ""),
        ("cmd.exe /c describe x", ""),
    ],
    ids=["netsh", "in cmd", "with an ending", "net user", "at the end", "part of a word"],
)
def test_a_command_of_a_custom_action(command: str, told: str) -> None:
    """A command is one where a command may stand; one that the previous release had is known."""
    row = f"Action=Tune\tType=98\tTarget={command}\n"
    summary = f"new since the previous release: the custom action Tune changes {told}"

    assert summaries("reach-announced", _trial(actions=row)) == ([summary] if told else [])
    assert summaries("reach-announced", _trial(actions=row, known=row)) == []
