"""What the words of a scenario file are made of.

Durations are text such as `90s`, `20m`, `24h`, `45d`, `2 periods` (a period is one heartbeat period).
Versions are a release (`1.50`), a full version, or a name: `latest`, `previous`, `oldest`, `candidate`.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

Duration = Annotated[str, msgspec.Meta(pattern=r"^[0-9]+ ?(s|m|h|d|periods?)$", description="90s, 20m, 24h, 2 periods")]
Version = Annotated[
    str, msgspec.Meta(min_length=1, title="version", description="1.50, latest, previous, oldest, candidate or $axis")
]
LONGEST_HOST_NAME = 63
HostName = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length=LONGEST_HOST_NAME)]
MOST_MACHINES = 11  # of one case: a /28 has so many addresses beside the engine, the cloud and a proxy
Words = str | tuple[str, ...]
Bound = Annotated[int, msgspec.Meta(ge=0)]


class WordsBase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Base of everything in a scenario file: an unknown key is an error."""
