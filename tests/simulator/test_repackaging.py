"""A package is packed again: without a change it holds the same, and a change that changes nothing is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from debian.debfile import DebFile

from simulator.contract import PackageContents
from simulator.errors import BadInput
from simulator.package_changes import Changes, FileChange, ScriptChange, Trigger
from simulator.package_contents import read_contents
from simulator.packaging import Format, agent_package, build_package, file_name
from simulator.releases import load_releases
from simulator.repackaging import repack, whole_payload

pytestmark = pytest.mark.process

POSTINST = {"deb": "postinst", "rpm": "%post"}


def _repacked(kind: Format, changes: Changes, folder: Path) -> tuple[PackageContents, PackageContents]:
    releases = load_releases()
    package = agent_package(releases, releases.releases[-1], kind)
    path, target = folder / file_name(package), folder / f"new.{kind}"
    build_package(package, path)
    repack(path, changes, target, name="azcmagent")
    return read_contents(path), read_contents(target)


@pytest.mark.parametrize("kind", ["deb", "rpm"])
def test_a_clean_twin_holds_the_same(kind: Format, tmp_path: Path) -> None:
    """Files with mode, owner and content, scripts, dependencies, digests and version."""
    old, new = _repacked(kind, Changes(), tmp_path)

    assert (new.files, new.scripts, new.relations, new.digests) == (old.files, old.scripts, old.relations, old.digests)
    assert new.package.version == old.package.version


@pytest.mark.parametrize("kind", ["deb", "rpm"])
def test_a_script_changes(kind: Format, tmp_path: Path) -> None:
    """Lines go, and lines come right after the first and at the end."""
    change = ScriptChange(drop="try-restart", prepend="# first", append="# last")
    old, new = _repacked(kind, Changes(scripts={POSTINST[kind]: change}), tmp_path)
    lines = new.scripts[POSTINST[kind]].splitlines()

    assert (lines[:2], lines[-1]) == (["#!/bin/sh", "# first"], "# last")
    assert "try-restart" in old.scripts[POSTINST[kind]]
    assert not any("try-restart" in line for line in lines)


@pytest.mark.parametrize("kind", ["deb", "rpm"])
def test_a_file_changes_and_another_comes(kind: Format, tmp_path: Path) -> None:
    """Mode, lines and whole content; a new file may be configuration."""
    files = {
        "/opt/azcmagent/bin/himds": FileChange(mode="4777"),
        r"/usr/lib/systemd/system/.*\.service": FileChange(drop="^Restart="),
        "/etc/azcmagent.conf": FileChange(content="a = 1\n", config="config"),
    }
    old, new = _repacked(kind, Changes(files=files), tmp_path)
    before, after = ({file.path: file for file in contents.files} for contents in (old, new))

    assert after["/opt/azcmagent/bin/himds"].mode == "4777"
    assert after["/usr/lib/systemd/system/himdsd.service"].size < before["/usr/lib/systemd/system/himdsd.service"].size
    assert (after["/etc/azcmagent.conf"].size, after["/etc/azcmagent.conf"].config) == (6, True)


@pytest.mark.parametrize(
    "changes",
    [
        Changes(scripts={"postinst": ScriptChange(drop="no such line")}),
        Changes(files={"/gone": FileChange(mode="600")}),
        Changes(files={"/etc/new": FileChange(content="a\n", drop="b")}),
        Changes(files={"/etc/new": FileChange(content="a\n", replace={"b": "c"})}),
    ],
    ids=["script", "file", "new file's drop", "new file's replace"],
)
def test_a_change_without_effect_is_refused(changes: Changes, tmp_path: Path) -> None:
    """A defect that is not in the package would be scored as missed."""
    with pytest.raises(BadInput, match="matches"):
        _repacked("deb", changes, tmp_path)


def test_what_the_packer_cannot_say_is_said_in_an_rpm(tmp_path: Path, need_program: Callable[[str], str]) -> None:
    """rpm itself reads triggers, epoch, relations, capabilities, links, scripts and the digest that is missing."""
    changes = Changes(
        scripts={"%pretrans": ScriptChange(append="true"), "%posttrans": ScriptChange(append="true")},
        files={
            "/opt/azcmagent/bin/himds": FileChange(capabilities="cap_net_raw=ep"),
            "/etc/link": FileChange(kind="l", link="/etc/passwd"),
            "/opt/GC_Ext/GC/install.sh": FileChange(gone=True),
        },
        relations={"obsoletes": ("former < 3",), "provides": ("agent = 2",)},
        triggers=(
            Trigger("%triggerin", ("bash", "dash >= 1"), "echo bash"),
            Trigger("%filetriggerpostun", ("/usr/share/x",), "echo file"),
            Trigger("%transfiletriggerin", ("/usr/lib",), "echo all"),
        ),
        without=("payload-sha256",),
        epoch="2",
    )
    _, new = _repacked("rpm", changes, tmp_path)
    asked = [need_program("rpm"), "-qp", "--triggers", "--filetriggers", "--scripts", "--provides", "--obsoletes",
             "--qf", "[%{filenames} %{filecaps}\\n]", str(tmp_path / "new.rpm")]  # fmt: skip
    said = _said(asked).splitlines()

    assert {
        "triggerin scriptlet (using /bin/sh) -- bash, dash >= 1", "echo bash",
        "filetriggerpostun scriptlet (using /bin/sh) -- /usr/share/x",
        "transfiletriggerin scriptlet (using /bin/sh) -- /usr/lib", "pretrans scriptlet (using /bin/sh):",
        "posttrans scriptlet (using /bin/sh):", "agent = 2", f"azcmagent = 2:{new.package.version}", "former < 3",
        "/opt/azcmagent/bin/himds cap_net_raw=ep", "/etc/link ",
    } <= set(said)  # fmt: skip
    assert "/opt/GC_Ext/GC/install.sh " not in said
    assert new.digests == ("header-md5", "header-sha256", "files-sha256")
    assert {"%pretrans", "%posttrans", "%triggerin -- bash, dash"} < set(new.scripts)
    assert (new.relations["obsoletes"], "agent = 2" in new.relations["provides"]) == (("former < 3",), True)


def test_an_rpm_is_sound_after_its_header_was_changed(tmp_path: Path, need_program: Callable[[str], str]) -> None:
    """rpm itself verifies every digest; a second time changes nothing of what was said the first time."""
    changes = Changes(triggers=(Trigger("%triggerun", ("bash",), "true"),), epoch="2")
    _repacked("rpm", changes, tmp_path)
    repack(tmp_path / "new.rpm", Changes(), tmp_path / "again.rpm", name="azcmagent")
    rpm = need_program("rpm")
    lists = [_said([rpm, "-qp", "--triggers", "--provides", "--requires", "-i", str(tmp_path / name)])
             for name in ("new.rpm", "again.rpm")]  # fmt: skip

    assert "NOT OK" not in _said([rpm, "-Kv", str(tmp_path / "again.rpm")])
    assert "Payload SHA256 digest: OK" in _said([rpm, "-Kv", str(tmp_path / "again.rpm")])
    assert lists[0] == lists[1]


def test_what_the_packer_cannot_say_is_said_in_a_deb(tmp_path: Path, need_program: Callable[[str], str]) -> None:
    """dpkg-deb itself reads epoch, relations, fields, triggers and control files, also after a second time."""
    changes = Changes(
        relations={"breaks": ("former (<< 3)",), "provides": ("agent (= 2)",), "recommends": ()},
        fields={"Multi-Arch": "foreign"},
        control={"templates": "Template: x\n"},
        triggers=(Trigger("interest-noawait", ("/usr/share/x",)),),
        without=("files-md5",),
        epoch="2",
    )
    _, new = _repacked("deb", changes, tmp_path)
    repack(tmp_path / "new.deb", Changes(without=("files-md5",)), tmp_path / "again.deb", name="azcmagent")
    dpkg = need_program("dpkg-deb")
    fields = _said([dpkg, "-f", str(tmp_path / "again.deb"), "Version", "Breaks", "Provides", "Multi-Arch"])

    assert fields.splitlines() == [
        f"Version: {new.package.version}", "Breaks: former (<< 3)", "Provides: agent (= 2)", "Multi-Arch: foreign",
    ]  # fmt: skip
    assert new.package.version.startswith("2:")
    assert _said([dpkg, "-I", str(tmp_path / "again.deb"), "triggers"]) == "interest-noawait /usr/share/x\n"
    assert _said([dpkg, "-I", str(tmp_path / "again.deb"), "templates"]) == "Template: x\n"
    assert new.relations["interests"] == ("interest-noawait /usr/share/x",)
    assert new.digests == ()


@pytest.mark.parametrize("kind", ["deb", "rpm"])
def test_a_link_takes_the_place_of_a_file(kind: Format, tmp_path: Path) -> None:
    """Where it leads to is enough to say; it may have an owner, and stays as it is when packed once more."""
    files = {
        "/opt/azcmagent/bin/himds": FileChange(link="/usr/bin/true", owner="himds", group="himds"),
        "/etc/new": FileChange(link="/etc/passwd"),
    }
    _, new = _repacked(kind, Changes(files=files), tmp_path)
    repack(tmp_path / f"new.{kind}", Changes(), tmp_path / f"again.{kind}", name="azcmagent")
    links = [(file.path, file.link, file.owner, file.group) for file in new.files if file.kind == "l"]

    assert sorted(links) == [
        ("/etc/new", "/etc/passwd", "root", "root"), ("/opt/azcmagent/bin/himds", "/usr/bin/true", "himds", "himds"),
    ]  # fmt: skip
    assert read_contents(tmp_path / f"again.{kind}").files == new.files


@pytest.mark.parametrize("kind", ["deb", "rpm"])
def test_a_pattern_changes_what_can_have_it(kind: Format, tmp_path: Path) -> None:
    """Folders among the files that a pattern matches stay as they are."""
    folder = Changes(files={"/etc/new": FileChange(kind="d"), "/etc/new/a": FileChange(content="a\n")})
    _repacked(kind, folder, tmp_path)
    changes = Changes(files={"/etc/new.*": FileChange(append="b\n")})
    repack(tmp_path / f"new.{kind}", changes, tmp_path / f"again.{kind}", name="azcmagent")
    files = {file.path: file for file in read_contents(tmp_path / f"again.{kind}").files}

    assert (files["/etc/new"].kind, files["/etc/new/a"].size) == ("d", 4)


def test_control_members_keep_content_and_mode(tmp_path: Path, need_program: Callable[[str], str]) -> None:
    """debconf's `config` can still be run, and so can what an installer runs; what is new has its usual mode."""
    _repacked("deb", Changes(), tmp_path)
    _add_members(tmp_path / "new.deb", need_program("dpkg-deb"))
    changes = Changes(control={"templates": "Template: x\n", "preinst": "#!/bin/sh\n"})
    repack(tmp_path / "new.deb", changes, tmp_path / "again.deb", name="azcmagent")
    with DebFile(str(tmp_path / "again.deb")) as deb:
        modes = {member.name.removeprefix("./"): member.mode for member in deb.control.tgz() if member.isfile()}
        content = deb.control.get_content("config")

    assert content == b"#!/bin/sh\n# config\n"
    assert {name for name, mode in modes.items() if mode == 0o755} == {
        "config", "isinstallable", "preinst", "postinst", "prerm", "postrm",
    }  # fmt: skip
    assert {modes["templates"], modes["control"], modes["shlibs"]} == {0o644}


