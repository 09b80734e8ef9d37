"""The package itself is sound: digests that strict clients demand, configuration marked as such, names that sort."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from harness.laws.drop_in_texts import mistakes_in
from harness.laws.drop_ins import unheeded
from harness.laws.made_files import made_by, made_files
from harness.laws.rotations import judge_rotations
from harness.laws.trial import CHANGES, REMOVALS, WRITES, Finding, Trial, account_names, is_runnable, merged
from harness.machines.file_changes import is_below
from simulator.contract import PackageFormat, PayloadFile

#: Source: rpm in FIPS mode and crypto policies of RHEL 9 refuse packages without SHA-256 of header and all.
_DEMANDED = {"rpm": ("header-sha256", "payload-sha256", "files-sha256"), "deb": ("files-md5",), "msi": ()}
_ORDINARY = "fdlv"  # and values of the registry
_KINDS = {"f": "file", "d": "folder", "l": "link"}
#: Source: file-hierarchy(7), Debian policy 9.1.2: what is the administrator's, or gone after a boot.
_NOT_FOR_PACKAGES = re.compile(r"/(usr/local|tmp|var/tmp|run|var/run|var/lock|home|root|dev|proc|sys|mnt|media)/")
#: What is left of somebody's work on the files. Source: the manuals of patch, vim, emacs and git.
_REMAINS = re.compile(r"/(\.git|\.svn|\.hg)(/|$)|/\.DS_Store$|\.(orig|rej|swp|swo)$|~$|/#[^/]+#$|/core\.\d+$")
_OF_BUILDERS = re.compile(r"#!(/home|/root|/tmp|/var/tmp|/build|/builds|/workspace|/github)/")
#: What a machine of a package's architecture runs. Source: Debian's and rpm's names of architectures.
_MACHINES = {
    "amd64": ("x86-64", "i386"), "x86_64": ("x86-64", "i386"), "all": (),
    "arm64": ("aarch64", "arm"), "aarch64": ("aarch64", "arm"), "noarch": (),
}  # fmt: skip
#: Files of jobs, rules and rotations, which name programs to be started.
_NAMES_PROGRAMS = re.compile(
    r"/etc/(cron\.\w+|logrotate\.d|sudoers\.d|profile\.d|pam\.d|update-motd\.d|init\.d|apt/apt\.conf\.d)/"
    r"|/(etc|usr/lib|lib)/udev/rules\.d/|/usr/share/(dbus-1/system-services|polkit-1/actions)/"
)
_ABSOLUTE = re.compile(r"(?<![\w./$}*-])/[\w.-]+(?:/[\w.+-]+)*[\w](?![\w*?/$-])")
_TMPFILES = re.compile(r"/(etc|usr/lib|lib)/tmpfiles\.d/")
#: Source: tmpfiles.d(5): words may be in quotes; which types remove, and which heed an age.
_WORD = re.compile(r"\"([^\"]*)\"|'([^']*)'|(\S+)")
_FEWEST, _AGE = 2, 5  # words of a line: type and path at least, and the place of the age
_REMOVES, _HEEDS_AGE = "rRD", "dDevqQC"
#: What is no data: it is of no use to the next process, or can be had again.
_FLEETING = re.compile(r"\.(pid|lock|sock|socket|tmp)$|/\.?(cache|run|temp|tmp)(/|$)")
_DEB_VERSION = re.compile(r"^(\d+:)?\d[A-Za-z0-9.+~-]*$")


def judge(trial: Trial) -> Iterator[Finding]:
    """Read the package."""
    package = trial.new.package
    for digest in _DEMANDED[package.format]:
        if digest not in trial.new.digests:
            there = ", ".join(trial.new.digests) or "none"
            yield Finding(
                None, f"the package has no {digest} digest", (f"digests there: {there}",), (), "", package.path
            )
    if package.format == "deb" and not _DEB_VERSION.match(package.version):
        yield Finding(None, f"its version '{package.version}' is not one that dpkg sorts", ())
    known = {merged(file.path): file for file in (trial.old.files if trial.old else ())}
    kinds = {path: file.kind for path, file in known.items()}
    yield from _twice(trial.new.files)
    names = _names(trial)
    yield from _made(trial, names)
    yield from judge_rotations(trial)
    for file in trial.new.files:
        yield from _emptied(trial, file)
        yield from _content(file, known.get(merged(file.path)), package.format, names)
        if file.path.startswith("/etc/") and file.kind == "f":
            yield from _configuration(file)
        yield from _place(file, is_new=merged(file.path) not in kinds)
        yield from _missing(trial, file, known.get(merged(file.path)))
        yield from _program(file, package.architecture)
        if problem := unheeded(file, package.format):
            yield Finding(None, f"{file.path} is ignored: {problem}", (), (file.path,))
        old = kinds.get(merged(file.path), file.kind)
        if old != file.kind and "d" in (old, file.kind):
            evidence = (f"{_KINDS.get(old, old)} -> {_KINDS.get(file.kind, file.kind)}",)
            yield Finding(None, f"{file.path} becomes another kind of file: an upgrade cannot do that", evidence,
                          (file.path,))  # fmt: skip


def _place(file: PayloadFile, *, is_new: bool) -> Iterator[Finding]:
    """Tell of what no package may have, by its kind, its place or its name."""
    if file.kind not in _ORDINARY and is_new:
        yield Finding(None, f"{file.path} is no file, folder or link", (f"its kind: {file.kind}",), (file.path,))
    if file.kind != "d" and _NOT_FOR_PACKAGES.match(file.path):
        yield Finding(None, f"{file.path} is where no package may put a file", (), (file.path,))
    if is_new and _REMAINS.search(file.path):
        yield Finding(None, f"{file.path} is left over from the making of the package", (), (file.path,))


def _made(trial: Trial, names: set[str]) -> Iterator[Finding]:
    """Tell of what a script has written where programs of others read it, as of what is delivered there."""
    kind = trial.new.package.format
    known = {
        (file.path, problem)
        for file in (made_by(trial, trial.old) if trial.old else ())
        for problem in _heeded(file, kind, names)
    }
    for seen in trial.transitions(CHANGES - REMOVALS):
        after = seen.transition.after
        for file in made_files(trial, after, seen.transition.edited) if after.package == "installed" else ():
            for problem in dict.fromkeys(_heeded(file, kind, names)):
                if (file.path, problem) not in known:
                    yield Finding(seen, f"{file.path} {problem}", (), (file.path,), deed=WRITES)


def _heeded(file: PayloadFile, kind: PackageFormat, names: set[str]) -> Iterator[str]:
    if problem := unheeded(file, kind):
        yield f"is ignored: {problem}"
    yield from (f"is not understood: {problem}" for problem in mistakes_in(file, kind, names))


def _emptied(trial: Trial, file: PayloadFile) -> Iterator[Finding]:
    """Tell of data of the product that systemd deletes when they are old, or at each boot.

    Source: tmpfiles.d(5): `TYPE PATH MODE USER GROUP AGE`.
    """
    known = {line for old in (trial.old.files if trial.old else ()) for line in old.text.splitlines()}
    for line in file.text.splitlines() if _TMPFILES.match(file.path) else ():
        words = [next(filter(None, found.groups()), "-") for found in _WORD.finditer(line)]
        if len(words) < _FEWEST or line in known:
            continue
        kind, path = words[0][0], words[1]
        by_age = kind in _HEEDS_AGE and len(words) > _AGE and words[_AGE] != "-"
        if not (kind in _REMOVES or by_age) or _FLEETING.search(path):
            continue
        if any(is_below(path, log) for log in trial.product.logs):
            continue
        if any(is_below(path, data) or (kind != "r" and _covers(path, data)) for data in trial.product.leftovers):
            yield Finding(None, f"{file.path} lets systemd delete the product's data: {line.strip()}", (), (file.path,))


def _missing(trial: Trial, file: PayloadFile, old: PayloadFile | None) -> Iterator[Finding]:
    """Tell of a program that a file of others' names and that is not there: beside programs of the package."""
    if not _NAMES_PROGRAMS.match(file.path) or file.kind != "f":
        return
    states = [step.after for run in trial.runs for step in run.transitions]
    seen = {path for state in states for path in state.files} | {other.path for other in trial.new.files}
    folders = {other.path.rpartition("/")[0] for other in trial.new.files if other.kind == "f" and is_runnable(other)}
    before = set(_own_programs(old.text, folders)) if old else set()
    for path in sorted(set(_own_programs(file.text, folders)) - before - seen):
        if not trial.is_declared(path):
            yield Finding(None, f"{file.path} names {path}, which is not there", (), (file.path,))


