"""An audit looks at the machine itself; what it cannot look at is neither good nor bad."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Import = Callable[[str], ModuleType]
_FILES = {
    "PasswordPolicy_msid110": "etc/ssh/sshd_config", "PasswordPolicy_msid121": "etc/passwd",
    "PasswordPolicy_msid232": "etc/shadow",
}  # fmt: skip


@pytest.fixture
def phrases(agent_module: Import, tmp_path: Path) -> Callable[..., list[str]]:
    """Give what audits a machine with one file, and gives the reasons."""

    def look(name: str, text: str, mode: int = 0o644) -> list[str]:
        file = tmp_path / _FILES[name]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        (found,) = agent_module("audits").audit({"name": name}, str(tmp_path))
        assert found["complianceStatus"] == ("NonCompliant" if found["reasons"] else "Compliant")
        return [reason["phrase"] for reason in found["reasons"]]

    return look


@pytest.mark.parametrize(
    ("name", "text", "mode", "expected"),
    [
        ("PasswordPolicy_msid121", "", 0o644, []),
        ("PasswordPolicy_msid121", "", 0o666, ["The file /etc/passwd has the mode 0666, not 0644."]),
        ("PasswordPolicy_msid232", "root:*:1::\nann:$6$x:1::\n", 0o600, []),
        ("PasswordPolicy_msid232", "root:*:1::\nann::1::\n", 0o600, ["The account ann has no password."]),
        ("PasswordPolicy_msid110", "#PermitEmptyPasswords yes\nPermitEmptyPasswords no\n", 0o644, []),
        ("PasswordPolicy_msid110", "permitemptypasswords yes\nPermitEmptyPasswords no\n", 0o644,
         ["The server for SSH lets accounts without passwords in."]),
    ],
    ids=["mode", "other mode", "passwords", "no password", "refused", "let in"],
)  # fmt: skip
def test_files(phrases: Callable[..., list[str]], name: str, text: str, mode: int, expected: list[str]) -> None:
    """Each says which of them does not comply, and why."""
    assert phrases(name, text, mode) == expected


def test_no_server_for_ssh_lets_nobody_in(agent_module: Import, tmp_path: Path) -> None:
    """A machine without one complies."""
    (found,) = agent_module("audits").audit({"name": "PasswordPolicy_msid110"}, str(tmp_path))

    assert found["complianceStatus"] == "Compliant"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder in which the machine's programs are."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def wanted(name: str, value: str = "packages: [bash, 'vim', telnet]") -> dict[str, Any]:
    """Give a configuration of packages, with the parameter's public name."""
    parameter = {"name": "[ChefInSpecResource]Linux;AttributesYmlContent", "value": value}
    return {"name": name, "configurationParameter": [parameter]}


@pytest.mark.process
@pytest.mark.parametrize(
    ("name", "expected"),
    [("installed_application_linux", ["The package telnet is not installed."]),
     ("NotInstalledApplicationLinux", ["The package bash is installed.", "The package vim is installed."])],
)  # fmt: skip
def test_packages(agent_module: Import, machine: Path, name: str, expected: list[str]) -> None:
    """The machine's package manager is asked for each; one that is half removed is not installed."""
    program = machine / "dpkg-query"
    program.write_text("#!/bin/sh\nfor name; do :; done\ncase $name in bash|vim) echo installed ;; *) exit 1 ;; esac\n")
    program.chmod(0o755)
    (found,) = agent_module("audits").audit(wanted(name))

    assert [reason["phrase"] for reason in found["reasons"]] == expected


@pytest.mark.parametrize("value", ["packages: bash", ""])
def test_packages_that_nobody_names(agent_module: Import, value: str) -> None:
    """A parameter that cannot be read is no answer."""
    error = agent_module("errors").AgentError

    with pytest.raises(error, match="no parameter AttributesYmlContent names packages"):
        agent_module("audits").audit(wanted("installed_application_linux", value))


def test_a_file_that_cannot_be_read(agent_module: Import, tmp_path: Path) -> None:
    """It is no answer either."""
    error = agent_module("errors").AgentError

    with pytest.raises(error, match="etc/passwd"):
        agent_module("audits").audit({"name": "PasswordPolicy_msid121"}, str(tmp_path))


def test_a_configuration_that_is_not_known(agent_module: Import) -> None:
    """Nobody can say whether the machine complies."""
    assert agent_module("audits").audit({"name": "AzureLinuxBaseline"}) is None
