"""Read what is in a package, without installing it: files, maintainer scripts, dependencies, digests of itself."""

from __future__ import annotations

import hashlib
import re
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rpmfile
from debian.debfile import DebFile

from simulator.candidate import PRODUCT_NAME, inspect_package
from simulator.contract import PackageContents, PackageFile, PackageFormat, PayloadFile
from simulator.msi_tables import read_msi
from simulator.package_texts import mistake_in, python_of, text_of
from simulator.programs import read_program
from simulator.rpm_headers import (
    COMPRESSOR,
    EPOCH,
    RELATIONS,
    RPMLIB,
    read_relations,
    read_rpm,
    read_triggers,
    shown_relation,
)

_DEB_DATA = "data.tar"
_COMPRESSIONS = {".gz": "gzip", ".xz": "xz", ".zst": "zstd", ".bz2": "bzip2", ".lzma": "lzma"}  # Source: deb(5)
_DEB_SCRIPTS = ("preinst", "postinst", "prerm", "postrm", "config")
_DEB_RELATIONS = ("Pre-Depends", "Depends", "Recommends", "Suggests", "Conflicts", "Breaks", "Replaces", "Provides")
_NEEDS = ("pre-depends", "depends", "requires")
_TAR_KINDS = {tarfile.REGTYPE: "f", tarfile.AREGTYPE: "f", tarfile.LNKTYPE: "f", tarfile.DIRTYPE: "d",
              tarfile.SYMTYPE: "l", tarfile.FIFOTYPE: "p", tarfile.CHRTYPE: "c", tarfile.BLKTYPE: "b"}  # fmt: skip
_STAT_KINDS = {stat.S_IFREG: "f", stat.S_IFDIR: "d", stat.S_IFLNK: "l", stat.S_IFIFO: "p", stat.S_IFCHR: "c",
               stat.S_IFBLK: "b", stat.S_IFSOCK: "s"}  # fmt: skip
#: our name, which is the spec file's, and rpmfile's
_RPM_SCRIPTS = {"%pretrans": "pretrans", "%pre": "prein", "%post": "postin", "%preun": "preun", "%postun": "postun",
                "%posttrans": "posttrans", "%verify": "verifyscript"}  # fmt: skip
_RPM_CONFIG, _RPM_NO_REPLACE, _RPM_GHOST = 1, 1 << 4, 1 << 6  # Source: rpm's rpmfiles.h
_DOCUMENTS = ("/usr/share/doc/", "/usr/share/man/")  # which nothing runs
_PRIVATE_KEY = re.compile(rb"-----BEGIN ([A-Z]+ )*PRIVATE KEY-----\s*[A-Za-z0-9+/=]{32}")
#: Tokens that give rights to whoever has them, by their form, and passwords in URLs. Source: the documents of Amazon's
#: access keys, GitHub's and Slack's tokens, Azure Storage's connection strings; RFC 3986, 3.2.1.
_TOKEN = re.compile(
    rb"\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{60,}|\bxox[abprs]-[0-9A-Za-z-]{20,}"
    rb"|AccountKey=[A-Za-z0-9+/]{86}=="
)
_PASSWORD = re.compile(
    rb"(?m)^[^#;\n]*\b[a-z][a-z0-9+.-]{2,10}://[\w.-]+:(?P<word>[^\s/:@\"'$%<{(*\\]{3,40})@[\w-]+(?:\.[\w-]+)+"
)
_EXAMPLES = re.compile(rb"(?i)(my|your|the|a)?[_-]?(pass|passwd|password|pwd|pw|secret|token|key|x+)\d*")
_RPM_VERIFY_DIGEST = 1  # Source: rpm's rpmvf.h
_RPM_SHA256 = 8  # Source: RFC 4880, hash algorithms
#: what each digest or signature is called here, and rpmfile's name of its tag
_RPM_DIGESTS = {"header-md5": "sigmd5", "header-sha256": "sha256", "payload-sha256": "payloaddigest",
                "signature": "rsaheader"}  # fmt: skip


