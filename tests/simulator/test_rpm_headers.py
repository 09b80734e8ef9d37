"""An rpm's headers are read and written again; what is no header is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import BadInput
from simulator.rpm_headers import BINARY, NAME, STRING, RpmFile, Tags, read_rpm, write_rpm


def _package() -> RpmFile:
    main = Tags({NAME: (STRING, 1, b"agent\0"), 1004: (9, 2, b"one\0two\0"), 5000: (3, 2, b"\0\1\0\2")})
    main.set_texts(1117, ["a", "ü"])
    main.set_numbers(1116, [1, 2**32 - 1])
    return RpmFile(b"\xed\xab\xee\xdb" + b"\0" * 92, Tags({1007: (BINARY, 3, b"abc")}), main, b"payload")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Numbers of all widths are where they must be, texts of all kinds whole."""
    write_rpm(_package(), tmp_path / "a.rpm")
    found = read_rpm(tmp_path / "a.rpm")

    assert (found.main, found.payload, found.lead) == (_package().main, b"payload", _package().lead)
    assert (found.main.texts(1117), found.main.numbers(1116)) == (["a", "ü"], [1, 2**32 - 1])
    assert (found.main.texts(1), found.main.numbers(1)) == ([], [])


def test_digests_are_new_and_signatures_gone(tmp_path: Path) -> None:
    """A signature of another header would be a defect that nobody asked for."""
    package = _package()
    package.signature.values |= {268: (BINARY, 1, b"s"), 273: (STRING, 1, b"old\0")}
    write_rpm(package, tmp_path / "a.rpm")
    write_rpm(package, tmp_path / "b.rpm", without=[273])
    one, other = read_rpm(tmp_path / "a.rpm").signature, read_rpm(tmp_path / "b.rpm").signature

    assert one.values.keys() - other.values.keys() == {273}
    assert (268 in one.values, len(one.values[273][2]), one.values[1007][2]) == (False, 65, b"abc")


@pytest.mark.parametrize("content", [b"", b"x" * 200, b"\0" * 96 + b"\x8e\xad\xe8\x01"], ids=["empty", "other", "cut"])
def test_what_has_no_headers_is_refused(content: bytes, tmp_path: Path) -> None:
    """With the file's name."""
    (tmp_path / "a.rpm").write_bytes(content)

    with pytest.raises(BadInput, match="headers cannot be read"):
        read_rpm(tmp_path / "a.rpm")
