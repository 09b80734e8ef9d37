"""The words of steps that are about machines as such: their clocks and jobs, copies, fleets, and the installer."""

from __future__ import annotations

from typing import Annotated

import msgspec

from harness.model.words import Duration, HostName, Version, WordsBase


class Clock(WordsBase, frozen=True):
    """Set the machine's clock wrong against lab time, or right again. Exactly one of the three."""

    ahead: Duration = ""
    behind: Duration = ""
    right: bool = False


class Clone(WordsBase, frozen=True):
    """Give this machine all that the agent keeps on another one, its identity included, as a copy of its disk would."""

    of: HostName


class Cron(WordsBase, frozen=True):
    """Run the jobs of a file in /etc/cron.d now, as cron would; when they are due is not looked at.

    `cron: azcmagent_autoupgrade` means `file`.
    """

    file: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]+$")]


class Jobs(WordsBase, frozen=True):
    """Run all jobs that the package has laid down for cron, as cron would, and what its enabled timers start."""


class Fleet(WordsBase, frozen=True):
    """Onboard new machines with the script that the portal generates for a service principal, some at once.

    They are called `name`-1 and so on. A machine ends when it is connected, so that only its resource stays. After some
    at once of which one failed there are no more, and those stay until the case ends.
    """

    size: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    at_once: Annotated[int, msgspec.Meta(ge=1)] = msgspec.field(name="at-once", default=5)
    name: HostName = "fleet"
    principal: str = "onboarding"

    def names(self) -> list[str]:
        """Give the host names of its machines, in order."""
        return [f"{self.name}-{number}" for number in range(1, self.size + 1)]


class Reboot(WordsBase, frozen=True):
    """Restart the machine: PID 1 and everything below it."""


class UnattendedUpgrade(WordsBase, frozen=True):
    """Run the machine's own job that upgrades packages, as its timer does: unattended-upgrade, dnf-automatic.

    With `allow` an administrator lets it take the agent's repository first, from now on. With `set-up` it is installed,
    and does not run yet. On Windows it is the update client: `allow` registers Microsoft Update with it, `set-up`
    starts Automatic Updates, which then look when it is time.
    """

    allow: bool = False
    set_up: bool = msgspec.field(name="set-up", default=False)


class Onboard(WordsBase, frozen=True):
    """Download the Linux installer from Azure and run it, as an ordinary user with sudo.

    `version` is what `--desiredversion` gets: as it stands, or with `full` the family's full number of that release.
    `alternative` is a release whose package `--altdownload` names by its address in the repository.
    `proxy` is for the download and `--proxy`; `arguments` come last. With `connect`, the script that the portal
    generates for a service principal is run: it downloads and runs the installer, and connects under that name.
    `installer` is the text of another installer, which is run in the place of Azure's. `locked` is for how long
    somebody else holds the package manager's lock. With `in-vain` the package cannot be had: any exit status is right.
    """

    version: Version = ""
    full: bool = False
    alternative: Version = ""
    proxy: str = ""
    arguments: tuple[str, ...] = ()
    connect: str = ""
    principal: str = "onboarding"
    installer: str = ""
    locked: Duration = ""
    in_vain: bool = msgspec.field(name="in-vain", default=False)
