"""Which unit files a machine has, asked for as seldom and as narrowly as can be."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.machines import unit_files
from harness.machines.unit_files import find_unit_problems, list_unit_files, recall, remember

#: A systemctl whose answer for a unit goes by the same files and links as that of the real one. It notes what is asked.
SYSTEMCTL = r"""
systemctl() {
    [ ! -e "$folder/broken" ] || return 1
    shift 3; [ "$1" != -- ] || shift
    echo "${@:-everything}" >> "$folder/asked"
    cd "$folder/units"
    found=
    for name in *; do
        wanted=
        for pattern in "$@"; do case $name in $pattern) wanted=1;; esac; done
        [ ! -d "$name" ] && { [ $# = 0 ] || [ "$wanted" ]; } || continue
        found=1
        echo "$name $({ readlink "$name" || cat "$name"; cat "$name.d"/* "${name##*.}.d"/*
            find . -type l \( -name "$name" -o -name "${name/@./@*.}" -o -lname "*/$name" -o -lname "$name" \) -print
            } 2> /dev/null | cksum | cut -d ' ' -f 1)"
    done
    cd - > /dev/null
    [ "$found" ]
}
"""
CHANGES = [
    "echo NUMBER > a.service",
    "echo NUMBER > b.service",
    "echo NUMBER > t@.service",
    "echo NUMBER > no-ending",
    "chmod 600 a.service",
    "rm -f a.service",
    "rm -rf b.service b.service.d",
    "ln -sf ../a.service x.wants/a.service",
    "ln -sf ../b.service x.wants/b.service",
    "ln -sf ../t@.service x.wants/t@one.service",
    "rm -f x.wants/*",
    "ln -sf b.service alias.service",
    "ln -sf a.service alias.service",
    "ln -sf /dev/null b.service",
    "mkdir -p a.service.d && echo NUMBER > a.service.d/more.conf",
    "mkdir -p service.d && echo NUMBER > service.d/all.conf",
    "echo NUMBER > ../outside.conf && rm -rf b.service.d && ln -sn .. b.service.d",
]


class Units:
    """A folder of unit files and the machine's work folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "units/x.wants").mkdir(parents=True)
        (folder / "work").mkdir()
        (folder / "fresh").mkdir()
        for name in ("a.service", "t@.service", "basic.target"):
            (folder / "units" / name).write_text("[Unit]")

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run bash text that may call `list`, which lists the units, and `anew`, which asks for all of them."""
        units = str(self.folder / "units")
        text = (
            f"folder={self.folder}\n{SYSTEMCTL}\ncd {units}\n"
            f"list() {{ ( {list_unit_files(units, str(self.folder / 'work'))}; ); }}\n"
            f"anew() {{ rm -f ../fresh/*; ( {list_unit_files(units, str(self.folder / 'fresh'))}; ); }}\n{script}"
        )
        return subprocess.run(["bash", "-c", text], check=False, capture_output=True, text=True)

    def asked(self) -> list[list[str]]:
        """Give what systemctl was asked for, in order, each call's patterns sorted."""
        return [sorted(line.split()) for line in (self.folder / "asked").read_text().splitlines()]


@pytest.fixture
def units(tmp_path: Path) -> Units:
    """Give a folder with two unit files."""
    return Units(tmp_path)


@pytest.mark.process
@settings(deadline=None, max_examples=30)
@given(changes=st.lists(st.sampled_from(CHANGES), min_size=1, max_size=8))
def test_what_is_asked_for_alone_gives_the_whole_list(
    tmp_path_factory: pytest.TempPathFactory, changes: list[str]
) -> None:
    """After any change the answer is what systemd would have said of all."""
    compare = "diff <(list | sort) <(anew | sort) || exit 1"
    steps = [f"{change.replace('NUMBER', str(number))}; {compare}" for number, change in enumerate(changes)]

    done = Units(tmp_path_factory.mktemp("machine")).run("\n".join([compare, *steps]))

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.process
@pytest.mark.parametrize(
    ("change", "patterns"),
    [
        ("true", []),
        ("echo more >> a.service", ["a.service"]),
        ("echo more > new.timer", ["new.timer"]),
        ("touch -d yesterday a.service", ["a.service"]),
        ("chmod 600 a.service", ["a.service"]),
        ("rm a.service", ["a.service"]),
        ("ln -s ../a.service x.wants/a.service", ["a.service"]),
        ("ln -s ../t@.service x.wants/t@one.service", ["t@*"]),
        ("ln -s a.service alias.service", ["a.service", "alias.service"]),
        ("ln -s /dev/null b.service", ["b.service"]),
        ("mkdir a.service.d; echo > a.service.d/more.conf", ["a.service"]),
        ("mkdir service.d; echo > service.d/all.conf", ["everything"]),
        ("for number in {1..101}; do echo > $number.service; done", ["everything"]),
    ],
)
def test_only_what_may_differ_is_asked_for(units: Units, change: str, patterns: list[str]) -> None:
    done = units.run(f"list > /dev/null; {change}; list; list > /dev/null")

    assert done.stdout.count("a.service ") == (0 if change == "rm a.service" else 1)
    asked = patterns if patterns in ([], ["everything"]) else sorted([*patterns, "basic.target"])
    assert units.asked() == [["everything"], *([asked] if asked else [])]


@pytest.mark.process
def test_what_systemd_cannot_list_is_no_empty_list(units: Units) -> None:
    """A look that fails ends the shell, and is no answer for later ones."""
    first = units.run("list > /dev/null; cp -p a.service kept; echo more >> a.service; touch ../broken; list; echo on")
    then = units.run("mv kept a.service; rm ../broken; list")

    assert (first.returncode, first.stdout) == (0, "on\n")
    assert units.run("touch ../broken; rm -f ../work/*; list").returncode == 1
    assert "a.service " in then.stdout


@pytest.mark.process
def test_an_image_is_asked_once(units: Units, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a machine had at its first look is what others of its image begin with."""
    monkeypatch.setattr(unit_files, "_known", {})
    work, fresh = tmp_path / "work", tmp_path / "fresh"

    recall("image", work)
    listed = units.run("list").stdout
    remember("image", work)
    recall("image", fresh)
    recall("other image", tmp_path)
    work.joinpath("units.seen").write_text("what this machine had later")
    recall("image", work)

    assert fresh.joinpath("units.list").read_text() == listed
    assert sorted(path.name for path in fresh.iterdir()) == ["units.list", "units.seen"]
    assert not list(tmp_path.glob("units.*"))
    assert work.joinpath("units.seen").read_text() == "what this machine had later"


@pytest.mark.process
def test_what_systemd_finds_wrong_in_the_products_units(tmp_path: Path) -> None:
    """Only of those, and not that an administrator has masked one; it is asked once."""
    said = "azcm.service: Command x is not executable\nother.service: no\nazcm.service: Unit azcm.service is masked.\n"
    (tmp_path / "said").write_text(said)
    ask = find_unit_problems("printf '/opt/a\n/usr/lib/systemd/system/azcm.service\n' || true", str(tmp_path))
    script = f"systemd-analyze() {{ cat {tmp_path / 'said'}; }}\n{ask}\nrm {tmp_path / 'said'}\n{ask}\n"
    done = subprocess.run(["bash", "-c", script], check=True, capture_output=True, text=True)

    assert done.stdout == "azcm.service: Command x is not executable\n" * 2
