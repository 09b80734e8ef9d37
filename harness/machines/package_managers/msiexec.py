"""Windows Installer, as Wine plays it on a machine whose other programs are Linux's.

Source: the document's "Windows", "To upgrade from the command line" and "Uninstall from the command line". There is no
PowerShell: what the document does with it to find the product code, `windows-products` of the image does.
"""
# ruff: noqa: ARG002 - one signature for all families

from __future__ import annotations

import re
import shlex
from dataclasses import replace

from harness.errors import LabError
from harness.machines.package_managers.base import PackageManager, Patience, Script
from harness.machines.session import Completed
from simulator.contract import DRIVE_C

_FILE = "AzureConnectedMachineAgent.msi"
_LINK = "https://aka.ms/AzureConnectedMachineAgent"
_MICROSOFT_UPDATE = "7971f918-a847-4430-9279-4a52d1efe18d"
_TOLD = re.compile(r"(?m)^errorlevel (-?\d+)\s*\Z")
_WIDE = 254  # what the image's programs end with where the status is told in their last line


class Msiexec(PackageManager):
    """Each line is an administrator's; downloads, which a person does with a browser, are curl's."""

    name = "msiexec"
    unattended_switches = "/qn"  # which the document's lines have
    own_log = f"{DRIVE_C}/Support/Logs/azcmagentupgradesetup.log"
    database = "/var/lib/windows/system.reg"
    programs = ("msiexec.exe",)
    lock = ""
    complaints = ()
    cache = f"{DRIVE_C}/windows/Installer"

    def ended(self, done: Completed) -> Completed:
        told = _TOLD.search(done.stderr) or _TOLD.search(done.stdout)
        return replace(done, exit=int(told[1])) if done.exit == _WIDE and told else done

    def renew_key(self, config_url: str) -> list[Script]:
        raise _lacks("repository")

    def set_patience(self, patience: Patience) -> str:
        raise _lacks("repository")

    def forget(self) -> str:
        raise _lacks("repository")

    def configure_repository(self, config_url: str) -> list[Script]:
        raise _lacks("repository")

    def refresh(self) -> Script:
        return _typed(f"curl -sSLfo {_FILE} {_LINK}")

    def list_versions(self, package: str) -> Script:
        raise _lacks("listing of versions")

    def listed_versions(self, package: str, output: str) -> list[str]:
        raise _lacks("listing of versions")

    def install(self, package: str, version: str | None) -> Script:
        release = "-" + ".".join(version.split(".")[:2]) if version else ""
        return _typed(f"curl -sSLfo {_FILE} {_LINK}{release} && {_setup('azcmagentsetup.log')}")

    def upgrade(self, package: str) -> Script:
        return _typed(_setup("azcmagentupgradesetup.log"))

    def uninstall(self, package: str) -> Script:
        codes = f"$(set -o pipefail; windows-products {shlex.quote(package)} | cut -d ' ' -f 1)"
        return _typed(f"codes={codes} && for code in $codes; do msiexec.exe /x $code /qn; done")

    def hold(self, package: str, *, release: bool) -> Script:
        raise _lacks("hold")

    def set_up_unattended(self) -> str:
        return "systemctl start windows-update"

    def upgrade_unattended(self) -> list[Script]:
        return [Script("windows-update", user="root")]

    def let_upgrade_unattended(self, host: str) -> str:
        # The document's three lines of PowerShell, in VBScript.
        lines = (
            'Set ServiceManager = CreateObject("Microsoft.Update.ServiceManager")',
            f'ServiceID = "{_MICROSOFT_UPDATE}"',
            'ServiceManager.AddService2 ServiceID, 7, ""',
        )
        words = " ".join(shlex.quote(line) for line in lines)
        key = rf"HKLM\Software\Microsoft\Windows\CurrentVersion\WindowsUpdate\Services\{_MICROSOFT_UPDATE}"
        look = f"reg.exe query {shlex.quote(key)} /v RegisteredWithAU"  # a script that fails ends with 0 under Wine
        return f"printf '%s\\n' {words} > microsoft-update.vbs && cscript.exe //nologo microsoft-update.vbs && {look}"

    def use_proxy(self, url: str) -> str:
        raise _lacks("proxy of its own")

    def remove(self, package: str) -> Script:
        return self.uninstall(package)

    def reinstall(self, package: str, version: str) -> Script:
        return self.install(package, version)

    def downgrade(self, package: str, version: str) -> Script:
        return self.install(package, version)

    def repair(self, package: str, version: str, state: str) -> list[Script]:
        return [self.install(package, version)]

    def find_problems(self, package: str) -> str:
        missing = 'case "$path" in /*) [ -e "$path" ] || echo "missing $path";; esac'
        each = f"while IFS= read -r path; do {missing}; done"
        return f"(set -o pipefail; windows-files {shlex.quote(package)} | {each}) || exit 1"

    def list_scripts(self, package: str) -> str:
        raise _lacks("maintainer scripts")

    def list_files(self, package: str) -> str:
        """See PackageManager; Windows Installer knows one path of each component alone."""
        return f"windows-files {shlex.quote(package)} || exit 1"

    def list_configuration(self, package: str) -> str:
        return "true"  # Windows Installer knows no such files

    def read_registry(self, work: str) -> str:
        return f"windows-registry {shlex.quote(work)}"

    def query(self, package: str) -> str:
        state = 'NR == 0 ? "absent" : (NR == 1 ? "installed" : "half-installed") versions'
        count = f"awk '{{versions = versions \" \" $2}} END {{print {state}}}'"
        return f"(set -o pipefail; windows-products {shlex.quote(package)} | {count}) || exit 1"

    def list_packages(self) -> str:
        return r"windows-products | sed -E 's/^\S+ (\S*) (.*)/\2\t\1/; s/ /-/g; s/\t/ /'"

    @property
    def volatile(self) -> tuple[str, ...]:
        updates = f"{DRIVE_C}/windows/SoftwareDistribution"
        return ("/var/lib/windows/*.reg", updates, self.cache, f"{DRIVE_C}/windows/temp", f"{DRIVE_C}/Support/Logs",
                f"{DRIVE_C}/users/*/AppData/Local/Temp", f"{DRIVE_C}/users/*/Temp", f"/root/{_FILE}")  # fmt: skip


def _typed(line: str) -> Script:
    return Script(line, user="root")


def _setup(log: str) -> str:
    return f'msiexec.exe /i {_FILE} /qn /l*v "C:\\Support\\Logs\\{log}"'


def _lacks(what: str) -> LabError:
    return LabError("family-without", f"Windows Installer has no {what}.")
