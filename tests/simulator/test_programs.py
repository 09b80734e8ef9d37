"""What runs a file is read from its first bytes."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

from simulator.programs import read_program


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"#!/bin/sh\nexit 0\n", "#!/bin/sh"),
        (b"#! /usr/bin/python3 -u\n", "#!/usr/bin/python3"),
        (b"#!/usr/bin/env python3\n", "#!/usr/bin/env python3"),
        (b"#!/bin/sh\r\n", "#!/bin/sh\r"),
        (b"\x7fELF\x02\x01" + 10 * b"\0" + struct.pack("<HH", 2, 183), "ELF aarch64"),
        (b"\x7fELF\x02\x02" + 10 * b"\0" + struct.pack(">HH", 3, 22), "ELF s390x"),
        (b"\x7fELF\x02\x01" + 10 * b"\0" + struct.pack("<HH", 1, 247), ""),
        (b"\x7fELF", ""),
        (b"text", ""),
        (b"", ""),
    ],
    ids=["shell", "with a space", "by name", "of Windows", "arm", "other order", "object", "cut off", "text", "empty"],
)
def test_reads_what_runs_a_file(content: bytes, found: str) -> None:
    """An object file is none that a machine runs."""
    assert read_program(content) == found


def test_reads_a_real_program() -> None:
    """The interpreter that runs this is one."""
    assert read_program(Path(sys.executable).resolve().read_bytes()).startswith("ELF ")