def _add_members(path: Path, dpkg_deb: str) -> None:
    """Let dpkg-deb build the package again with what others have in the control archive."""
    folder = path.with_suffix("")
    subprocess.run([dpkg_deb, "-R", path, folder], check=True)
    for name, mode in {"config": 0o755, "isinstallable": 0o755, "shlibs": 0o644, "symbols": 0o644}.items():
        (folder / "DEBIAN" / name).write_text(f"#!/bin/sh\n# {name}\n")
        (folder / "DEBIAN" / name).chmod(mode)
    subprocess.run([dpkg_deb, "-b", "-Zxz", "--root-owner-group", folder, path], check=True, stdout=subprocess.DEVNULL)


def test_hard_links_keep_their_content(tmp_path: Path, need_program: Callable[[str], str]) -> None:
    """Each becomes a file of its own, in either format: an rpm holds the content once, with the last name."""
    text = "text\n"

    def link(folder: Path) -> None:
        (folder / "opt/a").write_text(text)
        (folder / "opt/b").hardlink_to(folder / "opt/a")

    old, new = _rebuilt(link, tmp_path, need_program)
    of_rpm = whole_payload(old, {"/opt/a": b"", "/opt/b": text.encode()})

    assert [(file.path, file.size) for file in new.files if file.path in ("/opt/a", "/opt/b")] == [
        ("/opt/a", len(text)), ("/opt/b", len(text))
    ]  # fmt: skip
    assert of_rpm["/opt/a"] == text.encode()


