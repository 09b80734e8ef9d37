"""Files that programs of others read say what those understand, and name accounts that there are."""

from __future__ import annotations

import pytest

from harness.laws.drop_in_texts import mistakes_in
from simulator.contract import PackageFormat
from tests.harness.laws.values import payload

NAMES = frozenset({"root", "himds", "adm", "multi-user.target"})
NOBODY = "it names syslog, who is neither an account nor a group of the machine"


def _found(path: str, text: str, kind: PackageFormat = "deb") -> list[str]:
    return list(mistakes_in(payload(path, mode="644", text=text), kind, NAMES))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("PATH=/bin\n# x\n17 3 * * * root [ ! -x /opt/a ] || /opt/a\n", []),
        ("*/5 1-5,7 * jan mon-fri himds true\n@daily root true\n-0~9 * * * * root true\n", []),
        ("0 3 * * * /opt/azcmagent/bin/check --all\n", [NOBODY.replace("syslog", "/opt/azcmagent/bin/check")]),
        ("0 3 * * root /opt/a\n", ["no job of cron has this form: 0 3 * * root /opt/a"]),
        ("0 3 * * * syslog true\n", [NOBODY]),
        ("0 3 * * * root true", ["its last line has no end, so that cron does not read it"]),
    ],
    ids=["a job", "words and ranges", "without a user", "four fields", "an unknown user", "without an end"],
)  # fmt: skip
def test_jobs_of_cron(text: str, found: list[str]) -> None:
    """Five fields or a word, whose job it is, a command, and a line's end."""
    assert _found("/etc/cron.d/azcmagent", text) == found


def test_cronie_reads_a_last_line_without_an_end() -> None:
    """Which Debian's cron does not."""
    assert not _found("/etc/cron.d/azcmagent", "0 3 * * * root true", "rpm")


ROTATED = (
    "/var/log/a.log {\n  weekly\n  create 0640 himds adm\n  su root adm\n"
    "  postrotate\n    kill { || true\n  endscript\n}\n"
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ROTATED, []),
        (ROTATED.replace("himds", "syslog"), [NOBODY]),
        (ROTATED.replace("su root adm", "su root syslog"), [NOBODY]),
        (ROTATED.replace("  endscript\n", ""), ["'postrotate' has no 'endscript'", "its braces do not match"]),
        (ROTATED[:-2], ["its braces do not match"]),
        (ROTATED.replace("0640 himds adm", "0640"), []),
        (ROTATED.replace("0640", "0666"), ["anybody may write to what it makes: create 0666 himds adm"]),
    ],
    ids=["sound", "owner", "on behalf of", "without an end", "a brace", "mode alone", "open to all"],
)
def test_rotation_of_logs(text: str, found: list[str]) -> None:
    """Owners that there are; scripts and braces that end."""
    assert _found("/etc/logrotate.d/azcmagent", text) == found


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("/usr/lib/sysusers.d/a.conf", 'u himds - "Agent" /var/opt /usr/sbin/nologin\nm himds tss\n', []),
        ("/usr/lib/sysusers.d/a.conf", "user himds\n", ["no account has this form: user himds"]),
        ("/usr/lib/tmpfiles.d/a.conf", "d /run/a 0755 himds adm -\nR! /run/b\nL+ /run/c - - - - /d\nf %t/a\n", []),
        ("/usr/lib/tmpfiles.d/a.conf", "d /run/a 0755 syslog adm\n", [NOBODY]),
        ("/usr/lib/tmpfiles.d/a.conf", "d /run/a rwx root adm\n", ["'rwx' is no mode: d /run/a rwx root adm"]),
        ("/usr/lib/tmpfiles.d/a.conf", "/run/a d\n", ["no path has this form: /run/a d"]),
        ("/usr/lib/udev/rules.d/6-a.rules", 'KERNEL=="tpm*", ATTR{a/b}=="1", \\\n MODE="0660", GROUP="adm"\n', []),
        ("/usr/lib/udev/rules.d/6-a.rules", 'KERNEL=="tpm*", GROUP="syslog"\n', [NOBODY]),
        ("/usr/lib/udev/rules.d/6-a.rules", "KERNEL==tpm*\n", ["no rule of udev has this form: KERNEL==tpm*"]),
        ("/usr/share/dbus-1/system.d/a.conf", '<allow own="com.example"/>', []),
        ("/usr/share/dbus-1/system.d/a.conf", '<allow own="*"/>',
         ['it lets others use all of the bus: <allow own="*"']),
        ("/usr/lib/systemd/system/a.service", "[Service]\nUser=himds\nGroup=%i\n", []),
        ("/usr/lib/systemd/system/a.service", "[Service]\nUser=syslog\n", [NOBODY]),
        ("/usr/lib/systemd/system/a.service", "[Service]\nUser=syslog\nDynamicUser=yes\n", []),
        ("/usr/lib/systemd/system/a.timer", "[Install]\nWantedBy=timers.target\nRequiredBy=a.target timers.target\n",
         ["nothing ever starts it: there is no timers.target and no a.target"]),
        ("/usr/lib/systemd/system/a.timer", "[Install]\nWantedBy=timers.target %i.target\n", []),
        ("/usr/lib/systemd/system/a.service", "[Install]\nWantedBy=multi-user.target cloud-init.target\n", []),
        ("/usr/lib/systemd/system/a.service", "[Install]\nWantedBy=a.target\nUpheldBy=multi-user.target\n", []),
        ("/usr/lib/systemd/system/a.service", "[Install]\nWantedBy=multi-user.target himdsd.service\n", []),
        ("/etc/azcmagent/agent.conf", "0 3 * *", []),
    ],
)  # fmt: skip
def test_other_readers(path: str, text: str, found: list[str]) -> None:
    """Each by its manual; what nobody of others reads may say what it likes."""
    assert _found(path, text) == found


