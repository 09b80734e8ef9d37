"""Say of a file's content what runs it: a processor, or an interpreter."""

from __future__ import annotations

import re
import struct

_ELF, _SCRIPT = b"\x7fELF", b"#!"
_HEAD_BYTES = 256
#: e_machine. Source: elf(5), the ELF specification's table of machines.
_MACHINES = {3: "i386", 21: "ppc64", 22: "s390x", 40: "arm", 62: "x86-64", 183: "aarch64", 243: "riscv"}
_ORDER, _LITTLE = 5, 1  # EI_DATA, ELFDATA2LSB
_RUNNABLE = (2, 3)  # e_type: programs and shared objects


def read_program(content: bytes) -> str:
    """Give `ELF x86-64` for a program or library, `#!/bin/sh` for a script, else nothing."""
    head = content[:_HEAD_BYTES]
    if head.startswith(_ELF) and len(head) >= 20:
        kind, machine = struct.unpack_from("<HH" if head[_ORDER] == _LITTLE else ">HH", head, 16)
        return f"ELF {_MACHINES.get(machine, machine)}" if kind in _RUNNABLE else ""
    if head.startswith(_SCRIPT):
        line = head.partition(b"\n")[0][len(_SCRIPT) :].decode("utf-8", "replace")
        words = [word for word in re.split(r"[ \t]", line) if word]  # a carriage return is a part of the name
        is_by_name = len(words) > 1 and words[0].endswith("/env")
        return "#!" + " ".join(words[: 2 if is_by_name else 1])
    return ""