def test_what_cannot_be_packed_is_refused(tmp_path: Path, need_program: Callable[[str], str]) -> None:
    """A pipe does not silently become an empty file."""
    with pytest.raises(BadInput, match="/opt/pipe is and cannot be packed as 'p'"):
        _rebuilt(lambda folder: os.mkfifo(folder / "opt/pipe"), tmp_path, need_program)


def _rebuilt(
    change: Callable[[Path], None], tmp_path: Path, need_program: Callable[[str], str]
) -> tuple[PackageContents, PackageContents]:
    """Let dpkg-deb build a package with what no packer of ours makes, and pack that again."""
    _repacked("deb", Changes(), tmp_path)
    path, folder, dpkg_deb = tmp_path / "new.deb", tmp_path / "new", need_program("dpkg-deb")
    subprocess.run([dpkg_deb, "-R", path, folder], check=True)
    change(folder)
    subprocess.run([dpkg_deb, "-b", "-Zxz", "--root-owner-group", folder, path], check=True, stdout=subprocess.DEVNULL)
    repack(path, Changes(), tmp_path / "again.deb", name="azcmagent")
    return read_contents(path), read_contents(tmp_path / "again.deb")


@pytest.mark.parametrize("kind", ["deb", "rpm"])
def test_each_process_packs_the_same_bytes(kind: Format, tmp_path: Path, need_program: Callable[[str], str]) -> None:
    """Whatever the seed of its hashes."""
    _repacked(kind, Changes(), tmp_path)
    if kind == "deb":
        _add_members(tmp_path / "new.deb", need_program("dpkg-deb"))
    changes = Changes(files={"/etc/new": FileChange(kind="l", link="/etc/passwd")})
    (tmp_path / "changes.json").write_bytes(msgspec.json.encode(changes))
    for seed in ("1", "2", "3"):
        command = [sys.executable, "-m", "simulator", "packages", "repack", str(tmp_path / f"new.{kind}"),
                   "--changes", str(tmp_path / "changes.json"), "--out", str(tmp_path / seed)]  # fmt: skip
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": seed})

    assert len({(tmp_path / seed / f"new.{kind}").read_bytes() for seed in ("1", "2", "3")}) == 1