def test_without_a_machine_no_name_is_unknown() -> None:
    """A package that could not be installed anywhere."""
    file = payload("/etc/logrotate.d/a", text=ROTATED.replace("himds", "syslog"))

    assert not list(mistakes_in(file, "deb", frozenset()))


@pytest.mark.parametrize(
    ("names", "others"),
    [
        ("/var/log/*.log", "/var/log/*.log"),
        ("/var/log/azcmagent/*.log /var/log/syslog", "/var/log/syslog"),
        ('"/var/log/*"', "/var/log/*"),
        ("/var/log/*/*.log", "/var/log/*/*.log"),
        ("/var/log/**/*.log", "/var/log/**/*.log"),
        ("/var/log/auth.log*", "/var/log/auth.log*"),
        ("/var/log/daemon.log", "/var/log/daemon.log"),
        ("/var/log/dpkg.log", "/var/log/dpkg.log"),
        ("/var/log/{syslog,messages}", "/var/log/{syslog,messages}"),
        ("/var/log/{azcmagent,himds,cron}", "/var/log/{azcmagent,himds,cron}"),
        ("/var/log/{azcmagent,himds}.log", ""),
        ("/var/log/*/azcmagent.log", ""),
        ("/var/log/azcmagent*.log", ""),
        ("/var/log/azcmagent/*", ""),
    ],
)
def test_logs_of_others(names: str, others: str) -> None:
    """What another file rotates as well keeps logrotate from reading all of it."""
    text = f"{names} {{\n    weekly\n    postrotate\n        true /var/log/syslog\n    endscript\n}}\n"

    assert _found("/etc/logrotate.d/azcmagent", text) == [f"it rotates logs of others: {others}"] * bool(others)


@pytest.mark.parametrize(
    ("path", "is_told"),
    [("/etc/cron.d/a", True), ("/etc/profile.d/a.sh", True), ("/usr/lib/systemd/system/a.service", False)],
)
def test_lines_that_end_as_windows_writes_them(path: str, is_told: bool) -> None:
    """systemd takes them, and shells and cron do not."""
    found = list(mistakes_in(payload(path, text="A=b\r\n"), "deb", set()))

    assert found == ["its lines end with a carriage return, which is a part of what they say"] * is_told
