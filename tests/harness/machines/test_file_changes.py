"""Both ways of watching files tell the same of the same machine.

The layer is a real overlay mount where this process may make one (as root); elsewhere those tests are skipped.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.machines import file_changes
from harness.machines.file_changes import (
    Content,
    FileChange,
    LayerWatch,
    ListingWatch,
    contents_script,
    is_below,
    listing_script,
    parse_contents,
    parse_file_changes,
    read_content,
)
from harness.substrate.layer import Layer

Change = Callable[[Path], None]


class Overlay:
    """An overlay mount with two layers below it; `root` is what a machine sees."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "root"
        self.layer = Layer(str(folder / "upper"), (str(folder / "image"), str(folder / "base")))
        for name in ("upper", "work", "image", "base", "root"):
            (folder / name).mkdir()
        for path, text in (
            ("etc/kept", "1"),
            ("etc/changed", "1"),
            ("opt/tool/bin/run", "1"),
            ("opt/tool/readme", "1"),
        ):
            file = folder / "base" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        (folder / "image" / "etc").mkdir()
        (folder / "image" / "etc" / "newer").write_text("1")
        (folder / "base" / "etc" / "newer").write_text("0")
        (folder / "base" / "link").symlink_to("etc")

    def mount(self) -> None:
        """Mount it. Raises: CalledProcessError where this is not allowed."""
        options = f"lowerdir={':'.join(self.layer.lower)},upperdir={self.layer.upper},workdir={self.folder}/work"
        command = ["mount", "-t", "overlay", "overlay", "-o", options, str(self.root)]
        subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def overlay(tmp_path: Path) -> Iterator[Overlay]:
    """Give a mounted overlay."""
    made = Overlay(tmp_path)
    try:
        made.mount()
    except (subprocess.CalledProcessError, FileNotFoundError):
        pytest.skip("an overlay cannot be mounted here")
    yield made
    subprocess.run(["umount", str(made.root)], check=True)


def _add(root: Path) -> None:
    (root / "opt" / "new").mkdir()
    (root / "opt" / "new" / "file").write_text("new")


def _edit(root: Path) -> None:
    (root / "etc" / "changed").write_text("22")


def _touch_mode(root: Path) -> None:
    (root / "etc" / "kept").chmod(0o600)


def _own(root: Path) -> None:
    os.chown(root / "etc" / "newer", 7, 8)


def _remove(root: Path) -> None:
    (root / "etc" / "kept").unlink()


def _remove_tree(root: Path) -> None:
    shutil.rmtree(root / "opt" / "tool")


def _replace_tree(root: Path) -> None:
    shutil.rmtree(root / "opt" / "tool")
    (root / "opt" / "tool").mkdir()
    (root / "opt" / "tool" / "readme").write_text("other")


def _link(root: Path) -> None:
    (root / "etc" / "pointer").symlink_to("/nowhere")


def _retarget(root: Path) -> None:
    (root / "link").unlink()
    (root / "link").symlink_to("opt")


def _file_for_folder(root: Path) -> None:
    shutil.rmtree(root / "opt" / "tool" / "bin")
    (root / "opt" / "tool" / "bin").write_text("a file now")


def _nothing(_: Path) -> None:
    return


def _expected(before: dict[str, str], root: Path) -> dict[str, tuple[bool, bool]]:
    """Give (was there, is there) of each path that differs, from two plain walks through the mount."""
    after = _facts(root)
    names = before.keys() | after.keys()
    return {name: (name in before, name in after) for name in names if before.get(name) != after.get(name)}