def _own_programs(text: str, folders: set[str]) -> Iterator[str]:
    """Give the paths in a text, but for comments, that are beside programs of the package and in no folder of all."""
    plain = re.sub(r"(?m)^\s*[#;].*$", "", text)
    for found in _ABSOLUTE.finditer(plain):
        folder = found[0].rpartition("/")[0]
        if folder in folders and not folder.startswith(("/usr/bin", "/usr/sbin", "/bin", "/sbin", "/etc")):
            yield found[0]


def _covers(pattern: str, path: str) -> bool:
    """Say whether a path is one that a pattern means, or below one."""
    return any(
        fnmatch.fnmatchcase(str(place), pattern) for place in (PurePosixPath(path), *PurePosixPath(path).parents)
    )


def _names(trial: Trial) -> set[str]:
    """Give all accounts, groups and units of the machines that have the package; nothing where none has it."""
    states = [step.after for run in trial.runs for step in run.transitions]
    there = [state for state in states if state.installed == trial.new.package.version]
    known = {name for state in there for name in (*account_names(state), *state.other_units)}
    return known | {file.path.rpartition("/")[2] for file in trial.new.files if known}


def _content(file: PayloadFile, old: PayloadFile | None, kind: PackageFormat, names: set[str]) -> Iterator[Finding]:
    """Tell of what a file holds; what the previous release's held too is not told."""
    if file.mistake and not (old and old.mistake):
        evidence = (file.mistake,)
        yield Finding(None, f"{file.path} has a mistake, and what reads it gives up", evidence, (file.path,))
    if file.secret and not (old and old.secret):
        yield Finding(
            None, f"{file.path} holds a key, a token or a password, which is nobody's secret then", (), (file.path,)
        )
    before = set(mistakes_in(old, kind, names)) if old else set()
    for problem in dict.fromkeys(mistakes_in(file, kind, names)):
        if problem not in before:
            yield Finding(None, f"{file.path} is not understood: {problem}", (), (file.path,))