def _said(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _on_program(**members: str) -> Changes:
    return Changes(files={"/opt/azcmagent/bin/himds": msgspec.convert(members, FileChange)})


@pytest.mark.parametrize(
    ("kind", "changes", "reference"),
    [
        ("deb", Changes(files={"/opt/.*": FileChange(replace={"no such text": "x"})}), "repack-nothing"),
        ("deb", Changes(scripts={"%post": ScriptChange(append="true")}), "repack-script"),
        ("deb", Changes(files={"/opt/azcmagent/bin/himds": FileChange(capabilities="=ep")}), "repack-capabilities"),
        ("deb", Changes(relations={"obsoletes": ("x",)}), "repack-relation"),
        ("rpm", Changes(relations={"breaks": ("x",)}), "repack-relation"),
        ("rpm", Changes(relations={"provides": ("a >> 2",)}), "repack-relation"),
        ("rpm", Changes(triggers=(Trigger("interest", ("x",)),)), "repack-trigger"),
        ("rpm", Changes(fields={"Essential": "yes"}), "repack-control"),
        ("deb", _on_program(link="/x", mode="600"), "repack-kind"),
        ("rpm", _on_program(link="/x", config="config"), "repack-kind"),
        ("rpm", _on_program(link="/x", capabilities="=ep"), "repack-kind"),
        ("deb", _on_program(link="/x", kind="d"), "repack-kind"),
        ("deb", _on_program(kind="l"), "repack-kind"),
        ("deb", _on_program(kind="p"), "repack-kind"),
        ("deb", Changes(files={"/opt/azcmagent/bin/himds": FileChange(gone=True, mode="600")}), "repack-gone"),
        ("deb", Changes(files={"/etc/new": FileChange(kind="d", content="a")}), "repack-kind"),
        ("deb", Changes(files={"/etc/new": FileChange(kind="d", append="a")}), "repack-kind"),
        ("deb", Changes(files={"/etc/new": FileChange(kind="l")}), "repack-kind"),
        ("deb", Changes(files={"/opt/azcmagent/bin": FileChange(replace={"": "a"})}), "repack-kind"),
    ],
    ids=[
        "replace",
        "script",
        "capabilities",
        "deb relation",
        "rpm relation",
        "no relation",
        "trigger",
        "control",
        "link's mode",
        "link as configuration",
        "link's capabilities",
        "link and folder",
        "link to nowhere",
        "no such kind",
        "gone and changed",
        "folder's content",
        "folder's end",
        "new link to nowhere",
        "folder's lines",
    ],
)
def test_a_change_that_a_format_cannot_have_is_refused(
    kind: Format, changes: Changes, reference: str, tmp_path: Path
) -> None:
    """With what is wrong, and without a package that lacks the defect."""
    with pytest.raises(BadInput) as caught:
        _repacked(kind, changes, tmp_path)

    assert caught.value.reference == reference
    assert not (tmp_path / f"new.{kind}").exists()