def _facts(root: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in root.rglob("*"):
        facts = path.lstat()
        link = path.readlink() if path.is_symlink() else ""
        content = "" if path.is_dir() and not path.is_symlink() else f"{facts.st_size} {facts.st_mtime_ns} {link}"
        found[f"/{path.relative_to(root)}"] = f"{facts.st_mode} {facts.st_uid}:{facts.st_gid} {content}"
    return found


def _seen(changes: tuple[FileChange, ...]) -> dict[str, tuple[bool, bool]]:
    return {change.path: (change.before != "", change.after != "") for change in changes}


_CHANGES: list[Change] = [_add, _edit, _touch_mode, _own, _remove, _remove_tree, _replace_tree, _link, _retarget,
                          _file_for_folder, _nothing]  # fmt: skip


@pytest.mark.parametrize("change", _CHANGES)
@pytest.mark.process
def test_a_layer_tells_what_a_walk_would(overlay: Overlay, change: Change) -> None:
    """Whatever is done to the files, reading the layer finds the same differences as walking through everything."""
    watch = LayerWatch(overlay.layer, ("/left-out",))
    assert watch.look() == ()
    before = _facts(overlay.root)
    change(overlay.root)

    assert _seen(watch.look()) == _expected(before, overlay.root)
    assert _seen(watch.since_first()) == _expected(before, overlay.root)
    assert watch.look() == ()


@pytest.mark.parametrize("second", _CHANGES)
@pytest.mark.parametrize("first", [_add, _edit, _remove_tree, _replace_tree])
@pytest.mark.process
def test_changes_follow_one_another(overlay: Overlay, first: Change, second: Change) -> None:
    """The second look is compared with the first, whatever had been changed before it."""
    first(overlay.root)
    watch = LayerWatch(overlay.layer, ("/left-out",))
    watch.look()
    before = _facts(overlay.root)
    with contextlib.suppress(FileNotFoundError, FileExistsError):
        second(overlay.root)

    assert _seen(watch.look()) == _expected(before, overlay.root)


@pytest.mark.process
@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_text("othr"),
        lambda path: os.setxattr(path, "user.kind", b"x"),
        lambda path: (path.rename(path.with_suffix(".old")), path.write_text("same")),
        lambda path: subprocess.run(["sh", "-c", 'printf othr > "$0"; touch -d @0 "$0"', str(path)], check=True),
    ],
)
def test_contents_are_read_again_after_a_change(overlay: Overlay, change: Callable[[Path], object]) -> None:
    """A file that is as it was is not, though many look at it; what happens to it, and be it undone, is seen."""
    watch, path = LayerWatch(overlay.layer, ()), overlay.root / "etc/own"
    path.write_text("same")
    os.utime(path, (0, 0))
    upper = Path(overlay.layer.upper) / "etc/own"
    first = watch.contents(["/etc/own"])
    change(path)

    assert watch.contents(["/etc/own"])["/etc/own"] == read_content(str(upper))
    path.unlink()
    assert watch.contents(["/etc/own"]) == {}
    assert first["/etc/own"].sha256 == hashlib.sha256(b"same").hexdigest()


