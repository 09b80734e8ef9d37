"""What is written in a package's files: the text of those that other programs read, and mistakes in programs.

Whoever packs a file does not run it: a script with half a line, a policy that is no XML come to light on machines.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from xml.parsers import expat

from simulator.contract import PackageFormat
from simulator.errors import SimulatorError

_LARGEST_BYTES = 65536
#: Folders whose files are read by programs of others. Source: file-hierarchy(7), dbus-daemon(1), polkit(8).
_READ = re.compile(
    r"/etc/|/(usr/)?lib/(systemd|tmpfiles\.d|sysusers\.d|udev|sysctl\.d|modules-load\.d)/|/usr/share/(dbus-1|polkit-1)/"
)
_XML = re.compile(r"/dbus-1/.*\.conf$|/polkit-1/.*\.policy$|\.xml$")
#: Files that shells read without being programs. Source: bash(1), profile.d of Debian and Fedora.
_SOURCED = re.compile(r"/etc/profile\.d/[^/]+\.sh$")
#: Files that bash-completion reads, which turns extglob on first. Source: its own file `bash_completion`.
_COMPLETION = re.compile(r"/bash[-_]completion(\.d|/completions)/[^/]+$")
#: A script that turns extglob on itself: bash needs it to read what follows. Source: bash(1), shopt.
_EXTENDS = re.compile(rb"^[^#\n]*\bshopt[ \t]+(-q[ \t]+)?-q?sq?[ \t]+([\w \t]+[ \t])?extglob\b", re.MULTILINE)
#: Source: Debian's /bin/sh is dash; RHEL's and SUSE's is bash, which is `--posix` by that name (bash(1)).
_SHELLS = {"sh": ["sh"], "dash": ["sh"], "bash": ["bash"]}
_SHELLS_OF_RPM = {**_SHELLS, "sh": ["bash", "--posix"]}
_FOR_SHELL = re.compile(r"#!.*[/ ](?:ba|da|k|z)?sh$")
_LIMIT_S = 10
_TOO_DEEP = "it is nested too deeply to be read"
_PYTHON = re.compile(r"#!\S*(/|env )python3[\d.]*$")
#: What a program's own tests read may be wrong on purpose, as in CPython's `test` and `lib2to3/tests/data`.
_OF_TESTS = re.compile(r"/tests?/")
_PYTHON_2 = re.compile(r"/python2[^/]*/")
_PYTHON_3 = re.compile(r"\bpython3\.(\d+)")
#: Relations of either format that name a Python. Source: Debian's Python policy, Fedora's `python(abi)`, SUSE's names.
_NEEDS_PYTHON = re.compile(
    r"\bpython3(?:\.|(?=\d\d\b))(?P<named>\d+)"
    r"|\bpython(?:3?|3-(?:base|libs|minimal)|\(abi\))(?::any)?\s*\(?\s*(?:>=|>>|>|=)\s*3\.(?P<least>\d+)"
)


def text_of(path: str, content: bytes, program: str = "") -> str:
    """Give the text of a file that others read, or a shell; empty for other files, large ones and what is no text."""
    if not (_READ.match(path) or _FOR_SHELL.match(program)) or len(content) > _LARGEST_BYTES or b"\0" in content:
        return ""
    return content.decode("utf-8", "replace")


def python_of(relations: Iterable[str]) -> int:
    """Give N of the newest Python 3.N that a package's relations ask for; 0 where they ask for none."""
    found = (match["named"] or match["least"] for text in relations for match in _NEEDS_PYTHON.finditer(text))
    return max(map(int, found), default=0)


def mistake_in(path: str, content: bytes, program: str, kind: PackageFormat, python: int = 0) -> str:
    """Say why a program or a file of a well-known form cannot be read by what runs or reads it; empty for none.

    `program` is as `read_program` gives it, `kind` the format of the package, which says what `sh` is, `python` the N
    of the Python 3.N that it needs: what is for a newer one than this is not judged, nor is what only tests read.

    Raises: SimulatorError when its shell is not there, or has not read it in ten seconds.
    """
    if "\r" in program:
        return "its first line ends with a carriage return, which the kernel takes for a part of the interpreter's name"
    shells = _SHELLS_OF_RPM if kind == "rpm" else _SHELLS
    shell = shells.get(program.rpartition("/")[2].rpartition(" ")[2]) if program.startswith("#!") else None
    is_completion = not program and bool(_COMPLETION.search(path))
    if is_completion or (not program and _SOURCED.search(path)):
        shell = shells["bash"]
    if shell is not None:
        is_extended = shell[0] == "bash" and (is_completion or bool(_EXTENDS.search(content)))
        return _of_shell(path, [*shell, "-O", "extglob"] if is_extended else shell, content)
    if not program and _OF_TESTS.search(path):
        return ""
    if _PYTHON.match(program) or (path.endswith(".py") and not program and not _PYTHON_2.search(path)):
        needed = max([python, *(int(found[1]) for found in _PYTHON_3.finditer(f"{path} {program}"))])
        return _of_python(content) if needed <= sys.version_info.minor else ""
    if path.endswith(".json"):
        return _of_json(content)
    return _of_xml(content) if _XML.search(path) else ""


def _of_shell(path: str, shell: list[str], content: bytes) -> str:
    """Let a shell read it and run nothing."""
    try:
        done = subprocess.run([*shell, "-n"], input=content, capture_output=True, check=False, timeout=_LIMIT_S)
    except FileNotFoundError as error:
        raise SimulatorError(
            "shell-missing", f"there is no {shell[0]} here to read it.", place=path, hint=f"Install {shell[0]}."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise SimulatorError("shell-slow", f"{shell[0]} has not read it in {_LIMIT_S} s.", place=path) from error
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return said[0] if done.returncode and said else ""


def _of_python(content: bytes) -> str:
    try:
        ast.parse(content)
    except (SyntaxError, ValueError) as error:
        return str(error)
    except (RecursionError, MemoryError):  # ast says either, by where the parser stands
        return _TOO_DEEP
    return ""


def _of_json(content: bytes) -> str:
    try:
        json.loads(content)
    except ValueError as error:
        return str(error)
    except RecursionError:
        return _TOO_DEEP
    return ""


def _of_xml(content: bytes) -> str:
    try:
        expat.ParserCreate().Parse(content, True)
    except expat.ExpatError as error:
        return str(error)
    return ""
