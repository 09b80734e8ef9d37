"""Look at somebody's own package before it is published: refuse what is not what it says, with the reason."""

from __future__ import annotations

import hashlib
import io
import shutil
import struct
from pathlib import Path
from typing import Any

import rpmfile
from debian.arfile import ArError
from debian.debfile import DebError, DebFile
from debian.debian_support import Version
from rpmfile.errors import RPMError

from simulator.contract import PackageFile
from simulator.errors import BadInput
from simulator.msi_tables import MAGIC as MSI_MAGIC
from simulator.msi_tables import inspect_msi

CANDIDATE = "candidate"
_DEB_MAGIC = b"!<arch>\n"
_AR_HEADER_BYTES = 60
_CHUNK_BYTES = 1 << 20
_MEMBER_NAMES_BYTES = 4096  # where the name of a .deb's second member is: that of the control files
_MAGICS = {"deb": _DEB_MAGIC, "rpm": b"\xed\xab\xee\xdb", "msi": MSI_MAGIC}
PRODUCT_NAME = "Azure Connected Machine Agent"  # of an .msi of the stand-in
_ARCHITECTURES = {"deb": ("amd64", "all"), "rpm": ("x86_64", "noarch")}


def inspect_package(
    path: Path, *, name: str = "azcmagent", product_name: str = PRODUCT_NAME, formerly: tuple[str, ...] = ()
) -> PackageFile:
    """Give what a package file is; any package is right where `name` is empty, any .msi where `product_name` is.

    `formerly` are other names that are right.

    Raises: BadInput with what is wrong and what to do.
    """
    if not path.is_file():
        raise BadInput("candidate-missing", "there is no such file.", place=str(path))
    with path.open("rb") as file:
        head = file.read(8)
    kind = next((kind for kind, magic in _MAGICS.items() if head.startswith(magic)), "")
    if not kind:
        raise BadInput("candidate-format", f"it is no .deb, .rpm or .msi: it begins with {head!r}.", place=str(path))
    if path.suffix != f".{kind}":
        raise BadInput(
            "candidate-suffix",
            f"it is a {kind}, but is called '{path.name}'.",
            place=str(path),
            hint=f"Name it *.{kind}.",
        )
    if kind == "msi":
        entry = inspect_msi(path, CANDIDATE)
        _check_name(entry.name, product_name, path)
        return entry
    found, version, architecture = _read_deb(path) if kind == "deb" else _read_rpm(path)
    if found not in formerly:
        _check_name(found, name, path, formerly)
    if architecture not in _ARCHITECTURES[kind]:
        raise BadInput(
            "candidate-architecture",
            f"it is for '{architecture}'; machines here are {_ARCHITECTURES[kind][0]}.",
            place=str(path),
        )
    content = path.read_bytes()
    return PackageFile(
        name=found, version=version, release=CANDIDATE, format="deb" if kind == "deb" else "rpm", path=path.name,
        sha256=hashlib.sha256(content).hexdigest(), size=len(content), architecture=architecture,
    )  # fmt: skip


def _check_name(found: str, name: str, path: Path, formerly: tuple[str, ...] = ()) -> None:
    if name and found != name:
        wanted = "' or '".join((name, *formerly))
        raise BadInput("candidate-name", f"it is the package '{found}', not '{wanted}'.", place=str(path),
                       hint="Another name of an earlier release is for 'formerly' in the product file.")  # fmt: skip


def _read_deb(path: Path) -> tuple[str, str, str]:
    """Give name, version and architecture, having read the whole payload."""
    if _is_zstd(path) and shutil.which("unzstd") is None:
        raise BadInput("candidate-zstd", "it is compressed with zstd, and there is no 'unzstd' here.",
                       place=str(path), hint="apt-get install zstd")  # fmt: skip
    try:
        _check_members(path.read_bytes())
        with DebFile(str(path)) as deb:
            control = deb.debcontrol()
            Version(str(control["Version"]))
            payload = deb.data.tgz()
            payload.getmembers()
            while payload.fileobj is not None and payload.fileobj.read(_CHUNK_BYTES):
                continue  # the checksum stands at the end, behind what a tar reader reads
        return str(control["Package"]), str(control["Version"]), str(control["Architecture"])
    except KeyError as error:
        raise BadInput("candidate-control", f"its control file has no field {error}.", place=str(path)) from error
    except (ArError, DebError, OSError, EOFError, ValueError, RuntimeError) as error:
        raise _corrupt(path, error) from error
    except Exception as error:  # the compression libraries have no common base: LZMAError, zlib.error, TarError
        raise _corrupt(path, error) from error


def _is_zstd(deb: Path) -> bool:
    """Say whether a .deb is compressed with zstd, as Ubuntu's are. Raises: OSError."""
    with deb.open("rb") as file:
        return b".tar.zst" in file.read(_MEMBER_NAMES_BYTES)


def _check_members(content: bytes) -> None:
    """Walk an ar archive's members. Raises: ValueError when the last one is cut off."""
    position = len(_DEB_MAGIC)
    while position < len(content):
        header = content[position : position + _AR_HEADER_BYTES]
        if len(header) < _AR_HEADER_BYTES or not header.endswith(b"`\n"):
            raise ValueError(f"it has no member header at byte {position}")
        size = int(header[48:58])
        end = position + _AR_HEADER_BYTES + size
        if end > len(content):
            raise ValueError(f"it ends {end - len(content)} bytes too early")
        position = end + size % 2  # members begin at even places


def _read_rpm(path: Path) -> tuple[str, str, str]:
    """Give name, version-release and architecture. Raises: BadInput when a digest of header or payload is wrong."""
    content = path.read_bytes()
    try:
        with rpmfile.RPMFile(fileobj=io.BytesIO(content)) as package:
            headers, (start, end) = package.headers, package.header_range
        _check_digests(headers, content[start:end], content[end:])
        name, version, release, architecture = (_text(headers[key]) for key in ("name", "version", "release", "arch"))
    except KeyError as error:
        raise BadInput("candidate-control", f"its header has no tag {error}.", place=str(path)) from error
    except (RPMError, AssertionError, struct.error, ValueError, IndexError, TypeError) as error:
        raise _corrupt(path, error) from error
    return name, f"{version}-{release}", architecture


def _check_digests(headers: dict[str, Any], header: bytes, payload: bytes) -> None:
    """Compare every digest that the package has of itself. Raises: ValueError for a wrong one, and for none at all."""
    wanted: list[tuple[str, str]] = []
    if "sigmd5" in headers:
        wanted.append((headers["sigmd5"].hex(), hashlib.md5(header + payload, usedforsecurity=False).hexdigest()))
    if "sha256" in headers:
        wanted.append((_text(headers["sha256"]), hashlib.sha256(header).hexdigest()))
    if "payloaddigest" in headers:
        wanted.append((_text(headers["payloaddigest"][0]), hashlib.sha256(payload).hexdigest()))
    if not wanted:
        raise ValueError("it has no digest of itself")
    if any(said != found for said, found in wanted):
        raise ValueError("its digests do not fit its content")


def _text(value: bytes) -> str:
    return value.decode("utf-8")


def _corrupt(path: Path, error: Exception) -> BadInput:
    return BadInput(
        "candidate-corrupt", f"it cannot be read: {str(error).strip() or type(error).__name__}.", place=str(path),
        hint="Is it a whole download? Compare its checksum.",
    )  # fmt: skip
