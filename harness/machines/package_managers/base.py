"""What a package manager is to the harness: the documented commands, and how to read its answers."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Literal

from harness.errors import LabError
from harness.machines.session import Completed
from harness.machines.terminal import Dialogue
from harness.model.environment import Seat

_SUDO = re.compile(r"(^|[|;&(] *)sudo ", re.MULTILINE)  # where a command begins

#: What differs from run to run in what package managers say, and what stands for it.
_VARYING = (
    (r"\bIP: [^\])]*", "IP: ADDRESS"),
    (r"(?<=[(\s])\d+\.\d+\.\d+\.\d+(?=[):\s])", "ADDRESS"),
    (r"\b[0-9a-f]{64}\b", "HASH"),
    (r"HASH-\w+\.xml", "HASH-LIST.xml"),  # several are read at once
    (r"\b[0-9A-F]{16,40}\b", "KEY"),
    (r"\b\d+d \d+h \d+min \d+s\b", "TIME"),
    (r"\b\d+ (?:ms|milliseconds|seconds)\b", "TIME"),
    (r"\(\d+ != \d+\)", "(SIZE != SIZE)"),
    # whichever is first: the kernel, which finds no neighbour, or the client's patience
    (r"Curl error \((?:7|28)\): .* \[(Failed to connect to .* after TIME): .*\]", r"Curl error (7 or 28): [\1]"),
)

#: As ever; trying each thing once; or also giving up a server after a second of silence.
Patience = Literal["usual", "once", "brief"]


@dataclass(frozen=True)
class Script:
    """One command line as the document writes it, with what a person answers and how long it may take.

    `accept` are exit codes that mean success beside 0 (`yum check-update` answers 100 when updates exist).
    """

    line: str
    dialogue: Dialogue = ()
    accept: tuple[int, ...] = ()
    timeout_s: float = 300.0
    user: str = "tester"


class PackageManager(ABC):
    """One family's package manager. Stateless; commands run as an ordinary user with sudo, as documented."""

    name: str
    unattended_switches: str  # by which it asks nothing
    own_log: str  # the log that the document points at
    database: str  # its change time tells that packages changed
    programs: tuple[str, ...]  # what does its work, by the names of the processes
    lock: str  # held by whoever installs
    complaints: tuple[str, ...]  # patterns of what it says of a repository; the group of the first that is found tells
    cache: str  # where it downloads to
    published_as: str  # the path of a package for x86-64 below its repository

    @abstractmethod
    def configure_repository(self, config_url: str) -> list[Script]:
        """Give the commands that install `packages-microsoft-prod`."""

    def at_seat(self, script: Script, seat: Seat) -> Script:
        """Give a command, or a whole script, as it is typed at a seat."""
        if not seat.sudo:
            script = replace(script, line=_SUDO.sub(r"\1", script.line), user="root")
        return script if seat.terminal else replace(script, line=self.unattended(script.line))

    def unattended(self, line: str) -> str:
        """Give a command line in the form that asks nothing; one of another program as it stands."""
        return re.sub(rf"^((sudo )?{re.escape(self.name)}) ", rf"\1 {self.unattended_switches} ", line)

    def impatient(self, line: str) -> str:
        """Give a command line in the form that does not wait long for a lock."""
        return line

    def complaint(self, output: str) -> str:
        """Give what it says that a repository has, in its own words but for what differs each time; or nothing."""
        text = "\n".join(re.split(r"[\r\n]+", output))
        found = next(filter(None, (re.search(pattern, text, re.MULTILINE) for pattern in self.complaints)), None)
        said = " ".join(found[1].split()) if found else ""
        for pattern, placeholder in _VARYING:
            said = re.sub(pattern, placeholder, said)
        return said

    @abstractmethod
    def renew_key(self, config_url: str) -> list[Script]:
        """Give the commands that bring the repository's present key, where a definition does not say where it lies."""

    @abstractmethod
    def set_patience(self, patience: Patience) -> str:
        """Give a shell line after which it has this patience with servers, where it can be told."""

    @abstractmethod
    def forget(self) -> str:
        """Give a shell line that throws away what it has read of repositories and downloaded."""

    @abstractmethod
    def refresh(self) -> Script:
        """Give the documented command that updates the index."""

    @abstractmethod
    def list_versions(self, package: str) -> Script:
        """Give the documented command that lists the published versions."""

    @abstractmethod
    def listed_versions(self, package: str, output: str) -> list[str]:
        """Read the versions that the listing names, in its order, each once."""

    @abstractmethod
    def install(self, package: str, version: str | None) -> Script:
        """Give the documented command that installs one version, or the newest for None."""

    @abstractmethod
    def upgrade(self, package: str) -> Script:
        """Give the documented command that upgrades the package, or all packages for ""."""

    @abstractmethod
    def uninstall(self, package: str) -> Script:
        """Give the documented command that removes the package."""

    @abstractmethod
    def hold(self, package: str, *, release: bool) -> Script:
        """Give the command that keeps the package at its version, or the one that releases it."""

    def set_up_unattended(self) -> str:
        """Give a shell line that installs the machine's own job for upgrades. Raises: LabError without such a job."""
        raise LabError("unattended-upgrade", f"{self.name} has no job that upgrades packages by itself.")

    def upgrade_unattended(self) -> list[Script]:
        """Give the commands of the machine's own job that upgrades packages by itself. Raises: LabError without one."""
        raise LabError("unattended-upgrade", f"{self.name} has no job that upgrades packages by itself.")

    def let_upgrade_unattended(self, host: str) -> str:
        """Give a shell line with which an administrator lets that job take what a repository's host offers.

        Raises: LabError without such a job.
        """
        raise LabError("unattended-upgrade", f"{self.name} has no job that could take packages of '{host}'.")

    @abstractmethod
    def use_proxy(self, url: str) -> str:
        """Give a shell line with which an administrator sets the proxy of all downloads, or takes it away with ""."""

    @abstractmethod
    def remove(self, package: str) -> Script:
        """Give the command that removes the package and keeps its configuration files, where there is such a one."""

    @abstractmethod
    def reinstall(self, package: str, version: str) -> Script:
        """Give the command that installs the installed version once more."""

    @abstractmethod
    def downgrade(self, package: str, version: str) -> Script:
        """Give the command that installs an older version."""

    @abstractmethod
    def repair(self, package: str, version: str, state: str) -> list[Script]:
        """Give the documented commands that finish an interrupted installation; `state` is what `query` prints."""

    def repair_removal(self, package: str, state: str) -> list[Script]:
        """Give the documented commands that finish an interrupted removal; `state` is what `query` prints."""
        return [self.uninstall(package)] if state != "absent" else []

    def refuse_next(self, package: str, work: str) -> Script:  # noqa: ARG002 - one signature for all families
        """Give the command that tries to upgrade to a release whose first script refuses; made in the folder `work`.

        Raises: LabError where an old release is told nothing of it.
        """
        raise LabError("interrupt-refusal", f"{self.name} tells an installed package nothing of a refused upgrade.")

    @abstractmethod
    def find_problems(self, package: str) -> str:
        """Give a shell line that prints what the package database finds wrong, but for edited configuration files."""

    @abstractmethod
    def list_scripts(self, package: str) -> str:
        """Give a shell line that prints the installed package's maintainer scripts, by dpkg's names for them."""

    @abstractmethod
    def list_files(self, package: str) -> str:
        """Give a shell line that prints the paths that the installed package owns, nothing when it is absent."""

    @abstractmethod
    def list_configuration(self, package: str) -> str:
        """Give a shell line that prints the package's configuration files."""

    @abstractmethod
    def query(self, package: str) -> str:
        """Give a shell line that prints `state version` of the package, or `absent`."""

    @abstractmethod
    def list_packages(self) -> str:
        """Give a shell line that prints `name version` of every package, and fails when it cannot."""

    def ended(self, done: Completed) -> Completed:
        """Give what a command did with its exit status as the system counts it, which may have more than eight bits."""
        return done

    def installed(self, output: str) -> tuple[str, str]:
        """Read the answer of `query`: (`installed`, `half-installed` or `absent`, version or "")."""
        state, _, version = output.strip().partition(" ")
        return (state, version) if state in ("installed", "half-installed") else ("absent", "")

    def read_registry(self, work: str) -> str:  # noqa: ARG002 - one signature for all families
        """Give a shell line that prints what the system keeps in no file, as JSON: `{path: [then, now]}`.

        It prints what is not as it was at the first look, which it keeps in the folder `work`; null is none. Nothing
        is printed where all that counts is in files.
        """
        return "true"

    @property
    def volatile(self) -> tuple[str, ...]:
        """Give the paths that it writes for itself: caches, locks, logs, databases."""
        return ()

    @property
    def registers(self) -> tuple[str, ...]:
        """Give files below `volatile` where packages and administrators say what holds for all; patterns of a shell."""
        return ()


