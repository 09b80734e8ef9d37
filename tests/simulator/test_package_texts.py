"""Mistakes in programs and well-known files are found without running anything."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from simulator import package_texts
from simulator.errors import SimulatorError
from simulator.package_texts import mistake_in, python_of, text_of

NEWEST = sys.version_info.minor  # that can be judged here


@pytest.mark.process
@pytest.mark.parametrize(
    ("path", "program", "content", "is_wrong"),
    [
        ("/opt/a", "#!/bin/sh", "if true; then echo; fi\n", False),
        ("/opt/a", "#!/bin/sh", "if true; then echo\n", True),
        ("/opt/a", "#!/usr/bin/env bash", "a=(1 2)\n", False),
        ("/opt/a", "#!/usr/bin/env bash", "a=(1 2\n", True),
        ("/etc/profile.d/a.sh", "", "export A='1\n", True),
        ("/usr/share/bash-completion/completions/a", "", "complete -F _a a\n", False),
        ("/usr/share/bash-completion/completions/a", "", "_a() { rm !(*.a); }\n", False),
        ("/usr/share/bash-completion/completions/a", "", "_a() { rm !(*.a; }\n", True),
        ("/etc/bash_completion.d/a", "", "_a() { rm !(*.a); }\n", False),
        ("/etc/profile.d/a.sh", "", "rm !(*.a)\n", True),
        ("/opt/a", "#!/bin/bash", "shopt -s nullglob extglob\nrm !(*.a)\n", False),
        ("/opt/a", "#!/bin/bash", "if shopt -qs extglob; then\n:; fi\nrm !(*.a)\n", False),
        ("/opt/a", "#!/bin/bash", "shopt -u extglob\nrm !(*.a)\n", True),
        ("/opt/a", "#!/bin/bash", "# shopt -s extglob\nrm !(*.a)\n", True),
        ("/opt/a", "#!/bin/sh", "shopt -s extglob\nrm !(*.a)\n", True),
        ("/opt/a.sh", "", "export A='1\n", False),
        ("/opt/a", "#!/bin/sh\r", "true\r\n", True),
    ],
)
def test_shells(path: str, program: str, content: str, is_wrong: bool) -> None:
    """Each shell reads its own scripts, and bash what shells of people read, with extglob where that is on by then."""
    assert bool(mistake_in(path, content.encode(), program, "deb")) == is_wrong


@pytest.mark.process
@pytest.mark.parametrize(
    ("program", "content", "is_wrong"),
    [
        ("#!/bin/sh", "a=(1 2)\n", False),
        ("#!/usr/bin/sh", "shopt -s extglob\nrm !(*.a)\n", False),
        ("#!/bin/sh", "a=(1 2\n", True),
        ("#!/usr/bin/dash", "a=(1 2)\n", True),
    ],
)
def test_sh_is_bash_where_an_rpm_is_installed(program: str, content: str, is_wrong: bool) -> None:
    """What Debian's sh does not know is no mistake there."""
    assert bool(mistake_in("/opt/a", content.encode(), program, "rpm")) == is_wrong
    assert mistake_in("/opt/a", content.encode(), program, "deb")


@pytest.mark.parametrize(
    ("path", "program", "content", "is_wrong"),
    [
        ("/opt/a", "#!/usr/bin/python3", "def a(): pass\n", False),
        ("/opt/a", "#!/usr/bin/python3 -I", "def a(:\n", False),
        ("/opt/a", "#!/usr/bin/python3", "def a(:\n", True),
        ("/opt/a", "#!/usr/bin/python2", "print 1\n", False),
        ("/opt/a.py", "", "print 1\n", True),
        ("/opt/a.json", "", "{}", False),
        ("/opt/a.json", "", "{'a': 1}", True),
        pytest.param("/opt/a.json", "", "[" * 20_000 + "]" * 20_000, True, id="deep JSON"),
        pytest.param("/opt/a.py", "", "-" * 20_000 + "1", True, id="more than Python's parser holds"),
        pytest.param("/opt/a.py", "", "a" + ".b" * 20_000, True, id="more than Python's tree holds"),
        ("/usr/share/dbus-1/system.d/a.conf", "", "<busconfig></busconfig>", False),
        ("/usr/share/dbus-1/system.d/a.conf", "", "<busconfig>", True),
        ("/usr/share/polkit-1/actions/a.policy", "", "<a><b></a>", True),
        ("/etc/a.conf", "", "<a>", False),
    ],
)
def test_parsers(path: str, program: str, content: str, is_wrong: bool) -> None:
    """Python of today, JSON and XML; nothing is said of a form that is not known."""
    assert bool(mistake_in(path, content.encode(), program, "deb")) == is_wrong


