"""Say what an .msi does to all of a machine of Windows: by values of the registry, and by commands it runs.

Source: Windows' documentation of these keys: "Run and RunOnce Registry Keys", "Environment Variables", "Winlogon",
"Image File Execution Options", "Firewall rules", "Registry keys affected by Group Policy", "File types".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from simulator.contract import PackageContents, PayloadFile

_KEYS = {
    "what starts with each session": r"HK\w+\\Software\\(Wow6432Node\\)?Microsoft\\Windows\\CurrentVersion\\Run",
    "the environment of all programs": r"HKLM\\System\\CurrentControlSet\\Control\\Session Manager\\Environment\\",
    "how programs are started": r"HKLM\\Software\\(Wow6432Node\\)?Microsoft\\Windows NT\\CurrentVersion\\"
    r"(Winlogon|Windows|Image File Execution Options)\\",
    "policies": r"HK\w+\\Software\\(Microsoft\\Windows\\CurrentVersion\\)?Policies\\",
    "the network and its rules": r"HKLM\\System\\CurrentControlSet\\Services\\(SharedAccess|Tcpip\d?|Dnscache)\\",
    "settings of the kernel": r"HKLM\\System\\CurrentControlSet\\Control\\"
    r"(FileSystem|Lsa|SecurityProviders|Session Manager)\\",
    "what opens files and classes": r"HKCR\\|HKLM\\Software\\Classes\\",
}
_SERVICE = re.compile(r"HKLM\\System\\CurrentControlSet\\Services\\(?P<name>[^\\]+)\\", re.IGNORECASE)
_COMMANDS = {
    "the network and its rules": r"netsh|route|New-NetFirewallRule",
    "settings of the kernel": r"bcdedit|fsutil",
    "values of the registry": r"reg|regedit",
    "jobs of the scheduler": r"schtasks|at",
    "services": r"sc|net(?:\.exe)?\s+(?:start|stop)",
    "who may do what": r"net(?:\.exe)?\s+(?:user|localgroup)|icacls|takeown|cacls|secedit",
    "what is trusted and installed": r"certutil|dism|msiexec|wusa|Set-ExecutionPolicy",
    "the whole machine": r"shutdown|gpupdate",
    "programs of others": r"taskkill",
}
#: Where a command may stand, with or without the folder that it is in.
_BEGINS = r"(?:^|/[ck]\s+|[&|(])\s*\"?(?:[^\"\s&|]*\\)?"


def reach_of_value(file: PayloadFile, own_services: frozenset[str]) -> str:
    """Say what of the whole machine a value of the registry changes; empty where it is the product's own matter."""
    service = _SERVICE.match(file.path)
    known = next((what for what, key in _KEYS.items() if re.match(key, file.path, re.IGNORECASE)), "")
    if service and service["name"].casefold() not in own_services:
        return known or f"the service {service['name']}, which is not the package's"
    return known


def services_of(package: PackageContents) -> frozenset[str]:
    """Give the services that an .msi installs, in small letters."""
    rows = package.scripts.get("ServiceInstall", "").splitlines()
    return frozenset(found[1].casefold() for row in rows if (found := re.search(r"(?:^|\t)Name=([^\t]*)", row)))


def reached_by_actions(new: PackageContents, old: PackageContents) -> Iterator[tuple[str, str, str, str]]:
    """Give (action, what, command, row) of custom actions that the previous release had not, and that reach further."""
    known = set(old.scripts.get("CustomAction", "").splitlines())
    for row in new.scripts.get("CustomAction", "").splitlines():
        columns = dict(part.partition("=")[::2] for part in row.split("\t"))
        for what, commands in _COMMANDS.items() if row not in known else ():
            found = re.search(rf"{_BEGINS}({commands})(?:\.exe)?\"?(?=\s)", columns.get("Target", ""), re.IGNORECASE)
            if found:
                yield columns.get("Action", ""), what, " ".join(found[1].replace(".exe", "").split()), row
