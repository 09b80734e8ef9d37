"""The document's lines for Windows, exit codes of more than eight bits, and what is read of the Uninstall key.

Source: "Managing and maintaining the Connected Machine agent", sections "To upgrade from the command line" and
"Uninstall from the command line".
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from harness.errors import LabError
from harness.machines.package_managers import PACKAGE_MANAGERS
from harness.machines.session import Completed

_NAME = "Azure Connected Machine Agent"
_CODE = "{16AF8398-A957-54F9-9502-132596F50825}"
_MSI = PACKAGE_MANAGERS["msiexec"]


def _shell_with_products(tmp_path: Path, body: str, line: str) -> subprocess.CompletedProcess[str]:
    for name, text in (("windows-products", body), ("msiexec.exe", 'echo "$@"')):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    return subprocess.run(
        ["bash", "-c", line], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )


def test_the_documents_command() -> None:
    """The upgrade is the document's line; an installation is the same, from the version's link and with its own log."""
    upgrade = r'msiexec.exe /i AzureConnectedMachineAgent.msi /qn /l*v "C:\Support\Logs\azcmagentupgradesetup.log"'
    link = "https://aka.ms/AzureConnectedMachineAgent-1.39"

    assert _MSI.upgrade(_NAME).line == upgrade
    assert _MSI.install(_NAME, "1.39.02628.1001").line == (
        f"curl -sSLfo AzureConnectedMachineAgent.msi {link} && {upgrade.replace('upgradesetup', 'setup')}"
    )
    assert _MSI.refresh().line == f"curl -sSLfo AzureConnectedMachineAgent.msi {link.removesuffix('-1.39')}"


@pytest.mark.process
def test_registers_microsoft_update_as_the_document_does(tmp_path: Path) -> None:
    """The three lines, in VBScript; then the registry is looked at, since a script's failure is silent."""
    for name, text in (("cscript.exe", "cat $2"), ("reg.exe", 'echo "$@"; exit 1')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        ["bash", "-c", _MSI.let_upgrade_unattended("")], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, cwd=tmp_path,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    *script, looked = done.stdout.splitlines()

    assert script == [
        'Set ServiceManager = CreateObject("Microsoft.Update.ServiceManager")',
        'ServiceID = "7971f918-a847-4430-9279-4a52d1efe18d"',
        'ServiceManager.AddService2 ServiceID, 7, ""',
    ]
    assert (looked.split(" /v ")[1], done.returncode) == ("RegisteredWithAU", 1)


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        (Completed(254, "", "errorlevel 1603\n", 0.1), 1603),
        (Completed(254, "said\r\nerrorlevel 1638\r\n", "", 0.1), 1638),
        (Completed(254, "", "errorlevel 254\n", 0.1), 254),
        (Completed(254, "", "errorlevel 1603\nthen more\n", 0.1), 254),
        (Completed(0, "errorlevel 1603\n", "", 0.1), 0),
        (Completed(None, "", "errorlevel 1603\n", 0.1), None),
    ],
    ids=["one stream", "terminal", "itself", "not last", "only printed", "too late"],
)
def test_an_exit_code_may_have_more_than_eight_bits(seen: Completed, status: int | None) -> None:
    """The image's programs tell it in their last line, and end with 254 then and only then."""
    assert _MSI.ended(seen).exit == status


@pytest.mark.process
@pytest.mark.parametrize(
    ("body", "state"),
    [
        ("", ("absent", "")),
        (f"echo '{_CODE} 1.67.03504.3207 {_NAME}'", ("installed", "1.67.03504.3207")),
        (f"echo '{_CODE} 1.67.1.1 {_NAME}'; echo '{{X}} 1.57.1.1 {_NAME}'", ("half-installed", "1.67.1.1 1.57.1.1")),
    ],
    ids=["absent", "installed", "two"],
)
def test_tells_the_states_of_a_product_apart(tmp_path: Path, body: str, state: tuple[str, str]) -> None:
    """Two products of one name are an upgrade that did not remove the old one."""
    assert state == _MSI.installed(_shell_with_products(tmp_path, body, _MSI.query(_NAME)).stdout)


@pytest.mark.process
def test_a_key_that_cannot_be_read_is_not_absent(tmp_path: Path) -> None:
    """What could not be asked fails."""
    assert _shell_with_products(tmp_path, "exit 1", _MSI.query(_NAME)).returncode == 1


@pytest.mark.process
def test_removes_what_the_uninstall_key_names(tmp_path: Path) -> None:
    """Each product code that has the name goes through the documented command."""
    body = f'[ "$1" = "{_NAME}" ] && echo "{_CODE} 1.2.3.4 {_NAME}"'

    assert _shell_with_products(tmp_path, body, _MSI.uninstall(_NAME).line).stdout == f"/x {_CODE} /qn\n"
    assert _shell_with_products(tmp_path, "exit 1", _MSI.uninstall(_NAME).line).returncode == 1  # not: nothing to do


@pytest.mark.process
def test_a_list_of_products_has_one_word_for_each_name(tmp_path: Path) -> None:
    """The name comes first and has no blanks, as a snapshot reads it."""
    listed = _shell_with_products(tmp_path, f"echo '{_CODE} 1.2.3.4 {_NAME}'", _MSI.list_packages()).stdout

    assert listed == "Azure-Connected-Machine-Agent 1.2.3.4\n"


def test_says_what_windows_installer_has_not() -> None:
    """A step that has no meaning there ends with a reason."""
    with pytest.raises(LabError, match="has no repository"):
        _MSI.configure_repository("https://packages.microsoft.com/x")


@pytest.mark.process
def test_a_missing_file_of_a_component_is_a_problem(tmp_path: Path) -> None:
    """Paths of files are looked for, blanks and all; a value of the registry is no file."""
    there, gone = tmp_path / "is there.exe", tmp_path / "has gone.exe"
    there.touch()
    program = tmp_path / "windows-files"
    program.write_text(f"#!/bin/sh\n[ \"$1\" = '{_NAME}' ] && printf '%s\\n' '{there}' '{gone}' 'HKLM\\Software\\A'\n")
    program.chmod(0o755)
    done = _shell_with_products(tmp_path, "", _MSI.find_problems(_NAME))
    program.write_text("#!/bin/sh\nexit 1\n")
    unread = [_shell_with_products(tmp_path, "", f"{{ {look}; }}; echo more").stdout
              for look in (_MSI.find_problems(_NAME), _MSI.list_files(_NAME))]  # fmt: skip

    assert unread == ["", ""]  # a look that fails ends there
    assert (done.returncode, done.stdout) == (0, f"missing {gone}\n"), done.stderr
