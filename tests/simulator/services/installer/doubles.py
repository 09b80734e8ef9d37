"""A system made of doubles for the installer: each program that it may call writes down how it was called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import simulator.services.his

SCRIPT = Path(simulator.services.his.__file__).with_name("install_linux_azcmagent.sh")
REAL = ("awk", "bash", "cat", "cp", "env", "grep", "head", "mktemp", "rm", "sed", "seq", "sort", "tail", "tr", "touch")
DOUBLE = '#!/bin/bash\necho "${0##*/} $*" >> "$LAB/calls"\n'
RHEL = 'NAME="Red Hat Enterprise Linux"\nVERSION_ID="9.4"\n'
SLES = 'NAME="SLES"\nVERSION_ID="15.6"\n'
DEBIAN = 'NAME="Debian GNU/Linux"\nVERSION_ID="12"\n'
INSTALLS = 'case " $* " in *" install "* | *" up"*" azcmagent ") echo "${@: -1}" > "$LAB/azcmagent";; esac\n'
_IS_THERE = '[ -e "$LAB/${@: -1}" ]'
_ITS_VERSION = "sed 's/^azcmagent[=-]//' \"$LAB/${@: -1}\""
APT = {
    "apt-get": INSTALLS,
    "dpkg": 'touch "$LAB/packages-microsoft-prod"',
    "dpkg-query": f"{_IS_THERE} && case $* in *Version*) {_ITS_VERSION};; *) echo installed;; esac",
    "apt-cache": "printf ' azcmagent | %s | https://x Packages\\n' 1.67.1.5 1.50.2.9 1.50.10.3 1.5.1.1",
}
RPM = {
    "rpm": f'case $* in *VERSION*) {_ITS_VERSION};; -q*) {_IS_THERE};; -i*) touch "$LAB/packages-microsoft-prod";; esac'
}
DNF = {
    **RPM,
    "dnf": INSTALLS + "case \" $* \" in *' list '*) echo Available Packages;"
    " printf 'azcmagent.x86_64 %s x\\n' 0:1.50.2-9 1.50.10-3 1.67.1-5;; esac",
}
ZYPPER = {
    **RPM,
    "zypper": INSTALLS + "case \" $* \" in *' search '*) echo 'S | Name | Type | Version | Arch | Repository';"
    " printf '  | azcmagent | package | %s | x86_64 | x\\n' 1.50.2-9 1.50.10-3 1.67.1-5;; esac",
}
SYSTEMS = {"apt": (DEBIAN, APT), "dnf": (RHEL, DNF), "zypper": (SLES, ZYPPER)}


class Done(NamedTuple):
    """How the installer ended: exit status, outputs, the programs it called, and the result that it wrote."""

    exit: int
    stdout: str
    stderr: str
    calls: list[str]
    result: dict[str, object]

    @property
    def code(self) -> str:
        """Give the code of the written error, or the status without one."""
        error = self.result.get("error")
        return str(error["code"]) if isinstance(error, dict) else str(self.result["status"])

    def called(self, program: str) -> list[str]:
        """Give the calls of one program."""
        return [call for call in self.calls if call.startswith(f"{program} ")]


Install = Callable[..., Done]
