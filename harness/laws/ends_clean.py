"""A transition ends: with success, by itself, without a question that nobody foresaw and without error text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from harness.environments import find_environment
from harness.laws.trial import CHANGES, REPAIR, Finding, Seen, Trial
from harness.model.record import CommandRecord
from harness.model.state import REFUSED_UPGRADE

#: Lines of package managers and shells that say that something went wrong, although the exit status may be 0.
_ERROR = re.compile(
    r"^(dpkg: error|E: |error: |warning: %\w+\(|Failed to |Traceback |.*: command not found$|.*: not found$"
    r"|.*: (No such file or directory|Permission denied|Operation not permitted|Read-only file system)$"
    r"|.*scriptlet failed, exit status|(\w+\.)*\w+(Error|Exception): "
    # what programs say that a script has called and whose status it does not heed, and the shell of its text
    r"|(chown|chmod|chgrp|cp|mv|rm|ln|mkdir|rmdir|install|touch|cat|sed|grep|find|tar|useradd|usermod|userdel|groupadd"
    # and two things that are fine: an account that is there already, a folder that somebody has put something into
    r"|groupdel|adduser|addgroup|setcap|setfacl|id): "
    r"(?!.* (already exists as a system (user|group)\.|Directory not empty$))"
    r".*(cannot|can't|invalid|unrecognized|failed to|already exists|does not exist|Not a directory|Is a directory"
    r"|Exiting|Cannot)"
    r"|(/[^:]+|sh|bash|dash): (line )?\d+: .*(unbound variable|parameter not set|(operator|expression) expected"
    r"|too many arguments|[Ss]yntax error|[Bb]ad substitution|Illegal number|unexpected operator))",
)
#: apt's bar, which stands at the beginning of what a script says first.
_PROGRESS = re.compile(r"^(\s*Progress: \[ *\d+%\] \[[#.]*\])+")
#: What an error line is about: units, and paths that have a folder.
_NAME = re.compile(r"[\w@-]+\.service|/[\w.-]+/[\w./-]*\w|(?<=['‘])[^'‘’]+(?=['’])")  # noqa: RUF001 - as coreutils quote
#: Source: dash and bash name a script and its line so.
_SHELL_LINE = re.compile(r"/[^/ ]+\.(?P<script>preinst|postinst|prerm|postrm): (?:line )?(?P<line>\d+): ")
_DPKG_SCRIPT = re.compile(r"(pre|post)-?(inst|rm|installation|removal) script subprocess")
_RPM_SCRIPT = re.compile(r"%(\w+)\([^)]*\) scriptlet failed")
_CLEANING_UP = "error while cleaning up:"  # what dpkg says of the script that was to undo what another one has not done
_DPKG_NAMES = {
    ("pre", "inst"): "preinst",
    ("pre", "rm"): "prerm",
    ("post", "inst"): "postinst",
    ("post", "rm"): "postrm",
}
#: What was answered by Enter and is a question; a progress bar that stands still is none.
_QUESTION = re.compile(r"\? *<Enter>|\[[^\]%]*/[^\]%]*\] *<Enter>|^(?!Progress)[A-Za-z ]+: *<Enter>")
#: What is asked about a configuration file. Source: dpkg's prompt and ucf's, which name it without its folder.
_ABOUT_CONFIGURATION = re.compile(r"^\*\*\* (?P<dpkg>\S+) \(Y/I/N|modified configuration file (?P<ucf>\S+)\? ")
_TRACED, _FEWEST = re.compile(r"^\++ [\w./\[:]"), 3  # what `set -x` prints, and how much of it is no accident
_TRACES = re.compile(r"(^|[;&|\s])set\s+(-\w*x\w*|-o\s+xtrace)\b|^#!\s*\S+\s+-\w*x")  # what makes a shell do so
_TAIL = 12
#: What ends a machine, or the programs of others.
_ENDERS = ("reboot", "poweroff", "halt", "shutdown", "kexec", "telinit", "init", "kill", "killall", "pkill", "isolate",
           "terminate-user", "systemctl")  # fmt: skip


def judge(trial: Trial) -> Iterator[Finding]:
    """Look at each command of each transition."""
    for seen in trial.transitions(CHANGES | {REPAIR, "connect", "disconnect", "reboot"}):
        for command in seen.transition.commands:
            yield from _of_command(seen, command, is_last=command is seen.transition.commands[-1])
            yield from _traced(trial, seen, command) if seen.kind in CHANGES else ()
    yield from _in_vain(trial)
    yield from _jobs(trial)
    for seen, how in trial.endings():
        shown = tuple(command.shown for command in seen.transition.commands)
        yield Finding(seen, f"the step '{seen.transition.title}' {how}", shown, _ENDERS)


def _jobs(trial: Trial) -> Iterator[Finding]:
    """Tell of what cron or a timer would run in vain: nobody sees it fail at night."""
    for seen in trial.transitions({"jobs"}):
        for command in seen.transition.commands:
            if command.exit == 0:
                continue
            text = command.shown
            files = [file.path for file in trial.new.files if file.path == text or text in file.text]
            about = (*files[:1], text.rpartition(" ")[2])
            tail = tuple(f"{command.stdout}\n{command.stderr}".strip().splitlines()[-_TAIL:])
            how = "does not end" if command.exit is None else f"ends with exit status {command.exit}"
            yield Finding(seen, f"the job '{text}' {how}", tail, about, by_file=True)


def _in_vain(trial: Trial) -> Iterator[Finding]:
    """Tell of an installer that says that it has succeeded where the package could not be had."""
    for seen in trial.transitions({"onboard"}):
        if not seen.transition.commands:
            continue  # it did not come to run it
        last, package = seen.transition.commands[-1], seen.transition.after.package
        if last.exit == 0 and package != "installed":
            evidence = (f"state: {package}", *f"{last.stdout}\n{last.stderr}".strip().splitlines()[-_TAIL:])
            yield Finding(seen, "the installer says that it has succeeded, and the package is not there", evidence)
        elif package == "half-installed":
            yield Finding(seen, "the installer leaves the package half-installed", (f"state: {package}",))


def _of_command(seen: Seen, command: CommandRecord, *, is_last: bool) -> Iterator[Finding]:
    """A step goes on after a command only when its status means success, so that of the last one is judged."""
    output = f"{command.stdout}\n{command.stderr}"
    tail = tuple(output.strip().splitlines()[-_TAIL:])
    script = guilty_script(output)
    noise = find_environment(seen.run.environment).noise if seen.run.environment else ""
    lines = (_PROGRESS.sub("", line).strip() for line in output.splitlines())
    errors = tuple(line for line in lines if _ERROR.match(line) and not (noise and re.match(noise, line)))
    about = tuple(name.removesuffix(".service") for line in errors for name in _NAME.findall(line))
    about += ("python3",) * any(line.startswith("Traceback ") for line in errors)
    if command.exit is None:
        yield Finding(seen, f"'{command.shown}' does not end", tail, about, script)
    elif is_last and command.exit not in (0, *seen.transition.accepted_exits) and not is_clean_refusal(seen):
        yield Finding(seen, f"'{command.shown}' ends with exit status {command.exit}", tail, about, script)
    elif errors and (is_last or command.exit == 0) and not is_clean_refusal(seen):  # an accepted status has its errors
        said = next(filter(None, map(_SHELL_LINE.search, errors)), None)
        place = (said["script"], int(said["line"])) if said else (script, None)
        yield Finding(seen, f"'{command.shown}' prints errors", errors, about, place[0], line=place[1])
    asked = tuple(line for line in command.asked if _is_unforeseen(seen, line))
    if asked:
        yield Finding(seen, f"'{command.shown}' asks a question", asked)


def _traced(trial: Trial, seen: Seen, command: CommandRecord) -> Iterator[Finding]:
    """Tell of a script that shows its commands, which its own line says where it is one of the candidate's."""
    shown = tuple(line for line in f"{command.stdout}\n{command.stderr}".splitlines() if _TRACED.match(line))
    if len(shown) < _FEWEST:
        return
    places = (
        (name, number)
        for name, text in trial.new.scripts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if _TRACES.search(line)
    )
    script, line = next(places, ("", None))
    summary = f"'{command.shown}' shows each command of a script, with what it is given (set -x)"
    yield Finding(seen, summary, shown[:_TAIL], (), script, line=line)


def _is_unforeseen(seen: Seen, asked: str) -> bool:
    """Say whether somebody is asked what nobody foresaw: about a file that nobody has edited, or anything unknown."""
    if about := _ABOUT_CONFIGURATION.search(asked):
        return (about["dpkg"] or about["ucf"]) not in {PurePath(path).name for path in seen.transition.edited}
    return asked.endswith("(unexpected)") and _QUESTION.search(asked) is not None


def is_clean_refusal(seen: Seen) -> bool:
    """Say whether a downgrade, or a later release, was refused and left everything as it was."""
    before, after = seen.transition.before, seen.transition.after
    return seen.kind in ("downgrade", REFUSED_UPGRADE) and (before.package, before.installed) == (
        after.package,
        after.installed,
    )


def guilty_script(output: str) -> str:
    """Give the maintainer script that a package manager names as failed, in the format's own words."""
    if found := _RPM_SCRIPT.search(output):
        return f"%{found[1]}"
    if found := _DPKG_SCRIPT.search(output.partition(_CLEANING_UP)[2] or output):
        return _DPKG_NAMES[found[1], "rm" if found[2] in ("rm", "removal") else "inst"]
    return ""