@pytest.mark.process
def test_contents_are_read_once(overlay: Overlay, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as nothing is done to a file."""
    watch, path = LayerWatch(overlay.layer, ()), overlay.root / "etc/own"
    path.write_text("same")
    first = watch.contents(["/etc/own"])
    monkeypatch.setattr("harness.machines.file_changes.read_content", None)

    assert watch.contents(["/etc/own"]) == first


@pytest.mark.process
def test_what_is_left_out_is_not_looked_at(overlay: Overlay) -> None:
    """Patterns leave out paths and all that is below them."""
    watch = LayerWatch(overlay.layer, ("/opt/new", "/etc/ch*"))
    watch.look()
    _add(overlay.root)
    _edit(overlay.root)

    assert watch.look() == ()


@pytest.mark.process
def test_a_listing_tells_the_difference(tmp_path: Path) -> None:
    """The script keeps its list in the work folder and prints what differs; since_first compares with the first."""
    root, work = tmp_path / "root", tmp_path / "work"
    work.mkdir()
    (root / "etc").mkdir(parents=True)
    (root / "etc" / "odd name\nwith two lines").write_text("1")

    def run(script: str) -> str:
        here = script.replace("/run/arclab/work", str(work)).replace("find / ", f"find {root} ")
        return subprocess.run(["bash", "-c", here], check=True, capture_output=True, text=True).stdout

    watch = ListingWatch(run, ("*/skipped",))
    assert watch.look() == ()
    (root / "etc" / "new").write_text("2")
    (root / "etc" / "skipped").write_text("3")
    (root / "etc" / "odd name\nwith two lines").unlink()

    expected = {f"{root}/etc/new": (False, True), f"{root}/etc/odd name\nwith two lines": (True, False)}
    assert _seen(watch.look()) == expected
    assert watch.look() == ()
    assert _seen(watch.since_first()) == expected


@pytest.mark.process
def test_left_out_paths_are_quoted() -> None:
    """Paths with blanks stay one word, and a shell reads the script."""
    script = listing_script(("/var/lib/odd path",))
    done = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)

    assert "-path '/var/lib/odd path'" in script
    assert (done.returncode, done.stderr) == (0, "")


@settings(deadline=None, derandomize=True)
@given(st.dictionaries(st.text(st.characters(exclude_characters="\0\t"), min_size=1), st.sampled_from(["f 1", "d 2"])))
def test_any_file_name_is_read(files: dict[str, str]) -> None:
    """Names with blanks, newlines and quotes survive."""
    output = "".join(f"\t{path}\t{facts}\0" for path, facts in files.items())

    assert {change.path: change.after for change in parse_file_changes(output)} == files


@pytest.mark.parametrize(
    ("path", "pattern", "below"),
    [
        ("/var/opt/agent", "/var/opt/agent", True),
        ("/var/opt/agent/log/a", "/var/opt/agent", True),
        ("/var/opt/agents", "/var/opt/agent", False),
        ("/var/opt", "/var/opt/agent", False),
        ("/etc/a.conf", "/etc/*.conf", True),
        ("/etc/a/b.conf", "/etc/*.conf", True),
    ],
    ids=["same", "below", "longer name", "above", "pattern", "pattern over folders"],
)
def test_is_below(path: str, pattern: str, below: bool) -> None:
    """A path is below itself, its parents, and patterns that it matches."""
    assert below == is_below(path, pattern)


@pytest.mark.process
@pytest.mark.parametrize("form", ["{path} {text}", "{path} = {text}"], ids=["newer", "older"])
@pytest.mark.parametrize("text", ["cap_net_raw=ep", "cap_chown=p cap_net_raw+ep", "=ep", "=", ""])
def test_capabilities_are_read_of_what_getcap_prints(tmp_path: Path, form: str, text: str) -> None:
    """By every version of it, all that is set; an empty set is `=`, which older ones print once."""
    program = tmp_path / "a b"
    program.write_text("x")
    printed = form.format(path=program, text=text) if text else ""
    (tmp_path / "getcap").write_text(
        f"#!/bin/sh\necho '{printed}'\n" if text != "=" else f"#!/bin/sh\necho '{program} ='"
    )
    (tmp_path / "getcap").chmod(0o755)
    paths = [str(program), str(tmp_path / "gone")]
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-c", contents_script(paths)], capture_output=True, text=True, check=True, env=environment
    )

    expected = Content(hashlib.sha256(b"x").hexdigest(), (f"capabilities={text}",) if text else ())
    assert parse_contents(paths, done.stdout) == {str(program): expected}


def test_reads_the_text_of_what_others_read(tmp_path: Path) -> None:
    """A small file's alone, and only where it counts."""
    (tmp_path / "job").write_text("x\n")
    (tmp_path / "large").write_text("x" * 16385)

    assert read_content(str(tmp_path / "job"), with_text=True).text == "x\n"
    assert not read_content(str(tmp_path / "job")).text
    assert not read_content(str(tmp_path / "large"), with_text=True).text


@pytest.mark.process
def test_a_listed_machine_tells_texts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In base64, so that a line stays a line."""
    monkeypatch.setattr(file_changes, "_READ_BY_OTHERS", re.compile("/job$"))
    (tmp_path / "job").write_text("a\tb\nc\n")
    (tmp_path / "other").write_text("a")
    paths = [str(tmp_path / "job"), str(tmp_path / "other")]
    done = subprocess.run(["sh", "-c", contents_script(paths)], capture_output=True, text=True, check=True)

    assert [content.text for content in parse_contents(paths, done.stdout).values()] == ["a\tb\nc\n", ""]
