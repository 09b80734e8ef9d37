"""Read an .msi with msitools: its tables, what it installs where, and what it is.

Source: Windows Installer's documentation of the database: "Database Tables", "Directory Table" (`.` and `short|long` in
DefaultDir), "Registry Table" (roots -1 to 3), "Component Table" (64-bit components, permanent ones), "Environment
Table" (signs before a name); of Windows' own "HKEY_CLASSES_ROOT Key" and "Registry Redirector".
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from simulator.contract import DRIVE_C, PackageContents, PackageFile, PayloadFile
from simulator.errors import BadInput, SimulatorError
from simulator.programs import read_program

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # of a compound file
#: Debian's package of each tool.
TOOLS = {"msiinfo": "msitools", "msiextract": "msitools", "msibuild": "msitools"}
Row = dict[str, str]
_MARK = re.compile(r"(?:\*\* )?\(\w+:\d+\): (?:[\w:-]+-)?[A-Z]+ \*\*: (?:[\d:.]+: )?")  # of what glib's programs say
_HEAD_LINES = 3  # names of the columns, their types, the table's name with its keys
#: Tables that say what is done to a machine: where a defect is looked for.
ACTING = (
    "ServiceControl", "ServiceInstall", "Registry", "RemoveRegistry", "RemoveFile", "DuplicateFile", "MoveFile",
    "IniFile", "RemoveIniFile", "Environment", "CreateFolder", "File", "Component", "Directory", "CustomAction",
    "Upgrade", "Property", "LaunchCondition", "InstallExecuteSequence",
)  # fmt: skip
#: Where Windows' own folders are, as Wine 8 lays them out for programs of 64 bits.
_FOLDERS = {
    "TARGETDIR": "", "ProgramFiles64Folder": "Program Files", "ProgramFilesFolder": "Program Files (x86)",
    "CommonFiles64Folder": "Program Files/Common Files", "CommonFilesFolder": "Program Files (x86)/Common Files",
    "CommonAppDataFolder": "ProgramData", "WindowsFolder": "windows", "System64Folder": "windows/system32",
    "SystemFolder": "windows/syswow64", "WindowsVolume": "",
}  # fmt: skip
#: An installation for the whole machine writes classes below HKLM.
_ROOTS = {"-1": "HKLM", "0": r"HKLM\Software\Classes", "1": "HKCU", "2": "HKLM", "3": "HKU"}
_SOFTWARE, _CLASSES = "hklm\\software\\", "hklm\\software\\classes\\"
_VARIABLES = {True: r"HKLM\System\CurrentControlSet\Control\Session Manager\Environment", False: r"HKCU\Environment"}
_OF_MACHINE, _VARIABLE_SIGNS = "*", "=-+!*"
_IS_64_BIT = 256  # of a component's attributes
_PROGRAMS = (".exe", ".dll", ".com", ".sys")
_ARCHITECTURES = {"x64": "x64", "intel": "x86", "": "x86"}
#: Of a product version Windows Installer compares three numbers only. Source: "ProductVersion property".
_VERSION = re.compile(r"\d+(\.\d+){1,3}$")


def run_tool(words: list[str], *, what: Path) -> str:
    """Run a tool of msitools; give what it prints.

    Raises: BadInput when it refuses the file, SimulatorError when it is not installed.
    """
    if shutil.which(words[0]) is None:
        raise SimulatorError(
            "msi-tools", f"'{words[0]}' is not installed, and an .msi cannot be read without it.",
            hint=f"apt-get install {TOOLS[words[0]]} (Debian, Ubuntu)",
        )  # fmt: skip
    done = subprocess.run(words, capture_output=True, check=False)
    if done.returncode != 0:
        said = _MARK.sub("", " ".join((done.stderr or done.stdout).decode("utf-8", "replace").split()))
        reason = said[-400:].rstrip(".") or words[0]
        raise BadInput("candidate-corrupt", f"it cannot be read: {reason}.", place=str(what),
                       hint="Is it a whole download? Compare its checksum.")  # fmt: skip
    return done.stdout.decode("utf-8", "replace")


def table_names(path: Path) -> list[str]:
    """Give the tables that an .msi has. Raises: as `run_tool`."""
    return run_tool(["msiinfo", "tables", str(path)], what=path).split()


def read_table(path: Path, name: str) -> list[Row]:
    """Give a table's rows by column, in the file's order. Raises: as `run_tool`."""
    lines = run_tool(["msiinfo", "export", str(path), name], what=path).replace("\r\n", "\n").split("\n")
    columns = lines[0].split("\t")
    return [dict(zip(columns, line.split("\t"), strict=False)) for line in lines[_HEAD_LINES:] if line]


def inspect_msi(path: Path, release: str) -> PackageFile:
    """Give what an .msi is; its name is the ProductName. Raises: as `run_tool`; BadInput for what is no product."""
    facts = {row["Property"]: row["Value"] for row in read_table(path, "Property")}
    missing = [name for name in ("ProductName", "ProductVersion", "ProductCode") if not facts.get(name)]
    if missing or not _VERSION.match(facts["ProductVersion"]):
        raise BadInput("candidate-control", f"its properties are no product's: {missing or facts['ProductVersion']}.",
                       place=str(path))  # fmt: skip
    summary = run_tool(["msiinfo", "suminfo", str(path)], what=path)
    template = re.search(r"(?m)^Template: ([^;\n]*)", summary)
    words = template[1].strip() if template else ""
    content = path.read_bytes()
    return PackageFile(
        name=facts["ProductName"], version=facts["ProductVersion"], release=release, format="msi", path=path.name,
        sha256=hashlib.sha256(content).hexdigest(), size=len(content),
        architecture=_ARCHITECTURES.get(words.lower(), words),
    )  # fmt: skip


def read_msi(path: Path, entry: PackageFile) -> PackageContents:
    """Give what is in an .msi: files, folders and registry values as `files`, the tables that act as `scripts`.

    A registry value is a file of kind `v`, called `HKLM\\KEY\\NAME`, and so is a variable. A table's text has a line
    for each row. Files are at the paths that they have on a machine, where drive C is `DRIVE_C`.
    Raises: as `run_tool`.
    """
    known = table_names(path)
    tables = {name: read_table(path, name) for name in ACTING if name in known}
    texts = {name: "".join(f"{shown_row(row)}\n" for row in rows) for name, rows in tables.items() if rows}
    with tempfile.TemporaryDirectory(prefix="arclab-msi-") as folder:
        run_tool(["msiextract", "-C", folder, str(path)], what=path)
        content = [file.read_bytes() for file in sorted(Path(folder).rglob("*")) if file.is_file()]
        extracted = {str(f.relative_to(folder)): f for f in Path(folder).rglob("*") if f.is_file()}
        files = (*_files(tables, extracted), *_values(tables))
    digests = ("files-md5",) if "MsiFileHash" in known and content and read_table(path, "MsiFileHash") else ()
    return PackageContents(entry, files, texts, {}, digests)


def shown_row(row: Row) -> str:
    """Give a row as a line: `Column=value`, with tabs between; empty columns are left out."""
    return "\t".join(f"{name}={value}" for name, value in row.items() if value)


def _files(tables: dict[str, list[Row]], extracted: dict[str, Path]) -> Iterator[PayloadFile]:
    folders = {row["Directory"]: row for row in tables.get("Directory", ())}
    components = {row["Component"]: row for row in tables.get("Component", ())}
    rows = tables.get("File", [])
    used: set[str] = set()
    for row in rows:
        key = components.get(row["Component_"], {}).get("Directory_", "")
        folder = folder_path(key, folders)
        used.update(_own_folders(key, folders))
        name = _long(row["FileName"])
        found = next((f for p, f in extracted.items() if f"{folder}/{name}".endswith(f"/{p}")), None)
        content = found.read_bytes() if found else b""
        yield PayloadFile(
            path=f"{folder}/{name}", kind="f", mode="755" if name.lower().endswith(_PROGRAMS) else "644", owner="root",
            group="root", size=int(row["FileSize"] or 0), sha256=hashlib.sha256(content).hexdigest() if found else "",
            program=read_program(content),
        )  # fmt: skip
    for row in tables.get("CreateFolder", ()):
        used.update(_own_folders(row["Directory_"], folders))
    paths = sorted({folder_path(key, folders) for key in used})
    yield from (PayloadFile(path, "d", "755", "root", "root") for path in paths)


def folder_path(key: str, folders: dict[str, Row]) -> str:
    """Give the path on a machine of a row of the table Directory."""
    if key in _FOLDERS:
        return f"{DRIVE_C}/{_FOLDERS[key]}".rstrip("/")
    if key not in folders:
        return DRIVE_C
    name = _long(folders[key]["DefaultDir"].partition(":")[0])
    parent = folder_path(folders[key]["Directory_Parent"], folders)
    return parent if name in (".", "SourceDir") else f"{parent}/{name}"


def _own_folders(key: str, folders: dict[str, Row]) -> Iterator[str]:
    while key in folders and key not in _FOLDERS:
        yield key
        key = folders[key]["Directory_Parent"]


def _values(tables: Mapping[str, Iterable[Row]]) -> Iterator[PayloadFile]:
    components = {row["Component"]: row for row in tables.get("Component", ())}
    for row in tables.get("Registry", ()):
        if row["Name"] in ("-", "+", "*") and not row["Value"]:
            continue  # a key alone
        key = f"{_ROOTS.get(row['Root'], 'HKLM')}\\{row['Key']}"
        attributes = components.get(row.get("Component_", ""), {}).get("Attributes", "")
        keys = () if int(attributes or 0) & _IS_64_BIT else redirected(key)
        yield PayloadFile(
            value_path(key, row["Name"]), "v", "0", "root", "root", size=len(row["Value"]),
            redirected=tuple(value_path(other, row["Name"]) for other in keys),
        )  # fmt: skip
    for row in tables.get("Environment", ()):
        name = row["Name"].lstrip(_VARIABLE_SIGNS)
        key = _VARIABLES[_OF_MACHINE in row["Name"].removesuffix(name)]
        yield PayloadFile(value_path(key, name), "v", "0", "root", "root", size=len(row["Value"]))


def value_path(key: str, name: str) -> str:
    """Give the path of a registry value; that of a key without a name is `@`."""
    return f"{key}\\{name or '@'}"


def redirected(key: str) -> tuple[str, ...]:
    """Give where a machine of 64 bits may keep a key that is written by what has 32 bits; nothing where as it is.

    Assumed: which keys below `HKLM\\Software` are shared and not redirected differs between Windows and Wine, so this
    is where it may be beside the key's own place.
    """
    folded = f"{key}\\".casefold()
    if not folded.startswith(_SOFTWARE):
        return ()
    found = [f"{key[: len(_SOFTWARE)]}Wow6432Node\\{key[len(_SOFTWARE) :]}"]
    if folded.startswith(_CLASSES):
        found.append(f"{key[: len(_CLASSES)]}Wow6432Node\\{key[len(_CLASSES) :]}")
    return tuple(found)


def _long(name: str) -> str:
    return name.rpartition("|")[2]
