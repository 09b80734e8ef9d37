"""Take somebody's package apart and pack it again with changes: the way to a package with a known defect.

nfpm packs; `package_edits` then says what it cannot: triggers, exact relations, capabilities, digests that are missing.
Signatures, changelogs and links between files are lost. So the clean twin of a changed package is the same package
repacked without a change, not the original.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import rpmfile
from debian.debfile import DebFile

from simulator.candidate import PRODUCT_NAME
from simulator.contract import PackageContents, PayloadFile
from simulator.deb_control import regular_files
from simulator.errors import BadInput
from simulator.msi_changes import repack_msi
from simulator.package_changes import Changes, FileChange, change_lines, refuse_idle, refuse_unfit, unfit_members
from simulator.package_contents import read_contents
from simulator.package_edits import edit_package
from simulator.packaging import place_whole, run_nfpm

_DATE = "2026-01-01"
_NFPM_SCRIPTS = {"preinst": "preinstall", "postinst": "postinstall", "prerm": "preremove", "postrm": "postremove",
                 "%pre": "preinstall", "%post": "postinstall", "%preun": "preremove",
                 "%postun": "postremove"}  # fmt: skip
_NFPM_RPM_SCRIPTS = {"%pretrans": "pretrans", "%posttrans": "posttrans", "%verify": "verify"}


def repack(path: Path, changes: Changes, target: Path, *, name: str, product_name: str = PRODUCT_NAME) -> None:
    """Write the package with changes to `target`, whole or not at all.

    Raises: BadInput when it is no such package, or when a change finds nothing to change.
    """
    contents = read_contents(path, name=name, product_name=product_name)
    if contents.package.format == "msi":
        repack_msi(path, changes, target)
        return
    if changes.queries:
        raise BadInput("repack-queries", "queries are an .msi's.")
    payload = whole_payload(contents, _read_deb(path) if contents.package.format == "deb" else _read_rpm(path))
    with tempfile.TemporaryDirectory(prefix="arclab-repack-") as folder:
        work = Path(folder)
        configuration = _configuration(contents, payload, changes, work)
        configuration["epoch"] = changes.epoch or contents.epoch
        packed = work / "packed" / target.name
        packed.parent.mkdir()
        run_nfpm(configuration, work, contents.package.format, _DATE, packed)
        edit_package(path, packed, contents, changes, _DATE)
        place_whole(packed, target)


def _read_deb(path: Path) -> dict[str, bytes]:
    with DebFile(str(path)) as deb:
        files = regular_files(deb.data.tgz())
        return {"/" + member.name.removeprefix(".").strip("/"): content for member, content in files}


def _read_rpm(path: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with rpmfile.open(str(path)) as package:
        for member in package.getmembers():
            if not member.isdir:
                found["/" + member.name.removeprefix(".").strip("/")] = package.extractfile(member).read()
    return found


def whole_payload(contents: PackageContents, payload: dict[str, bytes]) -> dict[str, bytes]:
    """Give each file its content: of hard links an rpm holds the content once, with the last name.

    Source: rpm's cpio archive, where all other names of a file have the size 0.
    """
    by_digest = {hashlib.sha256(content).hexdigest(): content for content in payload.values() if content}
    linked = {file.path: by_digest[file.sha256] for file in contents.files
              if file.size and not payload.get(file.path) and file.sha256 in by_digest}  # fmt: skip
    return payload | linked


def _configuration(
    contents: PackageContents, payload: dict[str, bytes], changes: Changes, work: Path
) -> dict[str, Any]:
    package = contents.package
    version, _, release = package.version.partition("-") if package.format == "rpm" else (package.version, "", "")
    version = version.rpartition(":")[2]
    scripts, more = _scripts(contents, changes, work)
    return {
        "name": changes.name or package.name, "arch": "all" if package.architecture in ("all", "noarch") else "amd64",
        "platform": "linux", "version": changes.version or version, "version_schema": "none", "release": release,
        "section": "misc", "priority": "optional", "maintainer": "arclab developers <arclab@example.invalid>",
        "description": "Repacked by arclab.", "license": "as before", "mtime": f"{_DATE}T00:00:00Z",
        "contents": _entries(contents, payload, changes, work), "scripts": scripts,
        "deb": {"compression": "gzip"}, "rpm": {"compression": "gzip", "buildhost": "arclab", "scripts": more},
    }  # fmt: skip


def _scripts(contents: PackageContents, changes: Changes, work: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Write the scripts; gives nfpm's names and files of those of any format, and of those of rpms alone."""
    scripts = dict(contents.scripts)
    for name, change in changes.scripts.items():
        first, *rest = (scripts.get(name) or "#!/bin/sh\n").splitlines()
        kept, idle = change_lines(rest, change)
        refuse_idle(idle, name)
        lines = first, change.prepend.rstrip(), *kept, change.append.rstrip()
        scripts[name] = "\n".join(filter(None, lines)) + "\n"
    tables, is_rpm = (_NFPM_SCRIPTS, _NFPM_RPM_SCRIPTS), contents.package.format == "rpm"
    for name in changes.scripts:
        if name.startswith("%") != is_rpm or not any(name in table for table in tables):
            raise BadInput("repack-script", f"there is no maintainer script '{name}'.")
    for name in (known for table in tables for known in table if known in scripts):
        (work / name.strip("%")).write_text(scripts[name])
    found = [{theirs: ours.strip("%") for ours, theirs in table.items() if ours in scripts} for table in tables]
    return found[0], found[1]


