"""The words of steps that let an installation, an upgrade or a removal come to grief, and that repair it."""

from __future__ import annotations

from typing import Literal

from harness.model.words import Version, WordsBase

Work = Literal["installation", "removal"]


class Interrupt(WordsBase, frozen=True):
    """Install a version, which may be an upgrade, or remove the package, and let the package manager come to grief.

    It is killed, or the machine loses its power, just before something happens for the first time: the package file
    is opened, a maintainer script runs, a file is unpacked, a service starts. Or the disk is full there (`download` or
    `unpack`), or another process holds the package manager's lock from the beginning. Or a release that comes after the
    installed one refuses in its first script (`refusal`): nothing is to be repaired then.
    """

    by: Literal["kill", "power", "full-disk", "lock", "refusal"]
    of: Work = "installation"
    at: Literal["download", "preinst", "unpack", "postinst", "service", "prerm", "postrm"] = "download"
    version: Version = "latest"


class Repair(WordsBase, frozen=True):
    """Finish what was interrupted, as the package manager's documentation says."""

    of: Work = "installation"
    version: Version = "latest"
