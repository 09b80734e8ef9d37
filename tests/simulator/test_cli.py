"""The command line: what cannot be used ends with 5, one message and a hint, and never with a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.cli import main
from simulator.clock import OffsetClock
from simulator.identity.certificates import ensure_tls
from simulator.store import Store

GOOD = ["--listen", "127.0.0.1:0", "--tls-dir", "{tmp}/tls"]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of certificates."""
    folder = tmp_path_factory.mktemp("certificates")
    ensure_tls(folder)
    return folder


def run(words: list[str], tmp: Path) -> int:
    """Run `arclab-sim` in this process; give its exit code. `{tmp}` in words is the test's folder."""
    with pytest.raises(SystemExit) as caught:
        main([word.replace("{tmp}", str(tmp)) for word in words])
    return int(caught.value.code or 0)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["serve", *GOOD], "give a case or a seed. [case]\nhint: arclab-sim serve ... --seed demo"),
        (["serve", *GOOD, "--seed", "demo", "--case", "x"], "not both. [case]\nhint: arclab-sim serve"),
        (["serve", *GOOD, "--state", "{tmp}/none"], "give a case or a seed. [case]\nhint: "),
        (["serve", *GOOD, "--seed", "demo", "--repository", "x"], "belong together. [repository]\nhint: "),
        (["serve", *GOOD, "--seed", "demo", "--private-address", "10.0.0.1"], "needs a closed network."),
        (["serve", *GOOD, "--seed", "demo", "--publish", "1.57"], "needs a repository. [publish]\nhint: "),
        (["serve", *GOOD, "--seed", "demo", "--http-listen", "8080"], "--http-listen: '8080' is not HOST:PORT."),
        (["serve", *GOOD, "--seed", "demo", "--name-server", "a:70000"], "--name-server: 'a:70000' is not HOST:PORT."),
        (["serve", *GOOD, "--seed", "demo", "--address", "::1"], "--address: '::1' is no IPv4 address. [address]"),
        (["serve", "--listen", "x", "--tls-dir", "{tmp}/tls", "--seed", "demo"], "--listen: 'x' is not HOST:PORT."),
        (["serve", *GOOD, "--seed", "demo", "--record-unknown", "{tmp}"], "it cannot be written: Is a directory."),
        (["serve", *GOOD, "--seed", "production"], "[usage]\nhint: arclab-sim serve --help"),
        (["serve", *GOOD, "--seed", "demo", "--sate", "x"], "[usage]\nhint: arclab-sim serve --help"),
        (["serve", "--seed", "demo"], "[usage]\nhint: arclab-sim serve --help"),
        (["sevre"], "[usage]\nhint: arclab-sim --help"),
        (["tls"], "[usage]\nhint: arclab-sim tls --help"),
        (["packages", "inspect", "{tmp}/none.deb"], "there is no such file. [candidate-missing]"),
    ],
)  # fmt: skip
def test_bad_usage(capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str], text: str) -> None:
    """Each mistake is named, with what to do, before anything is made."""
    status = run(words, tmp_path)
    printed = capsys.readouterr()

    assert (status, printed.out) == (5, "")
    assert printed.err.startswith("arclab-sim: ")
    assert text in printed.err
    assert not (tmp_path / "tls").exists()


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (["--seed", "demo", "--state", "{tmp}/empty/state"], "{tmp}/empty/state: its folder cannot be made"),
        (["--seed", "demo", "--state", "{tmp}"], "[state-file]"),
        (["--seed", "demo", "--clock-file", "{tmp}"], "[clock-file]"),
        (["--case", "{tmp}/none.json"], "[case-file]"),
        (["--state", "{tmp}/empty"], "{tmp}/empty: it holds no case yet. [case]\nhint: Add --seed demo"),
        (["--seed", "demo", "--windows", "{tmp}/none"], "{tmp}/none: there is no such folder. [windows-folder]"),
    ],
    ids=["state below a file", "state is a folder", "clock is a folder", "no case file", "empty state", "no packages"],
)
def test_files_that_cannot_be_used(
    capsys: pytest.CaptureFixture[str],
    certificates: Path,
    tmp_path: Path,
    flags: list[str],
    text: str,
) -> None:
    """A file that is missing, is no file, or holds nothing is named."""
    Store(tmp_path / "empty", OffsetClock()).close()
    status = run(["serve", "--listen", "127.0.0.1:0", "--tls-dir", str(certificates), *flags], tmp_path)

    assert status == 5
    assert text.replace("{tmp}", str(tmp_path)) in capsys.readouterr().err


@pytest.mark.parametrize("name", ["entra.key", "server.pem", "server.key"])
def test_certificates_that_cannot_be_used(
    capsys: pytest.CaptureFixture[str], certificates: Path, tmp_path: Path, name: str
) -> None:
    """A damaged key or certificate is an error for a person."""
    for path in certificates.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_text("damaged")
    status = run(["serve", "--listen", "127.0.0.1:0", "--tls-dir", "{tmp}", "--seed", "demo"], tmp_path)

    assert status == 5
    assert "[tls-dir]" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Certificates below a file cannot be written."""
    (tmp_path / "file").touch()

    assert run(["tls", "--out", "{tmp}/file/tls"], tmp_path) == 5
    assert "[tls-dir]" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["--help"], ["serve", "--help"], ["settings", "--help"], ["packages", "--help"], ["--version"]]
)
def test_help_is_no_mistake(capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str]) -> None:
    """Help and version are printed to standard output."""
    assert run(words, tmp_path) == 0
    assert capsys.readouterr().out not in ("", "0.0.0\n")


def test_tls_makes_a_folder(tmp_path: Path) -> None:
    """`tls` writes what `serve` and its clients need."""
    status = run(["tls", "--out", "{tmp}/tls"], tmp_path)
    names = sorted(path.name for path in (tmp_path / "tls").iterdir())

    hostile = ["expired.pem", "other-name.pem", "unknown-ca.pem"]

    assert (status, names) == (0, sorted(["ca.pem", "entra.key", "server.key", "server.pem", *hostile]))


def test_a_file_where_a_folder_belongs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The system's error becomes a message with the place; it is no trace."""
    (tmp_path / "file").touch()
    status = run(["packages", "build", "--out", str(tmp_path / "file")], tmp_path)

    assert status == 2
    assert capsys.readouterr().err.startswith(f"arclab-sim: {tmp_path}/file: this file cannot be used: file exists.")


def test_settings_without_a_served_cloud(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Who has not served yet is told how."""
    status = run(["settings", "az", "--tls-dir", str(tmp_path)], tmp_path)
    told = capsys.readouterr().err

    assert status == 5
    assert f"{tmp_path}/case.json: the case cannot be read: No such file or directory. [case-file]\nhint:" in told