def _entries(
    contents: PackageContents, payload: dict[str, bytes], changes: Changes, work: Path
) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    idle: dict[str, set[str]] = {}
    unfit: dict[str, set[str]] = {}
    for pattern, change in changes.files.items():
        if change.gone and change != FileChange(gone=True):
            raise BadInput("repack-gone", f"{pattern} is to be gone, and to be changed as well.")
    for number, before in enumerate(contents.files):
        pattern = next((key for key in changes.files if re.fullmatch(key, before.path)), "")
        change = changes.files.get(pattern, FileChange())
        if change.gone:
            idle[pattern] = unfit[pattern] = set()
            continue
        file = _changed(before, change)
        content, unmatched = _content(file, payload.get(file.path, b""), change)
        idle[pattern] = idle.get(pattern, unmatched) & unmatched
        without = unfit_members(change, file.kind)
        unfit[pattern] = unfit.get(pattern, without) & without
        entries.append(_entry(file, content, change, work / f"{number}"))
    for number, (path, change) in enumerate(changes.files.items()):
        if path in idle:
            refuse_unfit(unfit[path], path)
            refuse_idle(idle[path], path)
            continue
        if change.content is None and not (change.kind or change.link):
            raise BadInput("repack-nothing", f"no file of the package matches '{path}'.")
        file = _changed(PayloadFile(path, "f", "755" if change.kind == "d" else "644", "root", "root"), change)
        refuse_unfit(unfit_members(change, file.kind), path)
        content, unmatched = _content(file, b"", change)
        refuse_idle(unmatched, path)
        entries.append(_entry(file, content, change, work / f"new{number}"))
    return entries


def _changed(file: PayloadFile, change: FileChange) -> PayloadFile:
    """Give what a change makes of a file; says where a link leads to that it is one."""
    kind = change.kind or ("l" if change.link else file.kind)
    if kind not in ("f", "d", "l"):
        what = "cannot become" if change.kind else "is and cannot be packed as"
        raise BadInput("repack-kind", f"{file.path} {what} '{kind}'.", hint="'f', 'd' and 'l' can be packed.")
    link = change.link or file.link
    if kind == "l" and not link:
        raise BadInput("repack-kind", f"{file.path} is to be a link, and leads nowhere.", hint="Say 'link' as well.")
    return msgspec.structs.replace(
        file, kind=kind, link=link, mode="777" if kind == "l" else change.mode or file.mode,
        owner=change.owner or file.owner, group=change.group or file.group,
    )  # fmt: skip


def _content(file: PayloadFile, content: bytes, change: FileChange) -> tuple[bytes, set[str]]:
    """Give a file's new content, and the patterns that match nowhere in it; folders and links have no lines."""
    if file.kind in ("d", "l"):
        return b"", set(filter(None, (change.drop, *change.replace)))
    if change.content is not None:
        content = change.content.encode()
    lines, idle = change_lines(content.decode("utf-8", "surrogateescape").split("\n"), change)
    return "\n".join(lines).encode("utf-8", "surrogateescape") + change.append.encode(), idle


def _entry(file: PayloadFile, content: bytes, change: FileChange, place: Path) -> dict[str, Any]:
    info = {"owner": file.owner, "group": file.group, "mode": int(file.mode, 8), "mtime": f"{_DATE}T00:00:00Z"}
    if file.kind == "d":
        return {"dst": file.path, "type": "dir", "file_info": info}
    if file.kind == "l":
        return {"src": file.link, "dst": file.path, "type": "symlink", "file_info": info}
    place.write_bytes(content)
    kind = change.config or ("config" if file.replaced else "config|noreplace" if file.config else "")
    return {"src": place.name, "dst": file.path, "file_info": info, **({"type": kind} if kind else {})}