def read_contents(
    path: Path, *, name: str = "azcmagent", product_name: str = PRODUCT_NAME, formerly: tuple[str, ...] = ()
) -> PackageContents:
    """Give what is in a package. Raises: BadInput when it is not what it says, or has none of these names."""
    entry = inspect_package(path, name=name, product_name=product_name, formerly=formerly)
    if entry.format == "msi":
        return read_msi(path, entry)
    return _read_deb(path, entry) if entry.format == "deb" else _read_rpm(path, entry)


def _read_deb(path: Path, entry: PackageFile) -> PackageContents:
    with DebFile(str(path)) as deb:
        control = deb.debcontrol()
        scripts = {key: _text(deb.control.get_content(key)) for key in _DEB_SCRIPTS if deb.control.has_file(key)}
        listed = _text(deb.control.get_content("conffiles")) if deb.control.has_file("conffiles") else ""
        configuration = frozenset(line.strip() for line in listed.splitlines())
        relations = {
            key.lower(): tuple(part.strip() for part in str(control[key]).split(",") if part.strip())
            for key in _DEB_RELATIONS
            if key in control
        }
        files = tuple(_tar_files(deb.data.tgz(), configuration, _python_of(relations)))
        digests = ("files-md5",) if deb.control.has_file("md5sums") else ()
        triggers = _text(deb.control.get_content("triggers")) if deb.control.has_file("triggers") else ""
        data = next(name for name in deb.getnames() if name.startswith(_DEB_DATA))
    if interests := tuple(line.strip() for line in triggers.splitlines() if line.lstrip().startswith("interest")):
        relations["interests"] = interests  # Source: deb-triggers(5)
    compression = _COMPRESSIONS.get(data.removeprefix(_DEB_DATA), "none")
    return PackageContents(
        entry, files, scripts, relations, digests, epoch=entry.version.rpartition(":")[0], compression=compression
    )


def _tar_files(archive: tarfile.TarFile, configuration: frozenset[str], python: int) -> Iterator[PayloadFile]:
    for member in archive:
        path = "/" + member.name.removeprefix(".").strip("/")
        if path == "/":
            continue
        file = archive.extractfile(member) if member.isreg() or member.islnk() else None
        content = file.read() if file is not None else None
        yield PayloadFile(
            path=path, kind=_TAR_KINDS.get(member.type, "?"), mode=f"{stat.S_IMODE(member.mode):o}",
            owner=member.uname or str(member.uid), group=member.gname or str(member.gid),
            size=len(content) if content is not None else member.size,
            sha256=hashlib.sha256(content).hexdigest() if content is not None else "",
            link=member.linkname if member.issym() else "", config=path in configuration,
            capabilities=str(member.pax_headers.get("SCHILY.xattr.security.capability", "")),
            **(_of_content(path, content, "deb", python) if content is not None else {}),
        )  # fmt: skip


def _read_rpm(path: Path, entry: PackageFile) -> PackageContents:
    main = read_rpm(path).main
    relations = {
        kind: tuple(dict.fromkeys(shown_relation(row) for row in rows if not row[0].startswith(RPMLIB)))
        for kind in RELATIONS
        if (rows := read_relations(main, kind))
    }
    with rpmfile.open(str(path)) as package:
        headers: dict[str, Any] = package.headers
        facts = _rpm_facts(package, _rpm_sizes(headers), _python_of(relations))
    scripts = {ours: _text(headers[tag]) for ours, tag in _RPM_SCRIPTS.items() if tag in headers}
    scripts |= read_triggers(main)
    digests = tuple(ours for ours, tag in _RPM_DIGESTS.items() if headers.get(tag))
    digests += ("files-sha256",) if headers.get("filedigestalgo") == _RPM_SHA256 else ()
    epoch = "".join(map(str, main.numbers(EPOCH)))
    compression = "".join(main.texts(COMPRESSOR)) or "gzip"
    return PackageContents(entry, tuple(_rpm_files(headers, facts)), scripts, relations, digests, epoch, compression)


def _python_of(relations: dict[str, tuple[str, ...]]) -> int:
    return python_of(text for kind in _NEEDS for text in relations.get(kind, ()))


