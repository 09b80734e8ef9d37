"""Say what a unit file says otherwise than before: what its processes may do and use up, and who looks after them."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence

from harness.laws.trial import merged
from simulator.contract import PayloadFile

_UNIT = re.compile(
    r"/(etc|usr/lib|lib)/systemd/system/(?P<unit>[^/]+\.(service|socket|timer|path|mount|automount|swap|slice|target))"
    r"(\.d/(?P<drop_in>[^/]+\.conf))?$"
)
#: Source: systemd.exec(5), systemd.resource-control(5), systemd.kill(5).
_RIGHTS = re.compile(
    r"(User|Group|SupplementaryGroups|DynamicUser|UMask|(Ambient|Bounding)?Capabilit\w+|CapabilityBoundingSet|SecureBits"
    r"|NoNewPrivileges|Protect\w+|Private\w+|Restrict\w+|SystemCall\w+|MemoryDenyWriteExecute|LockPersonality"
    r"|(ReadOnly|ReadWrite|Inaccessible|Exec|NoExec)Paths|Bind\w*Paths|RootDirectory|Device(Allow|Policy)|KeyringMode"
    r"|(AppArmor|SELinux|Smack)\w+|IPAddress\w+|Delegate|\w+DirectoryMode|SocketMode|SocketUser|SocketGroup"
    r"|CPU\w+|Memory\w+|Tasks\w+|IO\w+|Limit\w+|OOM\w+|Nice|KillMode|SendSIGKILL|WatchdogSec|RuntimeMaxSec)"
)


#: How much of what ends a service starts it again. Source: systemd.service(5), the table of `Restart=`.
_RESTARTS = {"no": 0, "": 0, "on-watchdog": 1, "on-abort": 1, "on-abnormal": 2, "on-success": 2, "on-failure": 3,
             "always": 4}  # fmt: skip
#: Of lists each word counts; of what says how a service begins, whether it says anything.
_LISTS = ("EnvironmentFile", "WantedBy", "RequiredBy", "Alias", "Also", "OnFailure")
_CARES = (
    rf"{'|'.join(_LISTS)}|ExecReload|RandomizedDelaySec|Persistent|After|Wants|Requires|BindsTo"
    r"|(State|Logs|Cache|Runtime|Configuration)Directory"
)
_CARE = re.compile(rf"Restart|Type|{_CARES}")
#: What a service needs to come up and to end, and what keeps it from either. Paths that have to be there are usual.
_LIMITS = re.compile(
    r"Restart|RestartSec|StartLimitInterval(Sec)?|(RestartPrevent|Success)ExitStatus|Timeout(Start|Stop|Abort)?Sec"
    r"|Type|RemainAfterExit|KillSignal|Standard(Output|Error)|RefuseManual(Start|Stop)|StopWhenUnneeded"
    r"|(Condition|Assert)(?!Path|File|Directory|NeedsUpdate|Capability|Credential)\w+"
)
#: What others may have put there is run or read by a service that has not a /tmp of its own. Source: CWE-377, CWE-426.
_FROM_TEMPORARY = re.compile(
    r"(?m)^\s*(?:Exec\w+\s*=\s*[-@:+!|]*|EnvironmentFile\s*=\s*-?"
    r"|Environment\s*=.*\b(?:LD_LIBRARY_PATH|LD_PRELOAD|PATH|PYTHONPATH|PERL5LIB)=(?:[^\s:]*:)*)"
    r"(?P<path>(?:/tmp|/var/tmp|/dev/shm)\b[^\s:\"']*)"
)
#: What gives a service a /tmp and a /var/tmp of its own. Source: systemd.exec(5); systemd.syntax(7) for what is true.
_OWN_TEMPORARY, _YES = re.compile("PrivateTmp|DynamicUser"), re.compile(r"(?i)(1|y|yes|t|true|on|disconnected)$")
_NEVER, _HASTE = re.compile(r"^(infinity|0)$"), re.compile(r"^(1s?|0?\.\d+s?|\d{1,3}ms)$")
_NO_PAUSE = re.compile(r"^(|0|0?\.\d+|\d{1,3}ms|0s)$")
_KILL = ("SIGKILL", "KILL", "9")
_FAILURES = re.compile(r"^([12]|255|SIG(KILL|SEGV|ABRT)|KILL|SEGV|ABRT)$")
#: What reaches other units, or the whole machine. Source: systemd.unit(5).
_BEYOND = re.compile(r"(Failure|Success|StartLimit|JobTimeout)Action|Conflicts|RequiredBy|Before|PropagatesStopTo")
_ENDS_MACHINE = re.compile(r"^(reboot|poweroff|halt|kexec|soft-reboot|exit)")
_EARLY = (
    "basic.target", "dbus.service", "local-fs.target", "network-online.target", "network-pre.target",
    "network.target", "ssh.service", "sshd.service", "sysinit.target", "systemd-logind.service",
    "systemd-user-sessions.service",
)  # fmt: skip
#: What does the same for a unit that is named there, or more. Source: systemd.unit(5).
_AS_GOOD = {
    "Wants": ("Requires", "BindsTo"), "Requires": ("BindsTo",), "WantedBy": ("RequiredBy",), "RequiredBy": ("WantedBy",)
}  # fmt: skip
#: What has all the values that are given, where of anything else the last one counts. Source: the same manuals.
_ADDS_UP = re.compile(
    rf"{_CARES}|{_BEYOND.pattern}|(RestartPrevent|Success)ExitStatus|(Condition|Assert)\w+|SupplementaryGroups|\w*Capabilit\w+|SecureBits|SystemCall(Filter|Log|Architectures)|\w+Paths"
    r"|Restrict(AddressFamilies|Namespaces|FileSystems|NetworkInterfaces)|DeviceAllow|IPAddress(Allow|Deny)|Delegate"
    r"|CPUAffinity|IO(Device|Read|Write)\w+"
)


def whole_units(files: Iterable[PayloadFile]) -> dict[str, list[PayloadFile]]:
    """Give the files of each unit, its own and then its drop-ins, but of no unit of which one could not be read.

    Source: systemd.unit(5): a file below /etc hides one of the same name, and drop-ins are read in the order of names.
    """
    return {unit: parts for unit, parts in read_units(files).items() if not _names_drop_in(parts[0])}


def read_units(files: Iterable[PayloadFile]) -> dict[str, list[PayloadFile]]:
    """Give the same, and drop-ins of units that are not among the files."""
    units: dict[str, dict[str, PayloadFile]] = {}
    for file in sorted(files, key=lambda file: merged(file.path), reverse=True):
        if found := _UNIT.match(file.path):
            units.setdefault(found["unit"], {})[found["drop_in"] or ""] = file
    return {
        unit: [parts[name] for name in sorted(parts)]
        for unit, parts in units.items()
        if all(file.kind == "f" and file.text for file in parts.values())
    }


def _names_drop_in(file: PayloadFile) -> bool:
    found = _UNIT.match(file.path)
    return found is not None and found["drop_in"] is not None


def lost_care(before: str, after: str) -> Iterator[str]:
    """Give what a unit does not do any more, by its text with that of its drop-ins.

    Be restarted as often; read a file of settings; have a name; be wanted or required by another; bring one along; wait
    for others or need them (After, Wants, Requires, BindsTo); be told to reload; have folders of its own (*Directory);
    end within a time, and in order; come up on any machine, be restarted with a pause or not for ever, and take nothing
    from /tmp; say what it has to say, be down when its program has ended, and let itself be started and stopped;
    not do at one moment what all machines do (RandomizedDelaySec), and do later what was missed (Persistent).
    """
    old, new = _settings(before, _CARE), _settings(after, _CARE)
    one, other = old.pop("Restart", ""), new.pop("Restart", "")
    if _RESTARTS.get(other, 0) < _RESTARTS.get(one, 0):
        yield f"is restarted less often: Restart={one} -> {other or 'no'}"
    old.pop("Type", "")
    if new.pop("Type", "") == "notify-reload":  # is told by a signal then. Source: systemd.service(5)
        old.pop("ExecReload", "")
    for key in sorted(old):
        kept = {_bare(word) for same in (key, *_AS_GOOD.get(key, ())) for word in new.get(same, "").split()}
        gone = [word for word in old[key].split() if _bare(word) not in kept]
        if gone and (key in _LISTS or not new.get(key)):
            yield f"has no {key}={' '.join(gone)} any more"
    old_limits, new_limits = (_limits(text) for text in (before, after))
    yield from (limit for limit in new_limits if limit not in old_limits)


def _limits(text: str) -> list[str]:
    """Give what keeps a service from coming up or from ending."""
    found = _settings(text, _LIMITS)
    limits = [
        f"{key}={found[key]}: it may never end"
        for key in sorted(found)
        if "Timeout" in key and _NEVER.match(found[key])
    ]
    limits += [
        f"is not restarted after a failure: {key}={status}"
        for key in ("RestartPreventExitStatus", "SuccessExitStatus")
        for status in found.get(key, "").split()
        if _FAILURES.match(status)
    ]
    limits += _odd_manners(found)
    has_no_limit = _NEVER.match(found.get("StartLimitIntervalSec", found.get("StartLimitInterval", "")))
    if has_no_limit and found.get("Restart", "no") != "no" and _NO_PAUSE.match(found.get("RestartSec", "")):
        limits.append("is started again and again without a pause, for ever, when it fails")
    words = (
        (key, word) for key in sorted(found) if key.startswith(("Condition", "Assert")) for word in found[key].split()
    )
    own = has_own_temporary(text)
    places = (place["path"] for place in _FROM_TEMPORARY.finditer(text))
    limits += [
        f"runs or reads what anybody may put at {place}"
        for place in places
        if not own or place.startswith("/dev/shm")  # noqa: S108
    ]
    return limits + [f"starts only with {key}={word}" for key, word in words]


def has_own_temporary(text: str) -> bool:
    """Say whether a unit gives its service a /tmp and a /var/tmp of its own."""
    return any(map(_YES.match, _settings(text, _OWN_TEMPORARY).values()))


def _odd_manners(found: dict[str, str]) -> list[str]:
    """Give how a service behaves otherwise than people think. Source: systemd.service(5), systemd.kill(5)."""
    manners = [
        f"what it says is lost: {key}=null" for key in ("StandardOutput", "StandardError") if found.get(key) == "null"
    ]
    if found.get("KillSignal") in _KILL:
        manners.append(f"is killed and cannot end in order: KillSignal={found['KillSignal']}")
    if _HASTE.match(found.get("TimeoutStopSec", found.get("TimeoutSec", ""))):
        manners.append("is killed a second after it was told to end")
    if _YES.match(found.get("RemainAfterExit", "")) and found.get("Type") != "oneshot":
        manners.append("counts as running when its program has ended: RemainAfterExit")
    words = ("RefuseManualStart", "RefuseManualStop", "StopWhenUnneeded")
    return manners + [
        f"is no administrator's to start and stop: {key}" for key in words if _YES.match(found.get(key, ""))
    ]


def changed_rights(before: Sequence[PayloadFile], after: Sequence[PayloadFile]) -> Iterator[tuple[str, str]]:
    """Give (path, `KEY: OLD -> NEW`) of each setting of a unit that bears on rights or limits; `default` for none.

    Both are all files of one unit; the path is of the last one that has the setting now, else of the unit's own.
    """
    old, new = (_settings("\n".join(file.text for file in files)) for files in (before, after))
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            place = next((file.path for file in reversed(after) if key in _settings(file.text)), after[0].path)
            yield place, f"{key}: {old.get(key, 'default')} -> {new.get(key, 'default')}"


def reach_of_unit(text: str, own: Container[str]) -> set[tuple[str, str]]:
    """Give what a unit does to others than itself, and its words for that; `own` are names of the product's units.

    Source: systemd.unit(5): what is done when it fails or ends, whom it stops, who fails with it or has to wait for it.
    """
    found: set[tuple[str, str]] = set()
    for key, value in _settings(text, _BEYOND).items():
        if key.endswith("Action"):
            found |= {("the whole machine", f"{key}={value}")} if _ENDS_MACHINE.match(value) else set()
            continue
        for name in value.split():
            is_of_others = name not in own and "%" not in name and not name.endswith(".target")
            if name in _EARLY if key == "Before" else is_of_others or (name in _EARLY and key == "RequiredBy"):
                found.add(("units of others", f"{key}={name}"))
    return found


def _settings(text: str, wanted: re.Pattern[str] = _RIGHTS) -> dict[str, str]:
    """Give such settings; a list that is there more than once has all its values, an empty one takes those away."""
    found: dict[str, str] = {}
    for line in text.replace("\\\n", " ").splitlines():
        key, equals, value = (part.strip() for part in line.partition("="))
        if equals and wanted.fullmatch(key):
            earlier = found.get(key, "") if value and _ADDS_UP.fullmatch(key) else ""
            found[key] = " ".join(filter(None, (earlier, " ".join(value.split()))))
    return found


def _bare(word: str) -> str:
    """Give a word without quotes, and without the sign that a file may be missing."""
    return word.strip("\"'-")
