"""Take somebody's package apart and pack it again with changes: the way to a package with a known defect.

What nfpm cannot say is lost: triggers of dpkg and rpm, file attributes but mode and owner, signatures, changelogs. So
the clean twin of a changed package is the same package repacked without a change, not the original.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import rpmfile
from debian.debfile import DebFile

from simulator.contract import PackageContents, PayloadFile
from simulator.errors import BadInput
from simulator.package_contents import read_contents
from simulator.packaging import run_nfpm

_DATE = "2026-01-01"
_NFPM_SCRIPTS = {"preinst": "preinstall", "postinst": "postinstall", "prerm": "preremove", "postrm": "postremove",
                 "%pre": "preinstall", "%post": "postinstall", "%preun": "preremove",
                 "%postun": "postremove"}  # fmt: skip
_NFPM_RELATIONS = {"depends": "depends", "requires": "depends", "recommends": "recommends", "suggests": "suggests",
                   "conflicts": "conflicts", "replaces": "replaces"}  # fmt: skip


class ScriptChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a maintainer script changes: lines that match `drop` go, `prepend` follows the first line."""

    drop: str = ""
    prepend: str = ""
    append: str = ""


class FileChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a file changes, or what a new one is. Without `content` it is as before; lines that match `drop` go."""

    content: str | None = None
    drop: str = ""
    append: str = ""
    mode: str = ""
    owner: str = ""
    group: str = ""
    config: str = ""  # nfpm's type: `config`, `config|noreplace`
    kind: str = ""  # `d` for a new folder


class Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is different in the new package. Keys of `files` are paths or patterns as of `re.fullmatch`."""

    scripts: dict[str, ScriptChange] = {}
    files: dict[str, FileChange] = {}
    relations: dict[str, tuple[str, ...]] = {}
    version: str = ""


def repack(path: Path, changes: Changes, target: Path, *, name: str) -> None:
    """Write the package with changes to `target`.

    Raises: BadInput when it is no such package, or when a change finds nothing to change.
    """
    contents = read_contents(path, name=name)
    payload = _read_deb(path) if contents.package.format == "deb" else _read_rpm(path)
    with tempfile.TemporaryDirectory(prefix="arclab-repack-") as folder:
        work = Path(folder)
        configuration = _configuration(contents, payload, changes, work)
        run_nfpm(configuration, work, contents.package.format, _DATE, target)


def _read_deb(path: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with DebFile(str(path)) as deb:
        archive = deb.data.tgz()
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                found["/" + member.name.removeprefix(".").strip("/")] = content.read()
    return found


def _read_rpm(path: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with rpmfile.open(str(path)) as package:
        for member in package.getmembers():
            if not member.isdir:
                found["/" + member.name.removeprefix(".").strip("/")] = package.extractfile(member).read()
    return found


def _configuration(
    contents: PackageContents, payload: dict[str, bytes], changes: Changes, work: Path
) -> dict[str, Any]:
    package = contents.package
    version, _, release = package.version.partition("-") if package.format == "rpm" else (package.version, "", "")
    relations = {**contents.relations, **changes.relations}
    result: dict[str, Any] = {
        "name": package.name, "arch": "all" if package.architecture in ("all", "noarch") else "amd64",
        "platform": "linux", "version": changes.version or version, "version_schema": "none", "release": release,
        "section": "misc", "priority": "optional", "maintainer": "arclab developers <arclab@example.invalid>",
        "description": "Repacked by arclab.", "license": "as before", "mtime": f"{_DATE}T00:00:00Z",
        "contents": _entries(contents, payload, changes, work), "scripts": _scripts(contents, changes, work),
        "deb": {"compression": "gzip"}, "rpm": {"compression": "gzip", "buildhost": "arclab"},
    }  # fmt: skip
    for ours, theirs in _NFPM_RELATIONS.items():
        if relations.get(ours):
            result[theirs] = list(relations[ours])
    return result


def _scripts(contents: PackageContents, changes: Changes, work: Path) -> dict[str, str]:
    scripts = dict(contents.scripts)
    for name, change in changes.scripts.items():
        first, *rest = (scripts.get(name) or "#!/bin/sh\n").splitlines()
        kept = [line for line in rest if not (change.drop and re.search(change.drop, line))]
        if change.drop and len(kept) == len(rest):
            raise BadInput("repack-nothing", f"no line of {name} matches '{change.drop}'.")
        scripts[name] = "\n".join(filter(None, (first, change.prepend.rstrip(), *kept, change.append.rstrip()))) + "\n"
    found: dict[str, str] = {}
    for name, text in scripts.items():
        if name in _NFPM_SCRIPTS:
            file = name.strip("%")
            (work / file).write_text(text)
            found[_NFPM_SCRIPTS[name]] = file
    return found


def _entries(
    contents: PackageContents, payload: dict[str, bytes], changes: Changes, work: Path
) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    changed: set[str] = set()
    for number, file in enumerate(contents.files):
        pattern = next((key for key in changes.files if re.fullmatch(key, file.path)), "")
        changed.add(pattern)
        entries.append(
            _entry(file, payload.get(file.path, b""), changes.files.get(pattern, FileChange()), work / f"{number}")
        )
    for number, (path, change) in enumerate(changes.files.items()):
        if path in changed:
            continue
        if change.content is None and not change.kind:
            raise BadInput("repack-nothing", f"no file of the package matches '{path}'.")
        file = PayloadFile(path, change.kind or "f", "644" if not change.kind else "755", "root", "root")
        entries.append(_entry(file, b"", change, work / f"new{number}"))
    return entries


def _entry(file: PayloadFile, content: bytes, change: FileChange, place: Path) -> dict[str, Any]:
    info = {"owner": change.owner or file.owner, "group": change.group or file.group,
            "mode": int(change.mode or file.mode, 8), "mtime": f"{_DATE}T00:00:00Z"}  # fmt: skip
    if file.kind == "d":
        return {"dst": file.path, "type": "dir", "file_info": info}
    if file.kind == "l":
        return {"src": file.link, "dst": file.path, "type": "symlink"}
    if change.content is not None:
        content = change.content.encode()
    if change.drop:
        lines = content.decode("utf-8", "surrogateescape").splitlines(keepends=True)
        kept = [line for line in lines if not re.search(change.drop, line)]
        content = "".join(kept).encode("utf-8", "surrogateescape")
    place.write_bytes(content + change.append.encode())
    kind = change.config or ("config" if file.replaced else "config|noreplace" if file.config else "")
    return {"src": place.name, "dst": file.path, "file_info": info, **({"type": kind} if kind else {})}
