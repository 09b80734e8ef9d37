"""Read and write the two headers of an rpm file: what no packer that we use can say is said by their tags.

Source: the rpm file format of rpm.org ("RPM V4 Package format", "Immutable regions") and rpm's `rpmtag.h`.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from simulator.errors import BadInput

INT32, STRING, BINARY, STRINGS = 4, 6, 7, 8
NAME, EPOCH = 1000, 1003  # tags of the main header
_MAGIC = b"\x8e\xad\xe8\x01\x00\x00\x00\x00"
_LEAD_BYTES = 96
_ENTRY = struct.Struct(">IIiI")
_WIDTH = {0: 1, 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1}  # bytes of one value, by type
_REGION = {"signature": 62, "main": 63}
#: tags of the signature header
_SIZE, _MD5, _SHA1, _SHA256, _SIGNATURES = 1000, 1004, 269, 273, (267, 268, 278, 1002, 1005)
#: Tags of each kind of dependency: name, version and flags.
RELATIONS = {"requires": (1049, 1050, 1048), "provides": (1047, 1113, 1112), "conflicts": (1054, 1055, 1053),
             "obsoletes": (1090, 1115, 1114), "recommends": (5046, 5047, 5048), "suggests": (5049, 5050, 5051),
             "supplements": (5052, 5053, 5054), "enhances": (5055, 5056, 5057)}  # fmt: skip
COMPRESSOR = 1125  # of the payload
SENSES = {"<": 2, ">": 4, "=": 8, "<=": 10, ">=": 12}  # of a relation's flags
_ANY_SENSE = 14
RPMLIB = "rpmlib("  # begins what a package wants of rpm itself
MOMENTS = {"in": 1 << 16, "un": 1 << 17, "postun": 1 << 18, "prein": 1 << 25}


@dataclass
class Tags:
    """One header: (type, number of values, their bytes) by tag."""

    values: dict[int, tuple[int, int, bytes]] = field(default_factory=dict)

    def texts(self, tag: int) -> list[str]:
        """Give a tag's texts; nothing where there is no such tag."""
        _, count, content = self.values.get(tag, (STRINGS, 0, b""))
        return [part.decode("utf-8", "replace") for part in content.split(b"\0")[:count]]

    def numbers(self, tag: int) -> list[int]:
        """Give a tag's numbers of 32 bits; nothing where there is no such tag."""
        _, count, content = self.values.get(tag, (INT32, 0, b""))
        return list(struct.unpack(f">{count}I", content))

    def set_texts(self, tag: int, texts: Iterable[str]) -> None:
        """Set a list of texts."""
        encoded = [text.encode() + b"\0" for text in texts]
        self.values[tag] = (STRINGS, len(encoded), b"".join(encoded))

    def set_numbers(self, tag: int, numbers: Iterable[int]) -> None:
        """Set a list of numbers of 32 bits."""
        found = list(numbers)
        self.values[tag] = (INT32, len(found), struct.pack(f">{len(found)}I", *found))


@dataclass
class RpmFile:
    """An rpm in memory. `payload` is as it is compressed."""

    lead: bytes
    signature: Tags
    main: Tags
    payload: bytes


