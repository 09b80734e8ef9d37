"""Say of a file in a folder that a program reads whether that program takes it: by its name, and by its mode."""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulator.contract import PackageFormat, PayloadFile

_NOT_OWNER_WRITES, _RUNS = 0o022, 0o111
_MEANT_TO_BE_IGNORED = (".", "README")
_RUN_PARTS = r"[A-Za-z0-9_-]+"  # Source: run-parts(8) and cron(8) of Debian
_UNITS = r".+\.(service|socket|timer|path|target|mount|automount|swap|slice|scope|device)"


@dataclass(frozen=True)
class _Reader:
    """What a program takes of a folder: names that match, modes without `forbidden` bits and with one of `needed`."""

    folder: str
    name: str
    forbidden: int = 0
    needed: int = 0


_ANY: tuple[_Reader, ...] = (
    # Source: sysctl.d(5), tmpfiles.d(5), sysusers.d(5), modules-load.d(5), modprobe.d(5), binfmt.d(5), ld.so.conf
    _Reader(r"/(etc|usr/lib|lib)/(sysctl|tmpfiles|sysusers|modules-load|modprobe|binfmt|environment)\.d", r".+\.conf"),
    _Reader(r"/etc/ld\.so\.conf\.d", r".+\.conf"),
    _Reader(r"/(etc|usr/lib|lib)/systemd/system", _UNITS),  # Source: systemd.unit(5)
    _Reader(r"/(etc|usr/lib|lib)/systemd/(system/[^/]+|[^/]+\.conf)\.d", r".+\.conf"),
    _Reader(r"/(etc|usr/lib|lib)/systemd/system-preset", r".+\.preset"),
    _Reader(r"/(etc|usr/lib|lib)/udev/rules\.d", r".+\.rules"),
    _Reader(r"/etc/profile\.d", r".+\.(sh|csh)"),
    _Reader(r"/etc/sudoers\.d", r"[^.~]+", forbidden=_NOT_OWNER_WRITES),  # Source: sudoers(5), @includedir
    # Source: logrotate's config.c: what others may write is not read, nor names with certain endings
    _Reader(r"/etc/logrotate\.d", r".+(?<!~)(?<!\.(?:swp|bak|old))(?<!\.(?:orig|save))(?<!\.disabled)",
            forbidden=_NOT_OWNER_WRITES),
)  # fmt: skip
_OF_FORMAT: dict[PackageFormat, tuple[_Reader, ...]] = {
    "deb": (
        _Reader(r"/etc/cron\.d", _RUN_PARTS, forbidden=_NOT_OWNER_WRITES),
        _Reader(r"/etc/cron\.(hourly|daily|weekly|monthly)", _RUN_PARTS, needed=_RUNS),
        # Source: apt.conf(5), sources.list(5), apt_preferences(5)
        _Reader(r"/etc/apt/sources\.list\.d", r"[\w.-]+\.(list|sources)"),
        _Reader(r"/etc/apt/apt\.conf\.d", r"[\w.-]+\.conf|[\w-]+"),
        _Reader(r"/etc/apt/preferences\.d", r"[\w.-]+\.pref|[\w-]+"),
    ),
    "rpm": (
        _Reader(r"/etc/cron\.d", r"[^.#].*(?<![~,])", forbidden=_NOT_OWNER_WRITES),  # Source: cronie's database.c
        _Reader(r"/etc/cron\.(hourly|daily|weekly|monthly)", r"[^.#].*(?<![~,])", needed=_RUNS),
        _Reader(r"/etc/yum\.repos\.d", r".+\.repo"),
    ),
    "msi": (),
}


def is_read(file: PayloadFile, kind: PackageFormat) -> bool:
    """Say whether a file is in such a folder."""
    return file.kind == "f" and _reader_of(file.path, kind) is not None


def _reader_of(path: str, kind: PackageFormat) -> _Reader | None:
    folder = path.rpartition("/")[0]
    return next((reader for reader in (*_ANY, *_OF_FORMAT[kind]) if re.fullmatch(reader.folder, folder)), None)


def unheeded(file: PayloadFile, kind: PackageFormat) -> str:
    """Say why the program that reads a file's folder passes it over; empty where it takes it, or nobody reads it."""
    if file.kind != "f":
        return ""
    reader, name, mode = _reader_of(file.path, kind), file.path.rpartition("/")[2], int(file.mode, 8)
    if reader is None or name.startswith(_MEANT_TO_BE_IGNORED):
        return ""
    if not re.fullmatch(reader.name, name):
        return "nobody reads a file of that name there"
    if mode & reader.forbidden or (reader.needed and not mode & reader.needed):
        return f"nobody reads a file of mode {file.mode} there"
    return ""
