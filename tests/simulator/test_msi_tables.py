"""What is read of an .msi: what it is, files where a machine has them, values of the registry, and rows as lines."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator import msi_tables
from simulator.candidate import inspect_package
from simulator.errors import BadInput, SimulatorError
from simulator.msi_changes import repack_msi
from simulator.msi_tables import folder_path, inspect_msi, read_msi, read_table, redirected, shown_row
from simulator.package_changes import Changes, FileChange

_TABLES = {
    "Property": "Property\tValue\ns72\tl0\nProperty\tProperty\nProductName\tAgent\n"
    "ProductVersion\t1.2.3\nProductCode\t{1}\n",
    "Directory": "Directory\tDirectory_Parent\tDefaultDir\ns\ts\tl\nDirectory\tDirectory\nTARGETDIR\t\tSourceDir\n"
    "ProgramFiles64Folder\tTARGETDIR\t.\nTOP\tProgramFiles64Folder\tAG~1|Agent Folder\nSAME\tTOP\t.\n",
    "Component": "Component\tDirectory_\tAttributes\ns\ts\ti\nComponent\tComponent\nMain\tSAME\t256\nSmall\tSAME\t4\n",
    "File": "File\tComponent_\tFileName\tFileSize\ns\ts\tl\ti\nFile\tFile\nF1\tMain\tA~1.EXE|agent.exe\t5\n",
    "Registry": "Registry\tRoot\tKey\tName\tValue\tComponent_\ns\ti\tl\tl\tL\ts\nRegistry\tRegistry\n"
    "r1\t2\tSOFTWARE\\A\tVersion\t1\tMain\n"
    "r2\t2\tSOFTWARE\\A\t\tx\tSmall\nr3\t1\tSoftware\\B\t+\t\tMain\nr4\t0\t.agent\tType\tx\tMain\n",
    "Environment": "Environment\tName\tValue\tComponent_\ns\tl\tL\ts\nEnvironment\tEnvironment\n"
    "e1\t=-*AGENT_HOME\tC:\\A\tMain\ne2\t=OWN*\tx\tMain\ne3\t!-*GONE\t\tMain\n",
}  # fmt: skip


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an .msi that msitools would read so."""
    path = tmp_path / "agent.msi"
    path.write_bytes(msi_tables.MAGIC + b"rest")

    def run_tool(words: list[str], *, what: Path) -> str:
        assert what == path
        if words[1] == "tables":
            return "\n".join(_TABLES)
        if words[1] == "suminfo":
            return "Title: x\nTemplate: x64;1033\n"
        if words[0] == "msiextract":
            (Path(words[2]) / "Agent Folder").mkdir()
            (Path(words[2]) / "Agent Folder" / "agent.exe").write_bytes(b"MZ...")
            return ""
        return _TABLES[words[3]]

    monkeypatch.setattr(msi_tables, "run_tool", run_tool)
    return path


def test_what_it_is(package: Path) -> None:
    """Name, version and architecture."""
    found = inspect_msi(package, "candidate")

    assert (found.name, found.version, found.format, found.architecture) == ("Agent", "1.2.3", "msi", "x64")


def test_what_is_in_it(package: Path) -> None:
    """Files where drive C is, values by their root, variables without their signs; a key alone is none."""
    contents = read_msi(package, inspect_msi(package, "candidate"))
    folder = "/var/lib/windows/drive_c/Program Files/Agent Folder"
    variables = "HKLM\\System\\CurrentControlSet\\Control\\Session Manager\\Environment"

    assert [(file.path, file.kind) for file in contents.files] == [
        (f"{folder}/agent.exe", "f"), (folder, "d"),
        ("HKLM\\SOFTWARE\\A\\Version", "v"), ("HKLM\\SOFTWARE\\A\\@", "v"),
        ("HKLM\\Software\\Classes\\.agent\\Type", "v"), (f"{variables}\\AGENT_HOME", "v"),
        ("HKCU\\Environment\\OWN*", "v"),
        (f"{variables}\\GONE", "v"),
    ]  # fmt: skip
    assert [file.redirected for file in contents.files if file.redirected] == [("HKLM\\SOFTWARE\\Wow6432Node\\A\\@",)]
    assert contents.files[0].sha256
    assert contents.scripts["Component"] == (
        "Component=Main\tDirectory_=SAME\tAttributes=256\nComponent=Small\tDirectory_=SAME\tAttributes=4\n"
    )
    assert shown_row({"A": "1", "B": "", "C": "x y"}) == "A=1\tC=x y"