@pytest.mark.parametrize(
    ("path", "program", "python", "is_judged"),
    [
        ("/usr/lib/python3/dist-packages/a.py", "", 0, True),
        ("/usr/lib/python3/dist-packages/a.py", "", NEWEST, True),
        ("/usr/lib/python3/dist-packages/a.py", "", NEWEST + 1, False),
        (f"/opt/a/lib/python3.{NEWEST + 1}/a.py", "", 0, False),
        (f"/opt/a/lib/python3.{NEWEST}/a.py", "", 0, True),
        ("/opt/a/bin/a", f"#!/opt/a/bin/python3.{NEWEST + 1}", 0, False),
        ("/opt/a/bin/a", f"#!/opt/a/bin/python3.{NEWEST}", 0, True),
        ("/usr/lib/python2.7/a.py", "", 0, False),
        ("/opt/a/lib/python3.9/test/badsyntax_a.py", "", 0, False),
        ("/opt/a/lib/python3.9/lib2to3/tests/data/a.py", "", 0, False),
        ("/opt/a/tests", "#!/usr/bin/python3", 0, True),
        ("/opt/a/tests/a", "#!/usr/bin/python3", 0, True),
    ],
)
def test_a_python_that_this_one_can_judge(path: str, program: str, python: int, is_judged: bool) -> None:
    """What is for a newer Python than this may be right, and what tests read may be wrong on purpose."""
    assert bool(mistake_in(path, b"def a(:\n", program, "deb", python)) == is_judged


@pytest.mark.parametrize("path", ["/opt/a/tests/data/a.json", "/opt/a/test/a.xml"])
def test_what_only_tests_read(path: str) -> None:
    """It may be wrong on purpose, in every form."""
    assert not mistake_in(path, b"<", "", "rpm")
    assert mistake_in(path.replace("/test", "/text"), b"<", "", "rpm")


@pytest.mark.parametrize(
    ("relations", "python"),
    [
        (("python3 (>= 3.13~)", "python3 (<< 3.15)"), 13),
        (("python3.11:any", "python3 (>= 3.9)"), 11),
        (("python3:any (>= 3.12~)",), 12),
        (("python(abi) = 3.13",), 13),
        (("python3.12dist(requests) >= 3.20",), 12),
        (("python313-base",), 13),
        (("/usr/bin/python3.10",), 10),
        (("python3", "libpython3-stdlib", "python3-requests (>= 3.20)", "curl (>= 3.30)"), 0),
    ],
)
def test_the_python_that_relations_ask_for(relations: tuple[str, ...], python: int) -> None:
    """By the names of Debian, Fedora and SUSE; what another package's version is says nothing."""
    assert python_of(relations) == python


@pytest.fixture
def shells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the only folder that programs are looked for in; it is empty."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.mark.process
@pytest.mark.usefixtures("shells")
def test_a_shell_that_is_not_there_is_named() -> None:
    """It is not the package's mistake."""
    with pytest.raises(SimulatorError) as caught:
        mistake_in("/etc/profile.d/a.sh", b"true\n", "", "deb")

    assert (caught.value.reference, caught.value.place) == ("shell-missing", "/etc/profile.d/a.sh")
    assert "bash" in caught.value.message


@pytest.mark.process
def test_a_shell_that_does_not_come_to_an_end_is_named(shells: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the file has a mistake, nobody can tell."""
    (shells / "sh").write_text("#!/bin/sh\nwhile :; do :; done\n")
    (shells / "sh").chmod(0o755)
    monkeypatch.setattr(package_texts, "_LIMIT_S", 0.05)

    with pytest.raises(SimulatorError) as caught:
        mistake_in("/opt/a", b"true\n", "#!/bin/sh", "deb")

    assert (caught.value.reference, caught.value.place) == ("shell-slow", "/opt/a")


@pytest.mark.parametrize(
    ("path", "content", "text"),
    [
        ("/etc/cron.d/a", b"a", "a"),
        ("/lib/systemd/system/a.service", b"a", "a"),
        ("/opt/a", b"a", ""),
        ("/etc/a.db", b"a\0", ""),
        ("/etc/a", b"a" * 70_000, ""),
    ],
)
def test_text_of_files_that_others_read(path: str, content: bytes, text: str) -> None:
    """Nothing of programs, of what is no text, and of what is large."""
    assert text_of(path, content) == text


def test_text_of_a_script() -> None:
    """A shell reads it, from wherever it is."""
    assert text_of("/opt/a", b"a", "#!/bin/sh") == "a"
    assert not text_of("/opt/a", b"a", "#!/usr/bin/python3")
