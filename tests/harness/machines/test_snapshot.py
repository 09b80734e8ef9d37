"""Snapshots are read and compared."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from harness.errors import LabError
from harness.machines.file_changes import FileChange
from harness.machines.snapshot import (
    Snapshot,
    changes_between,
    disk_changes,
    exposure_script,
    parse_snapshot,
    settled,
    snapshot_script,
)

_MARK = "\n--arclab--\n"


def _output(packages: str = "a 1\n", accounts: str = "root:x:0\n") -> str:
    return _MARK.join([packages, accounts, "tcp LISTEN 0 5 127.0.0.1:40374 0.0.0.0:*"])


def _snapshot(*files: FileChange, packages: str = "a 1\n", accounts: str = "root:x:0\n") -> Snapshot:
    return parse_snapshot(_output(packages, accounts), {}, (), files)


def test_reads_all_parts() -> None:
    """All parts of the script's output are read, and joined with what was looked at otherwise."""
    files = (FileChange("/b", "", "d 755"),)

    assert parse_snapshot(_output(), {"cron.service": "loaded active"}, ("LANG=C",), files) == Snapshot(
        packages={"a": "1"},
        units={"cron.service": "loaded active"},
        accounts=("root:x:0",),
        listening=("loopback:40374",),
        environment=("LANG=C",),
        files=files,
    )


def test_refuses_an_incomplete_output() -> None:
    """A missing part is an error, not an empty machine."""
    with pytest.raises(LabError, match="2 parts"):
        parse_snapshot(_MARK.join(["", ""]), {}, (), ())


@pytest.mark.parametrize(
    ("shown", "address"),
    [
        ("127.0.0.1:40342", "loopback:40342"),
        ("127.0.0.53%lo:53", "loopback:53"),
        ("[::1]:443", "loopback:443"),
        ("0.0.0.0:22", "any:22"),
        ("[::]:22", "any:22"),
        ("*:22", "any:22"),
        ("10.213.2.3:80", "10.213.2.3:80"),
        ("[fe80::1]%eth0:80", "fe80::1:80"),
    ],
)
def test_reads_listening_ports(shown: str, address: str) -> None:
    """Rows of ss become places that a person can compare."""
    row = f"tcp LISTEN 0      4096   {shown}   0.0.0.0:*"
    output = _MARK.join(["", "", f"{row}\n{row}\n"])

    assert parse_snapshot(output, {}, (), ()).listening == (address,)


def test_reads_ports_of_udp() -> None:
    """A service's are told apart from TCP's; those that clients get for an answer are nobody's."""
    rows = (f"udp UNCONN 0 0 0.0.0.0:{port} 0.0.0.0:*\n" for port in (8125, 32768, 51234))

    assert parse_snapshot(_MARK.join(["", "", "".join(rows)]), {}, (), ()).listening == ("any:8125/udp",)


@pytest.mark.process
def test_the_script_is_shell() -> None:
    """A shell reads it without running it."""
    script = snapshot_script("true")

    done = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.process
@pytest.mark.parametrize("listing", ["false", "false | cat"])
def test_a_database_that_cannot_be_read_is_no_empty_one(listing: str) -> None:
    """The look fails, at whichever place of a pipe it broke."""
    script = snapshot_script(listing)

    done = subprocess.run(["bash"], input=script, text=True, capture_output=True, check=False)

    assert (done.returncode, done.stdout) == (1, "")  # it stops there


def test_names_what_became_of_a_file() -> None:
    """A file that has changed shows both looks, in the changes of a step too."""
    after = _snapshot(FileChange("/a", "f 644", "f 600"))

    assert changes_between(_snapshot(), after) == {"files": {"changed": {"/a": "f 644 -> f 600"}}}


def test_an_unchanged_machine_has_no_changes() -> None:
    """Two equal looks give nothing."""
    assert changes_between(_snapshot(), _snapshot()) == {}


def test_names_what_changed() -> None:
    """Packages, files and accounts appear under their kinds."""
    files = (FileChange("/new", "", "f"), FileChange("/old", "f", ""))
    after = _snapshot(*files, packages="a 2\n", accounts="root:x:0\nhimds:x:9\n")

    assert changes_between(_snapshot(), after) == {
        "packages": {"a": "1 -> 2"},
        "files": {"added": ["/new"], "removed": ["/old"]},
        "accounts": {"added": ["himds:x:9"]},
    }


def test_what_a_running_agent_makes_at_any_time_is_no_change_of_the_disk() -> None:
    """Logs and sockets come and go while nobody does anything; a folder and a file beside them do not."""
    files = (
        FileChange("/var/a/log/x", "", "f"),
        FileChange("/var/a/logs", "", "f"),
        FileChange("/var/a/new.sock", "", "s 660 9:9 0 1"),
        FileChange("/var/a/old.sock", "s 660 9:9 0 1", ""),
        FileChange("/var/a/socks", "", "d 750 9:9"),
    )
    after = _snapshot(*files, accounts="himds:x:9\n")

    assert disk_changes(_snapshot(), after, ("/var/a/log",)) == {"files": {"added": ["/var/a/logs", "/var/a/socks"]}}


def test_settled_is_when_two_looks_see_the_same() -> None:
    """What a starting service still writes belongs to no step; logs do not count."""
    log = FileChange("/log/a", "", "f")
    looks = [_snapshot(), _snapshot(FileChange("/a", "", "f")), _snapshot(packages="b 1\n"),
             _snapshot(log, packages="b 1\n"), _snapshot(packages="c 1\n")]  # fmt: skip
    coming = iter(looks)

    assert settled(lambda: next(coming), ("/log",), pause_s=0) is looks[3]


def test_a_machine_that_does_not_come_to_rest_is_an_error() -> None:
    """The error names what changes."""
    busy = _snapshot(FileChange("/busy", "f 1", "f 2"))

    with pytest.raises(LabError, match="does not come to rest") as caught:
        settled(lambda: busy, (), pause_s=0)

    assert "/busy" in str(caught.value)


@pytest.mark.process
def test_where_secrets_show(tmp_path: Path) -> None:
    """A file with a secret, and a private key that the account `nobody` can read; one that it cannot read is silent."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "log").write_text("the password is s3cret\n")
    for name in ("open.pem", "closed.pem"):
        (data / name).write_text("-----BEGIN PRIVATE KEY-----\n")
    double = 'runuser() { case "$*" in "-u nobody -- test -r "*/open.pem) ;; *) false;; esac; }\n'
    script = double + exposure_script(["s3cret"], [str(data)], ["a"], [str(data)]).replace("cd /run", f"cd {tmp_path}")
    bash = shutil.which("bash") or "bash"
    done = subprocess.run([bash, "-c", script], capture_output=True, text=True, check=True)

    assert [line for line in done.stdout.splitlines() if line.startswith(str(data))] == [
        f"{data}/log", f"{data}/open.pem, a private key that anybody may read"
    ]  # fmt: skip
    assert not (tmp_path / "secrets").exists()
