"""What runs services on a machine: how to look at them, and what an administrator types.

Looks print a block for each service in the words of `systemctl show`, whoever runs them.
"""

from __future__ import annotations

import shlex
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.errors import LabError
from harness.machines.systemd import look_at_systemd
from harness.machines.unit_files import UNIT_FOLDERS, list_unit_files

_SHOWN = "Id,LoadState,ActiveState,UnitFileState"
#: The variables of a whole machine of Windows.
_VARIABLES = r"HKLM\System\CurrentControlSet\Control\Session Manager\Environment"


class ServiceManager(ABC):
    """What runs services. Stateless."""

    @abstractmethod
    def show(self, services: Sequence[str], properties: str = _SHOWN) -> str:
        """Give a shell line that prints these properties of services; of one that does not exist, `not-found`."""

    @abstractmethod
    def look(
        self, services: Sequence[str], work: Path, must: Callable[[str, str], str]
    ) -> tuple[dict[str, str], tuple[str, ...]]:
        """Give the state of each of `services` and of what else systemd has loaded, by name, and the environment.

        `work` and `must` as in `look_at_systemd`. Raises: LabError when that cannot be told.
        """

    @abstractmethod
    def list_all(self, work: str) -> str:
        """Give the script that prints `name enablement` of every service and unit there is; else it ends the shell.

        `work` is a folder where it may keep something between two looks.
        """

    @abstractmethod
    def edit(self, services: Sequence[str]) -> str:
        """Give the script with which an administrator sets something of his own; it prints each path."""

    @abstractmethod
    def is_active(self, service: str) -> str:
        """Give a shell line that ends with 0 when the service runs."""

    def answers(self, service: str, port: int) -> str:
        """Give a shell line that ends with 0 when the service does not run, or listens at a TCP port."""
        return f'[ -n "$(ss -Hltn sport = :{port})" ] || ! {{ {self.is_active(service)}; }}'

    def follow_clock(self) -> str:
        """Give a shell line that makes what runs services see a clock that was changed under it; once, at the start."""
        return "true"

    @abstractmethod
    def act(self, action: str, service: str) -> str:
        """Give the line that does it. Raises: LabError for an action that there is none for."""


class Systemd(ServiceManager):
    """systemd; what has no ending is a service. It does something to several at once, with blanks between."""

    def show(self, services: Sequence[str], properties: str = _SHOWN) -> str:
        names = [service if "." in service else f"{service}.service" for service in services]
        return f"systemctl show --property={properties} {shlex.join(names)}"

    def look(
        self, services: Sequence[str], work: Path, must: Callable[[str, str], str]
    ) -> tuple[dict[str, str], tuple[str, ...]]:
        return look_at_systemd(work, must, services)

    def list_all(self, work: str) -> str:
        return list_unit_files(UNIT_FOLDERS, work)

    def edit(self, services: Sequence[str]) -> str:
        return f"""for unit in {shlex.join(services)}; do
    folder=/etc/systemd/system/$unit.service.d
    mkdir -p $folder
    printf '[Service]\\nEnvironment=EDITED_BY=administrator\\n' > $folder/administrator.conf
    echo $folder/administrator.conf
done
systemctl daemon-reload
"""

    def is_active(self, service: str) -> str:
        return f"systemctl --quiet is-active {shlex.quote(service)}.service"

    def act(self, action: str, service: str) -> str:
        words = ["kill", "--kill-who=main", "--signal=SIGKILL"] if action == "kill" else [action]
        return shlex.join(["systemctl", *words, *service.split()])


class WindowsServices(ServiceManager):
    """The service manager of Windows, which Wine plays; `windows-services` of the image asks `sc` and the registry."""

    def show(
        self,
        services: Sequence[str],
        properties: str = _SHOWN,  # noqa: ARG002
    ) -> str:
        return f"windows-services {shlex.join(services)} || exit 1" if services else "true"

    def look(
        self, services: Sequence[str], work: Path, must: Callable[[str, str], str]
    ) -> tuple[dict[str, str], tuple[str, ...]]:
        units, _ = look_at_systemd(work, must, ())
        said = must(f"windows-look {shlex.join(services)}", "tell its services and variables")
        blocks, _, variables = said.rpartition("\n\n")
        return units | parse_services(blocks), tuple(variables.splitlines())

    def list_all(self, work: str) -> str:  # noqa: ARG002
        return "windows-services || exit 1"

    def edit(self, services: Sequence[str]) -> str:  # noqa: ARG002
        return f"""reg.exe add '{_VARIABLES}' /v EDITED_BY /d administrator /f > /dev/null
printf '%s\\n' '{_VARIABLES}\\EDITED_BY'
"""

    def is_active(self, service: str) -> str:
        return f"windows-services {shlex.quote(service)} | grep -q ^ActiveState=active"

    def follow_clock(self) -> str:
        return "systemctl restart windows"

    def act(self, action: str, service: str) -> str:
        if action == "restart":
            # Wine's `net stop` sometimes says "Broken pipe." of a service that it has stopped. Of one that it has not,
            # `net start` says that it is running, and fails.
            return f"net.exe stop {shlex.quote(service)}; net.exe start {shlex.quote(service)}"
        if action not in ("start", "stop"):
            raise LabError(
                "service-action", f"there is no command of Windows here that does '{action}' to a service.",
                hint="'start' and 'stop' are `net start` and `net stop`.",
            )  # fmt: skip
        return shlex.join(["net.exe", action, service])


def parse_services(text: str) -> dict[str, str]:
    """Read blocks as `show` prints them: `active enabled` by name, or `absent`."""
    states: dict[str, str] = {}
    for block in text.split("\n\n"):
        facts = dict(line.partition("=")[::2] for line in block.splitlines() if "=" in line)
        if facts.get("LoadState") == "not-found":
            states[facts["Id"]] = "absent"
        elif "Id" in facts:
            states[facts["Id"]] = f"{facts.get('ActiveState', '?')} {facts.get('UnitFileState', '') or 'static'}"
    return states


#: By the word of `services` in a distro's facts.
SERVICE_MANAGERS: dict[str, ServiceManager] = {"systemd": Systemd(), "windows": WindowsServices()}
