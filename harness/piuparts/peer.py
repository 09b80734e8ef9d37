"""Run piuparts on a package of the archive, and read what it has found from its logs.

It is run as Debian runs it: in a chroot on this host, with the scripts that come with it. Twice for each package: an
installation and a purge in the newer release, and an upgrade of the whole system from the older release with a purge.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from harness.errors import EnvironmentProblem
from harness.piuparts.archive import NEW_SUITE, OLD_SUITE
from harness.substrate.bootstrap import KEYRING, Mirrors
from harness.substrate.host_packages import ensure_programs

_PROGRAMS = {"piuparts": "piuparts", "adequate": "adequate", "mmdebstrap": "mmdebstrap"}
_SCRIPTS = Path("/etc/piuparts/scripts")
#: They divert /bin/sync to spare the disk, which fails where /bin is /usr/bin, as in the newer release.
_SCRIPTS_OF_OTHERS = "*force-unsafe-io"
_LIMIT_S = 3600
_LINE = re.compile(r"^(?P<minutes>\d+)m(?P<seconds>[\d.]+)s [A-Z]+: (?P<text>.*)$")
_FINDING = re.compile(r"^(?:FAIL|WARN): (?P<title>.*?):?\s*$")
_BROKE = re.compile(r"^Command failed \(status=\d+\): (?P<command>.*)$")
#: What it says of all of a test, and of findings that it has told just before.
_SUMMARIES = re.compile(
    r"^(?:FAIL|WARN): (?:Installation and purging test\.|Upgrading between|Running adequate resulted)"
)
_OWNER = re.compile(r"\t.*$")  # whose the file is, as dpkg sees it after the purge
_CHROOT = re.compile(r"[^\s']*/tmp[a-z0-9_]{8}\b")
_VERSION = re.compile(r"^piuparts version (\S+) starting up")
_END = "piuparts run ends."


class PeerLog(msgspec.Struct, frozen=True):
    """What a log tells: each finding in a line, whether all tests have passed, and whether the run came to its end."""

    findings: tuple[str, ...]
    has_passed: bool
    is_whole: bool
    duration_s: float
    version: str


def read_log(text: str) -> PeerLog:
    """Read a log. Lists give a finding for each of their lines; the name of the chroot is left out."""
    lines = text.splitlines()
    marks = [found for line in lines if (found := _LINE.match(line))]
    texts = [found["text"] for found in marks]
    findings = dict.fromkeys(_CHROOT.sub("", finding) for finding in _findings(lines))
    return PeerLog(
        findings=tuple(findings),
        has_passed="PASS: All tests." in texts,
        is_whole=_END in texts,
        duration_s=60 * int(marks[-1]["minutes"]) + float(marks[-1]["seconds"]) if marks else 0.0,
        version=next((found[1] for said in texts if (found := _VERSION.match(said))), ""),
    )


def _findings(lines: list[str]) -> Iterator[str]:
    for index, line in enumerate(lines):
        mark = _LINE.match(line)
        if mark is None:
            continue
        if broke := _BROKE.match(mark["text"]):
            yield f"command failed: {broke['command']}"
        elif (found := _FINDING.match(mark["text"])) and not _SUMMARIES.match(mark["text"]):
            listed = [_OWNER.sub("", item).strip() for item in _indented(lines[index + 1 :])]
            yield from (f"{found['title']}: {item}" for item in listed if item)
            if not any(listed):
                yield found["title"]


def _indented(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if not line.startswith("  "):
            return
        yield line


class Peer:
    """piuparts, with the systems that its chroots begin as. What it has made stays in its folder."""

    def __init__(self, folder: Path, mirrors: Mirrors, say: Callable[[str], None]) -> None:
        """Install it where it is missing, and make what is missing of the two systems.

        Raises: EnvironmentProblem when that cannot be done here.
        """
        ensure_programs(_PROGRAMS, "the comparison with piuparts", say)
        self._mirror, self._folder = mirrors.archive, folder.resolve()
        self._folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self._folder / "scripts", ignore_errors=True)
        shutil.copytree(_SCRIPTS, self._folder / "scripts", ignore=shutil.ignore_patterns(_SCRIPTS_OF_OTHERS))
        for suite in (OLD_SUITE, NEW_SUITE):
            self._make_base(suite, mirrors, say)

    def run(self, package: str, logs: Path, say: Callable[[str], None]) -> None:
        """Test a package, but for what a log in `logs` tells already to its end: `purge.log` and `upgrade.log`.

        Raises: EnvironmentProblem when it comes to no end.
        """
        logs.mkdir(parents=True, exist_ok=True)
        meta = self._folder / "end.meta"  # what the newer release looks like, which is the same for all packages
        known = ["--end-meta", str(meta)] if meta.exists() else ["--save-end-meta", str(meta)]
        # What the packages that it needs leave behind is a warning, as where Debian runs it.
        self._run(
            logs / "purge.log", package, ["--warn-on-others", "-d", NEW_SUITE, "-b", str(self._base(NEW_SUITE))], say
        )
        upgrade = ["-d", OLD_SUITE, "-d", NEW_SUITE, "-b", str(self._base(OLD_SUITE)), *known]
        self._run(logs / "upgrade.log", package, upgrade, say)

    def _run(self, log: Path, package: str, words: list[str], say: Callable[[str], None]) -> None:
        if log.exists() and read_log(log.read_text(errors="replace")).is_whole:
            return
        log.unlink(missing_ok=True)  # it would be added to
        command = ["piuparts", "--apt", "--keyring", str(KEYRING), "--scriptsdir", str(self._folder / "scripts"),
                   "--mirror", f"{self._mirror} main", "--log-file", str(log.resolve()), *words, package]  # fmt: skip
        say(f"piuparts, {log.stem}")
        done = _run(command)
        if not (log.exists() and read_log(log.read_text(errors="replace")).is_whole):
            raise EnvironmentProblem("piuparts", f"piuparts came to no end with '{package}': exit {done.returncode}.",
                                     place=str(log), hint=done.stderr.strip()[-1500:])  # fmt: skip

    def _base(self, suite: str) -> Path:
        return self._folder / f"{suite}.tar.gz"

    def _make_base(self, suite: str, mirrors: Mirrors, say: Callable[[str], None]) -> None:
        if self._base(suite).exists():
            return
        part = self._folder / f"{suite}.part.tar.gz"
        part.unlink(missing_ok=True)
        keyring = [f"--keyring={KEYRING}"] if KEYRING.exists() else []
        say(f"mmdebstrap {suite}")
        done = _run(["mmdebstrap", "--variant=minbase", "--quiet", "--include=ca-certificates", *keyring, suite,
                     str(part), *mirrors.sources(suite)])  # fmt: skip
        if done.returncode != 0:
            raise EnvironmentProblem("bootstrap-failed", f"mmdebstrap could not make '{suite}'.",
                                     hint=done.stderr.strip()[-1500:])  # fmt: skip
        part.rename(self._base(suite))


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    try:
        return subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, env=environment, timeout=_LIMIT_S
        )
    except subprocess.TimeoutExpired as error:
        raise EnvironmentProblem("peer-slow", f"'{command[0]}' took over {_LIMIT_S} s.") from error
