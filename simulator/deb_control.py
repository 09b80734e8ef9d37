"""Change members of a .deb's control archive: what no packer that we use can say is said by files there.

Source: deb(5), deb-control(5).
"""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

from debian.arfile import ArFile
from debian.debfile import DebFile

_AR_MAGIC = b"!<arch>\n"
_TOP = "./"
_SCRIPTS = ("preinst", "postinst", "prerm", "postrm", "config")

Members = dict[str, bytes]
Modes = dict[str, int]


def read_control(path: Path) -> tuple[Members, Modes]:
    """Give the content and the mode of the control archive's members, by name."""
    with DebFile(str(path)) as deb:
        return _unpack(deb.control.tgz())


def edit_control(path: Path, edit: Callable[[Members, Modes], None], date_s: int) -> None:
    """Let `edit` change the control archive's members, by name, in place; the payload stays as it is, byte for byte.

    What has no mode gets the usual one.
    """
    with path.open("rb") as file:
        parts = {member.name: member.read() for member in ArFile(fileobj=file).getmembers()}
    name = next(name for name in parts if name.startswith("control.tar"))
    with tarfile.open(fileobj=io.BytesIO(parts[name])) as archive:
        members, modes = _unpack(archive)
    edit(members, modes)
    parts = {
        "control.tar.gz" if key == name else key: _pack(members, modes, date_s) if key == name else content
        for key, content in parts.items()
    }
    path.write_bytes(_AR_MAGIC + b"".join(_member(key, content, date_s) for key, content in parts.items()))


def edit_fields(control: bytes, fields: dict[str, str]) -> bytes:
    """Set fields of the file `control`; an empty value takes one away."""
    kept: list[str] = []
    dropping = False
    known = {key.lower() for key in fields}
    for line in control.decode().splitlines():
        if not line.startswith((" ", "\t")):
            dropping = line.partition(":")[0].lower() in known
        if line.strip() and not dropping:
            kept.append(line)
    at = next((n for n, line in enumerate(kept) if line.lower().startswith("description:")), len(kept))
    kept[at:at] = [f"{key}: {value}" for key, value in fields.items() if value]
    return ("\n".join(kept) + "\n").encode()


def regular_files(archive: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """Give the regular files of an archive with their content, which is that of its first name for a hard link."""
    for member in archive:
        file = archive.extractfile(member) if member.isfile() or member.islnk() else None
        if file is not None:
            yield member, file.read()


def _unpack(archive: tarfile.TarFile) -> tuple[Members, Modes]:
    members: Members = {}
    modes: Modes = {}
    for member, content in regular_files(archive):
        name = member.name.removeprefix(_TOP)
        members[name], modes[name] = content, member.mode
    return members, modes


def _pack(members: Members, modes: Modes, date_s: int) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, content in sorted(members.items()):
            info = tarfile.TarInfo(f"{_TOP}{name}")
            info.size, info.mtime, info.uname, info.gname = len(content), date_s, "root", "root"
            info.mode = modes.get(name, 0o755 if name in _SCRIPTS else 0o644)
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(target.getvalue(), mtime=date_s)


def _member(name: str, content: bytes, date_s: int) -> bytes:
    header = f"{name:<16}{date_s:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n"
    return header.encode() + content + b"\n" * (len(content) % 2)