def _twice(files: Iterable[PayloadFile]) -> Iterator[Finding]:
    """Tell of what is one file where /bin and /lib are links, and two in the package.

    Source: Debian policy 10.1, for merged-/usr systems.
    """
    there = {file.path for file in files if file.kind != "d"}
    for path in sorted(there):
        if merged(path) != path and merged(path) in there:
            yield Finding(None, f"{path} is in the package as {merged(path)} too, which is the same place", (), (path,))


def _program(file: PayloadFile, architecture: str) -> Iterator[Finding]:
    """Tell of a program that no machine of the package's can run."""
    if not is_runnable(file):
        return
    word, _, machine = file.program.partition(" ")
    if word == "ELF" and architecture in _MACHINES and machine not in _MACHINES[architecture]:
        yield Finding(
            None, f"{file.path} is a program for {machine}, in a package for {architecture}", (), (file.path,)
        )
    if _OF_BUILDERS.match(file.program):
        evidence = (f"it begins with {file.program}",)
        yield Finding(
            None, f"{file.path} needs an interpreter that is where no package puts one", evidence, (file.path,)
        )


def _configuration(file: PayloadFile) -> Iterator[Finding]:
    if not file.config:
        yield Finding(
            None, f"{file.path} is not marked as configuration: an upgrade overwrites edits", (), (file.path,)
        )
    elif file.replaced:
        why = "it is %config without noreplace"
        yield Finding(None, f"an edited {file.path} gives way to the new one on upgrade", (why,), (file.path,))
