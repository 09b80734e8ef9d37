"""The words of steps that let something come to grief: an installation, an upgrade, a removal, the way to Azure."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from harness.model.words import Bound, Duration, Version, WordsBase

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


class Outage(WordsBase, frozen=True):
    """Disturb the connected machine's way to Azure for some lab time, then wait two periods at most for a heartbeat.

    Requests that match `host` and `operation` (patterns) get an `answer`, with `retry-after`; or a page of HTML, as a
    captive portal gives it; or their connection is dropped. Or the `cable` is unplugged, or the identity service of the
    region moves (`move`), or the machine is asleep: its clock jumps at once. With `reboot` it boots in the meantime.
    """

    by: Literal["answer", "html", "drop", "cable", "move", "sleep"]
    lasts: Duration = "11m"
    host: str = "*"
    operation: str = "*"
    answer: Annotated[int, msgspec.Meta(ge=400, le=599)] = 503
    retry_after: Bound = msgspec.field(name="retry-after", default=0)
    reboot: bool = False