def test_a_folder_that_no_row_has() -> None:
    """It is taken for drive C itself."""
    assert folder_path("NONE", {}) == "/var/lib/windows/drive_c"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("HKLM\\SOFTWARE\\A", ["HKLM\\SOFTWARE\\Wow6432Node\\A"]),
        ("HKLM\\Software\\Classes\\.a",
         ["HKLM\\Software\\Wow6432Node\\Classes\\.a", "HKLM\\Software\\Classes\\Wow6432Node\\.a"]),
        ("HKLM\\System\\A", []),
        ("HKLM\\SoftwareOfOurs\\A", []),
        ("HKCU\\Software\\A", []),
    ],
)  # fmt: skip
def test_what_has_32_bits_is_redirected(key: str, expected: list[str]) -> None:
    """Below Software alone, and classes within their own key as well."""
    assert [*redirected(key)] == expected


def test_another_product_is_refused(package: Path) -> None:
    """By the name that people see."""
    with pytest.raises(BadInput, match="'Agent', not 'Azure Connected Machine Agent'"):
        inspect_package(package)
    assert inspect_package(package, product_name="Agent").name == "Agent"


def test_what_is_no_product_is_refused(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A patch, or a database of something else."""
    monkeypatch.setitem(_TABLES, "Property", "Property\tValue\ns\tl\nProperty\tProperty\nProductName\tAgent\n")

    with pytest.raises(BadInput, match="are no product's"):
        inspect_msi(package, "candidate")


def test_a_missing_tool_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the package that has it."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SimulatorError, match="msiinfo") as raised:
        read_table(tmp_path / "x.msi", "Property")
    assert "apt-get install msitools" in str(raised.value)


def test_only_queries_change_an_msi(tmp_path: Path) -> None:
    """What other formats have means nothing here."""
    with pytest.raises(BadInput, match="'queries' alone"):
        repack_msi(tmp_path / "x.msi", Changes(files={"/x": FileChange(gone=True)}), tmp_path / "y.msi")


@pytest.mark.process
def test_queries_change_tables(tmp_path: Path, need_program: Callable[[str], str]) -> None:
    """The original stays; a query that changes nothing is refused, and a file that is none is told so."""
    path, target = tmp_path / "x.msi", tmp_path / "y.msi"
    for query in (
        "CREATE TABLE `Property` (`Property` CHAR(72) NOT NULL, `Value` CHAR(0) NOT NULL PRIMARY KEY `Property`)",
        "INSERT INTO `Property` (`Property`, `Value`) VALUES ('A', '1')",
    ):
        subprocess.run([need_program("msibuild"), str(path), "-q", query], check=True, capture_output=True)
    repack_msi(path, Changes(queries=("UPDATE `Property` SET `Value` = '2' WHERE `Property` = 'A'",)), target)

    assert [read_table(file, "Property") for file in (path, target)] == [
        [{"Property": "A", "Value": "1"}], [{"Property": "A", "Value": "2"}],
    ]  # fmt: skip
    with pytest.raises(BadInput, match="repack-nothing"):
        repack_msi(path, Changes(queries=("UPDATE `Property` SET `Value` = '1' WHERE `Property` = 'A'",)), target)
    (tmp_path / "cut.msi").write_bytes(msi_tables.MAGIC)
    with pytest.raises(
        BadInput, match=r"cut\.msi: it cannot be read: open failed for \S+cut\.msi\. \[candidate-corrupt\]"
    ):
        inspect_msi(tmp_path / "cut.msi", "candidate")