def _of_content(path: str, content: bytes, kind: PackageFormat, python: int) -> dict[str, Any]:
    """Give what a file's content says of it: the members of PayloadFile that are about that; `python`: mistake_in."""
    program = read_program(content)
    return {
        "program": program, "text": text_of(path, content, program),
        "mistake": "" if path.startswith(_DOCUMENTS) else mistake_in(path, content, program, kind, python),
        "secret": _holds_secret(path, content),
    }  # fmt: skip


def _holds_secret(path: str, content: bytes) -> bool:
    """Say whether a file has a private key or a token, or configuration a URL with a password that is no example."""
    if _PRIVATE_KEY.search(content):
        return True
    if path.startswith(_DOCUMENTS):
        return False
    passwords = _PASSWORD.finditer(content) if text_of(path, content) else ()
    return bool(_TOKEN.search(content)) or any(not _EXAMPLES.fullmatch(found["word"]) for found in passwords)


def _rpm_sizes(headers: dict[str, Any]) -> dict[str, int]:
    """Give the bytes of each regular file, by its path."""
    rows = zip(_rpm_paths(headers), _numbers(headers, "filemodes"), _numbers(headers, "filesizes"), strict=True)
    return {path: size for path, mode, size in rows if stat.S_ISREG(mode & 0xFFFF)}


def _rpm_paths(headers: dict[str, Any]) -> list[str]:
    folders, places = _texts(headers, "dirnames"), _numbers(headers, "dirindexes")
    return [folders[place] + base for place, base in zip(places, _texts(headers, "basenames"), strict=True)]


def _rpm_facts(package: Any, sizes: dict[str, int], python: int) -> dict[str, dict[str, Any]]:
    """Give what the content of each regular file says of it; nothing where its compression is not known here.

    One file is in memory at a time; of a payload in zstd rpmfile holds all while this looks.
    """
    try:
        members = package.getmembers()
    except NotImplementedError:
        return {}
    facts = {}
    for member in members:
        path = "/" + member.name.removeprefix(".").strip("/")
        if sizes.get(path) == member.size:  # of hard links an rpm holds the content once, with the last name
            facts[path] = _of_content(path, package.extractfile(member).read(), "rpm", python)
    return facts


def _rpm_files(headers: dict[str, Any], facts: dict[str, dict[str, Any]]) -> Iterator[PayloadFile]:
    paths = _rpm_paths(headers)
    links, owners = _texts(headers, "filelinktos"), _texts(headers, "fileusername")
    groups, digests = _texts(headers, "filegroupname"), _texts(headers, "filemd5s")
    modes, flags = _numbers(headers, "filemodes"), _numbers(headers, "fileflags")
    sizes = _numbers(headers, "filesizes")
    capabilities = _texts(headers, "filecaps") or [""] * len(paths)
    verified = _numbers(headers, "fileverifyflags") or [_RPM_VERIFY_DIGEST] * len(paths)
    is_sha256 = headers.get("filedigestalgo") == _RPM_SHA256
    for number, path in enumerate(paths):
        if flags[number] & _RPM_GHOST:
            continue
        mode = modes[number] & 0xFFFF
        yield PayloadFile(
            path=path, kind=_STAT_KINDS.get(stat.S_IFMT(mode), "?"),
            mode=f"{stat.S_IMODE(mode):o}", owner=owners[number], group=groups[number], size=sizes[number],
            sha256=digests[number] if is_sha256 else "", link=links[number],
            config=bool(flags[number] & _RPM_CONFIG),
            replaced=bool(flags[number] & _RPM_CONFIG) and not flags[number] & _RPM_NO_REPLACE,
            varies=not verified[number] & _RPM_VERIFY_DIGEST,
            capabilities=capabilities[number], **facts.get(path, {}),
        )  # fmt: skip


def _texts(headers: dict[str, Any], tag: str) -> list[str]:
    """Give a tag's texts; a tag with one value comes without its list."""
    value = headers.get(tag, [])
    return [_text(item) for item in (value if isinstance(value, list | tuple) else [value])]


def _numbers(headers: dict[str, Any], tag: str) -> list[int]:
    value = headers.get(tag, [])
    return [int(item) for item in (value if isinstance(value, list | tuple) else [value])]


def _text(value: bytes | str | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""
