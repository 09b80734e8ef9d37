"""What is hostile about a machine, as a table of `harness/environments` says it; and how commands are typed there."""

from __future__ import annotations

import msgspec


class Seat(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the commands of steps are typed. `variables` join the environment of whoever types.

    `enter` is what they are typed below, as root: the program that puts them into another mount namespace. Looks are
    not typed: they see the whole machine.
    """

    variables: dict[str, str] = {}
    enter: tuple[str, ...] = ()
    terminal: bool = True  # else: no terminal at all, nothing to read, and the package manager's own word for yes
    sudo: bool = True  # else: root types
    home: bool = True  # else: in /tmp


ORDINARY_SEAT = Seat()


class Environment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One environment. `set_up`, `at_boot`, `check` and `seat` are templates that know the `product`.

    `set_up` is a shell script that root runs once, before the first step of a scenario, and `at_boot` one after each
    boot, the first among them, for what does not outlast it. `check` is a command line that is typed before the first
    step as those of the steps are, and that ends with 0 where the environment is in force.
    """

    title: str
    why: str
    check: str
    set_up: str = ""
    at_boot: str = ""
    seat: Seat = ORDINARY_SEAT
    capabilities: tuple[str, ...] = ()  # that the machine's container has beside the usual ones
    sysctls: dict[str, str] = {}
    tmpfs: dict[str, str] = {}  # folder -> options, in place of the machine's own
    services: bool = True  # else: no service can run until the machine boots, which ends the environment
    absent: tuple[str, ...] = ()  # paths that it takes away, and below which nothing has to be placed
    noise: str = ""  # a pattern of lines that system tools print by themselves there
    proxy: str = ""  # the case's, as `given` has it
    machines: tuple[str, ...] = ()  # host names, where one machine is not enough
    needs_accounts: bool = False  # it is none for a product that brings no accounts
    needs_cloud: bool = False  # it is none for a product that knows no cloud
    lasting: bool = False  # in force to the end, whatever was installed and removed: the check is done again
    quick: bool = False  # part of a quick validation
    steps: tuple[str, ...] = ("install: {version: candidate}", "reinstall: {}", "uninstall: {}")