#: What rpm leaves where it was killed: scripts, and files that it had not finished.
RPM_REMAINS = ("/var/tmp/rpm-tmp.*", f"*;{8 * '[0-9a-f]'}")  # noqa: S108 - of the machine


class RpmPackageManager(PackageManager):
    """What the package managers on an rpm database share."""

    database = "/var/lib/rpm"
    lock = "/var/lib/rpm/.rpm.lock"
    published_as = "Packages/a/{package}-{version}.x86_64.rpm"

    def configure_repository(self, config_url: str) -> list[Script]:
        return [
            Script(f"curl -sSLf -O {config_url}", timeout_s=60),
            Script("sudo rpm -i packages-microsoft-prod.rpm", timeout_s=60),
            Script("rm packages-microsoft-prod.rpm", timeout_s=10),
        ]

    def renew_key(self, config_url: str) -> list[Script]:  # noqa: ARG002 - the definition names the key's place
        return []

    def remove(self, package: str) -> Script:
        return self.uninstall(package)

    def repair(self, package: str, version: str, state: str) -> list[Script]:
        if state.startswith("installed"):
            return [self.reinstall(package, version)]
        removal = [self.uninstall(package)] if state.startswith("half-installed") else []  # two versions at once
        return [*removal, self.install(package, version)]

    def find_problems(self, package: str) -> str:
        return f"! rpm -q --quiet {package} || rpm -V {package} | grep -v '^.\\{{9\\}}  c ' || true"

    def list_scripts(self, package: str) -> str:
        names = "s/^(pre|post)install .*/\\1inst/p; s/^(pre|post)uninstall .*/\\1rm/p"
        return f"rpm -q --scripts {package} | sed -En '{names}'"

    def list_files(self, package: str) -> str:
        return f"! rpm -q --quiet {package} || rpm -ql {package} | grep '^/' || true"

    def list_configuration(self, package: str) -> str:
        return f"rpm -qc {package} | grep '^/' || true"

    def query(self, package: str) -> str:
        # Two versions at once are a half-finished upgrade.
        return (
            f"s=$(rpm -q --qf 'installed %{{VERSION}}-%{{RELEASE}}\\n' {package} 2>/dev/null) || s=absent; "
            '[ "$(echo "$s" | wc -l)" = 1 ] || s="half-installed $(echo $s)"; echo "$s"'
        )

    def list_packages(self) -> str:
        # Keys, which the database keeps like packages, are left out.
        return "rpm -qa --qf '%{NAME} %{VERSION}-%{RELEASE}\\n' | grep -v '^gpg-pubkey '"
