"""Pending updates of the machine, asked of its own package manager, and their installation one by one.

Source: how the public patch extension for Linux asks apt, yum and zypper.
Assumed: an update that comes with another one counts as installed.
"""

import os
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree

from azcmagent.errors import AgentError

_APT_LINE = re.compile(r"^Inst (\S+) \[[^\]]*\] \((\S+) (.*?) \[")
_YUM_LINE = re.compile(r"^(\S+)\.[a-z0-9_]+\s+\S+\s+\S+$")
_ASK_LIMIT_S = 600


def package_manager(package_format):
    """Give what speaks to this machine's package manager; of several the one for packages of the agent's own format.

    Raises: AgentError when there is none that is known.
    """
    known = (("apt-get", Apt), ("zypper", Zypper), ("dnf", Yum), ("yum", Yum))
    for program, kind in sorted(known, key=lambda entry: entry[1].package_format != package_format):
        if shutil.which(program):
            return kind(program)
    raise AgentError(1, "There is no package manager that is known: apt-get, zypper, dnf, yum.")


def _asked(words, good=(0,)):
    """Run a program; gives (exit status, standard output). Raises: AgentError for a status that is not good.

    It writes to files, not to this process: an update of the agent ends this process, and must not end the program.
    """
    environment = dict(os.environ, LC_ALL="C", DEBIAN_FRONTEND="noninteractive", ZYPP_LOCK_TIMEOUT=str(_ASK_LIMIT_S))
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=out, stderr=err, check=False, env=environment,
                                  timeout=_ASK_LIMIT_S)  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise AgentError(1, "%s: %s" % (words[0], error)) from error
        output, complaint = _read(out), _read(err)
    if done.returncode not in good:
        text = (complaint or output).strip()[-500:]
        raise AgentError(1, "'%s' ended with status %d: %s" % (" ".join(words), done.returncode, text))
    return done.returncode, output


def _read(file):
    file.seek(0)
    return file.read().decode("utf-8", "replace")


class Apt:
    """Debian's and Ubuntu's."""

    name = "APT"
    package_format = "deb"

    def __init__(self, program):
        self._program = program

    def pending(self):
        """Give classifications by package name: Security comes from an archive whose name says so."""
        _asked([self._program, "-q", "update"])
        lines = _asked([self._program, "-q", "-s", "dist-upgrade"])[1].splitlines()
        found = [match for match in map(_APT_LINE.match, lines) if match]
        return {match[1]: "Security" if "security" in match[3].lower() else "Other" for match in found}

    def install(self, package):
        """Install one update. Raises: AgentError."""
        keep = ["-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold",
                "-o", "DPkg::Lock::Timeout=%d" % _ASK_LIMIT_S]  # fmt: skip
        _asked([self._program, "-q", "-y", *keep, "--only-upgrade", "install", package])

    def needs_reboot(self):
        """Say whether an update waits for a reboot."""
        return os.path.exists("/var/run/reboot-required")


class Yum:
    """dnf's and yum's."""

    name = "YUM"
    package_format = "rpm"

    def __init__(self, program):
        self._program = program

    def pending(self):
        """Give classifications by package name; repositories without advisories have Other only."""
        kinds = (("Other", ()), ("Security", ("--security",)), ("Critical", ("--sec-severity=Critical",)))
        found = {}
        for kind, options in kinds:  # the most serious comes last
            text = _asked([self._program, "-q", *options, "check-update"], good=(0, 100))[1]
            lines = text.partition("\nObsoleting Packages")[0].splitlines()
            found.update((match[1], kind) for match in map(_YUM_LINE.match, lines) if match)
        return found

    def install(self, package):
        """Install one update. Raises: AgentError."""
        _asked([self._program, "-q", "-y", "update", package])

    def needs_reboot(self):
        """Say whether an update waits for a reboot; without `needs-restarting` nobody knows."""
        return bool(shutil.which("needs-restarting")) and _asked(["needs-restarting", "-r"], good=(0, 1))[0] == 1


class Zypper:
    """SUSE's. Its statuses over 100 are remarks."""

    name = "Zypper"
    package_format = "rpm"
    _GOOD = (0, 100, 101, 102, 103)

    def __init__(self, program):
        self._program = program

    def pending(self):
        """Give classifications by package name: Security is what security patches would upgrade."""
        _asked([self._program, "--non-interactive", "refresh"], good=self._GOOD)
        updates = self._xml("list-updates").iter("update")
        found = {item.get("name"): "Other" for item in updates if item.get("kind") == "package"}
        for upgrade in self._xml("patch", "--category", "security", "--dry-run").iter("to-upgrade"):
            for item in upgrade.iter("solvable"):
                if item.get("name") in found:
                    found[item.get("name")] = "Security"
        return found

    def install(self, package):
        """Install one update. Raises: AgentError."""
        _asked([self._program, "--non-interactive", "update", package], good=self._GOOD)

    def needs_reboot(self):
        """Say whether an update waits for a reboot."""
        return _asked([self._program, "needs-rebooting"], good=(*self._GOOD, 1))[0] == 102

    def _xml(self, *words):
        text = _asked([self._program, "--non-interactive", "--xmlout", *words], good=self._GOOD)[1]
        try:
            return xml.etree.ElementTree.fromstring(text)
        except xml.etree.ElementTree.ParseError as error:
            raise AgentError(1, "zypper's answer to '%s' cannot be read: %s" % (" ".join(words), error)) from error