def read_rpm(path: Path) -> RpmFile:
    """Read a file. Raises: BadInput when its headers are not whole."""
    content = path.read_bytes()
    try:
        signature, end = _read_tags(content, _LEAD_BYTES)
        main, start = _read_tags(content, (end + 7) // 8 * 8)
    except (struct.error, ValueError) as error:
        raise BadInput("rpm-headers", f"its headers cannot be read: {error}.", place=str(path)) from error
    return RpmFile(content[:_LEAD_BYTES], signature, main, content[start:])


def write_rpm(package: RpmFile, path: Path, *, without: Iterable[int] = ()) -> None:
    """Write a file with digests and size that fit it and no signature; `without` are tags of the signature header."""
    main = _pack_tags(package.main, _REGION["main"])
    signature = Tags({tag: value for tag, value in package.signature.values.items() if tag not in _SIGNATURES})
    whole = main + package.payload
    signature.set_numbers(_SIZE, [len(whole)])
    md5 = hashlib.md5(whole, usedforsecurity=False).digest()
    signature.values[_MD5] = (BINARY, len(md5), md5)
    for tag, digest in ((_SHA1, hashlib.sha1(main, usedforsecurity=False)), (_SHA256, hashlib.sha256(main))):
        signature.values[tag] = (STRING, 1, digest.hexdigest().encode() + b"\0")
    for tag in without:
        signature.values.pop(tag, None)
    packed = _pack_tags(signature, _REGION["signature"])
    path.write_bytes(package.lead + packed + b"\0" * (-len(packed) % 8) + whole)


def _read_tags(content: bytes, offset: int) -> tuple[Tags, int]:
    """Give a header's tags but for its region, and where it ends."""
    if content[offset : offset + 4] != _MAGIC[:4]:
        raise ValueError(f"no header begins at byte {offset}")
    count, size = struct.unpack_from(">II", content, offset + 8)
    start = offset + 16 + _ENTRY.size * count
    store = content[start : start + size]
    found = Tags()
    for number in range(count):
        tag, kind, place, values = _ENTRY.unpack_from(content, offset + 16 + _ENTRY.size * number)
        if tag not in _REGION.values():
            found.values[tag] = kind, values, _value(store, kind, place, values)
    return found, start + size


def _value(store: bytes, kind: int, place: int, count: int) -> bytes:
    if kind in _WIDTH:
        return store[place : place + _WIDTH[kind] * count]
    end = place
    for _ in range(count):
        end = store.index(b"\0", end) + 1
    return store[place:end]


def _pack_tags(tags: Tags, region: int) -> bytes:
    """Give a header whose tags are all in one immutable region."""
    entries, store = b"", b""
    for tag, (kind, count, content) in sorted(tags.values.items()):
        store += b"\0" * (-len(store) % _WIDTH.get(kind, 1))
        entries += _ENTRY.pack(tag, kind, len(store), count)
        store += content
    number = len(tags.values) + 1
    entries = _ENTRY.pack(region, BINARY, len(store), _ENTRY.size) + entries
    store += _ENTRY.pack(region, BINARY, -_ENTRY.size * number, _ENTRY.size)
    return _MAGIC + struct.pack(">II", number, len(store)) + entries + store


def read_relations(tags: Tags, kind: str) -> list[tuple[str, str, int]]:
    """Give (name, version, flags) of each dependency of a kind; without a bound the version is empty."""
    name, version, flags = RELATIONS[kind]
    return list(zip(tags.texts(name), tags.texts(version), tags.numbers(flags), strict=True))


def shown_relation(row: tuple[str, str, int]) -> str:
    """Give a dependency as a spec file has it: `NAME` or `NAME >= VERSION`."""
    name, version, flags = row
    sense = next((word for word, bits in SENSES.items() if bits == flags & _ANY_SENSE), "")
    return f"{name} {sense} {version}" if sense and version else name


@dataclass(frozen=True)
class Triggers:
    """Tags of one family of triggers: a row for each script, and a row for each thing it waits for."""

    scripts: int
    program: int
    script_flags: int
    name: int
    index: int
    version: int
    flags: int
    priorities: int = 0


TRIGGERS = {
    "%trigger": Triggers(1065, 1092, 5027, 1066, 1069, 1067, 1068),
    "%filetrigger": Triggers(5066, 5067, 5068, 5069, 5070, 5071, 5072, 5084),
    "%transfiletrigger": Triggers(5076, 5077, 5078, 5079, 5080, 5081, 5082, 5085),
}


def read_triggers(main: Tags) -> dict[str, str]:
    """Give the scripts of all triggers by their line in the spec file: `%triggerin -- bash`."""
    found: dict[str, str] = {}
    for word, family in TRIGGERS.items():
        rows = zip(main.texts(family.name), main.numbers(family.index), main.numbers(family.flags), strict=True)
        known: dict[int, tuple[str, list[str]]] = {}
        for name, index, flags in rows:
            moment = next((key for key, bit in MOMENTS.items() if flags & bit), "")
            known.setdefault(index, (moment, []))[1].append(name)
        scripts = main.texts(family.scripts)
        found |= {f"{word}{moment} -- {', '.join(names)}": scripts[n] for n, (moment, names) in known.items()}
    return found
