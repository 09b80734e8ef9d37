"""Read everything that laws judge: the snapshot, and processes, links, temporary files, contents and problems."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterable

import msgspec

from harness.errors import LabError
from harness.machines.file_changes import WORK, Content, FileChange
from harness.machines.machine import Machine
from harness.machines.package_managers import PackageManager
from harness.machines.unit_files import find_unit_problems, recall, remember
from harness.model.state import REGISTRY_VALUE, FileFacts, FileState, Process, State, UnitState
from harness.wait import look_until
from simulator.contract import MachineState

SETTLE_LIMIT_S = 40.0  # longer than any RestartSec of the product's units
_SEPARATOR = "--arclab-state--"
_PARTS = 16
_PROPERTIES = "Id,LoadState,ActiveState,SubState,UnitFileState,MainPID,NRestarts,FragmentPath,NeedDaemonReload"
#: What no watch on files sees: of the engine, and not on the machine's own disk, or below /run.
_BOUND = ("/etc/hosts", "/etc/resolv.conf", "/etc/hostname", "/run/reboot-required*")
#: Folders and devices of everybody's that are not on the machine's own disk either: type, mode and owner are looked at.
_EVERYBODYS = (
    "/tmp /var/tmp /dev/shm /run /run/lock"  # noqa: S108 - of the machine
    " /dev /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty"
)
_LOOK_AT_EVERYBODYS = f"stat --format='%f %u:%g  %n' {_EVERYBODYS}"
#: Settings of the kernel that do not change by themselves, where the machine may change any.
#: Source: the kernel's documentation of /proc/sys.
_KERNEL = (
    "[ ! -w /proc/sys/vm/overcommit_memory ] || {"
    " grep -s '' /proc/sys/vm/* /proc/sys/kernel/* /proc/sys/fs/* /proc/sys/net/core/* /proc/sys/net/ipv[46]/*"
    " /proc/sys/net/ipv[46]/conf/{all,default}/* | grep -vE '/(ns_last_pid|pty|random|[a-z]+-(nr|state)|core_modes"
    "|perf_event_max_sample_rate|sched_[a-z_]+|netdev_rss_key|tcp_(mem|fastopen_key)|udp_mem|(file|inode)-max"
    f"|lowmem_reserve_ratio|nr_hugepages.*|ptmx):' > {WORK}/kernel; [ -e {WORK}/kernel.first ]"
    f" || cp {WORK}/kernel {WORK}/kernel.first; grep -vxFf {WORK}/kernel.first {WORK}/kernel || true; }}"
)
_FIREWALL = (
    "for tool in iptables ip6tables; do ! command -v $tool-save > /dev/null || $tool-save 2> /dev/null"
    ' | sed -n "s/ *\\[[0-9:]*\\]//; /^[*:-]/s/^/$tool /p"; done;'
    " ! command -v nft > /dev/null || nft list ruleset 2> /dev/null"
    " | sed 's/ packets [0-9]* bytes [0-9]*//; s/^/nft /'; true"
)
_OF_OTHERS = r"\( -path /run/systemd -o -path /run/arclab -o -path /run/user -o -path /run/udev \)"
_MOVING = ("activating", "deactivating", "reloading")
_LONGEST_DATA = 200  # characters of a registry value that are kept as they are
_UNIT = re.compile(r"([^/,\s]+\.(?:service|scope))(?=[/,]|$)")
_VERSION = re.compile(r"\d+(?:\.\d+){1,3}")


def state_script(machine: Machine) -> str:
    """Give the script that looks at what a snapshot does not have, as root."""
    product, manager = machine.product, machine.package_manager
    parts = [
        "; ".join(manager.query(name) for name in product.names),
        "; ".join(manager.find_problems(name) for name in product.names),
        f"{{ {'; '.join(manager.list_files(name) for name in product.names)}; }} > {WORK}/owned; cat {WORK}/owned",
        f"command -v {shlex.quote(product.cli)} > /dev/null && {shlex.join(product.version_command)} 2>&1 || true"
        if product.version_command
        else "true",
        machine.services.show(product.units, _PROPERTIES),
        machine.services.list_all(WORK),
        "ps -eww -o pid=,ppid=,user:32=,cgroup:512=,args=",
        f"{{ sha256sum {' '.join((*_BOUND, *manager.registers))}; {_LOOK_AT_EVERYBODYS}; }} 2> /dev/null || true",
        list_temporary("/tmp /var/tmp /dev/shm", WORK),  # noqa: S108 - of the machine
        list_named("/run", (product.package, *product.units, *product.accounts)),
        list_passwords("/etc/passwd", "/etc/shadow"),
        manager.read_registry(WORK),
        find_unit_problems(f"cat {WORK}/owned", WORK),
        _KERNEL,
        _FIREWALL,
        list_open("/run"),
    ]
    mark = f"\nprintf '\\n{_SEPARATOR}\\n'\n"
    return mark.join(f"{{ {part}; }}" for part in parts)


def list_temporary(folders: str, work: str) -> str:
    """Give bash text that lists what is in these folders, `PATH TYPE MODE OWNER` a line each.

    What was not there at the last look is given two seconds to go: a program may need it for a moment only. The folder
    `work` keeps what was seen.
    """
    return f"""for _ in 1 2 3 4 5; do
    now=$(find {folders} -xdev -mindepth 1 ! -name '*faketime_*' -printf '%p %y %m %u\\n')
    [ "$now" ] && [ -e {work}/temporary ] && grep -qvxFf {work}/temporary <<< "$now" || break
    sleep 0.4
done
printf '%s\\n' "$now"; printf '%s\\n' "$now" > {work}/temporary"""


def list_passwords(passwd: str, shadow: str) -> str:
    """Give the script that prints `name state` of each account: its password is `locked`, `empty`, or `set HASH`.

    Of a password that is set a digest of its hash is told, and of any account its last day where it has one.
    Source: passwd(5), shadow(5).
    """
    return f"""while IFS=: read -r name word _; do [ "$word" = x ] || echo "$name:$word:::::::"; done < {passwd} \\
        | cat - {shadow} | while IFS=: read -r name word _ _ _ _ _ ends _; do
        case $word in '') word=empty;; [*!]*) word=locked;;
            *) word="set $(printf %s "$word" | sha256sum | cut -c -8)";; esac
        echo "$name $word${{ends:+, ends on day $ends}}"; done"""


def look(machine: Machine, connected: Iterable[MachineState]) -> State:
    """Look at the machine. Raises: LabError when something of it cannot be read."""
    image = machine.container.spec.image
    recall(image, machine.work)
    output = machine.must(state_script(machine), "be looked at")
    remember(image, machine.work)
    parts = output.split(f"\n{_SEPARATOR}\n")
    if len(parts) != _PARTS:
        raise LabError("state-incomplete", f"a look at the machine has {len(parts)} parts instead of {_PARTS}.")
    query, problems, owned, cli, units, unit_files, processes, digests, temporary, runtime, *more = parts
    passwords, registry, unit_problems, kernel, firewall, open_to_all = more
    snapshot = machine.snapshot()
    changes = machine.changes_since_first()
    package, installed = installed_of(machine.package_manager, query)
    version = _VERSION.search(cli)
    own = {f"{unit}.service" for unit in machine.product.units}
    return State(
        package=package,  # type: ignore[arg-type] # one of the three by its contract
        installed=installed,
        problems=_lines(problems),
        owned=tuple(line for line in _lines(owned) if line != "/."),
        cli_version=version[0] if version else "",
        packages=snapshot.packages,
        units=parse_units(units),
        other_units={name: said for name, said, *_ in map(str.split, _lines(unit_files)) if name not in own},
        accounts=snapshot.accounts,
        listening=snapshot.listening,
        environment=snapshot.environment,
        processes=tuple(parse_processes(processes)),
        temporary=_lines(temporary),
        broken_links=_broken_links(machine, changes),
        files=file_states(changes, machine.contents(change.path for change in changes if change.after))
        | parse_registry(registry),
        connected=tuple(connected),
        active_units=tuple(sorted(name for name, said in snapshot.units.items() if said == "loaded active")),
        failed_units=tuple(sorted(name for name, said in snapshot.units.items() if said == "loaded failed")),
        runtime=tuple(path.removesuffix("/") for path in _lines(runtime)),
        runtime_folders=tuple(path.removesuffix("/") for path in _lines(runtime) if path.endswith("/")),
        kernel={path: value for path, _, value in (line.partition(":") for line in _lines(kernel))},
        firewall=_lines(firewall),
        open_to_all=_lines(open_to_all),
        unit_problems=_lines(unit_problems),
        passwords=dict(line.partition(" ")[::2] for line in _lines(passwords)),
        unwatched={path: digest for digest, _, path in (line.partition("  ") for line in _lines(digests))},
    )


def installed_of(manager: PackageManager, answers: str) -> tuple[str, str]:
    """Read the answers of `query`, a line for each name that the package has or had: its state and version.

    Under two names at once it is half-installed, as with two versions at once.
    """
    there = [found for line in answers.splitlines() if (found := manager.installed(line))[0] != "absent"]
    if len(there) > 1:
        return "half-installed", " ".join(version for _, version in there)
    return there[0] if there else ("absent", "")


def list_open(folder: str) -> str:
    """Give the script that lists what anybody may write to below a folder, where nothing keeps anybody out.

    It prints `PATH TYPE MODE OWNER`, a line each. Links and sticky folders are left out, as is systemd's own.
    """
    closed = r"-type d ! -perm -0001"
    return (
        rf"find {shlex.quote(folder)} -xdev {_OF_OTHERS} -prune -o {closed} -prune"
        r" -o -perm -0002 ! -type l ! -perm -1000 -printf '%p %y %m %u\n'"
    )


def list_named(folder: str, words: Iterable[str]) -> str:
    """Give the script that lists what has one of the words in its name below a folder, folders with a slash behind."""
    named = " -o ".join(f"-name {shlex.quote(f'*{word}*')}" for word in dict.fromkeys(words))
    return (
        rf"find {shlex.quote(folder)} -xdev -mindepth 1 -maxdepth 3 {_OF_OTHERS} -prune"
        rf" -o \( {named} \) \( -type d -printf '%p/\n' -o -print \) 2> /dev/null; true"
    )


def settle(machine: Machine) -> None:
    """Wait until no unit of the product is about to start or to stop; one that never rests is for the laws to see."""
    machine.await_answer()
    script = machine.services.show(machine.product.units, "Id,ActiveState")
    look_until(
        lambda: machine.read(script).stdout,
        lambda shown: not any(f"ActiveState={state}\n" in f"{shown}\n" for state in _MOVING),
        SETTLE_LIMIT_S,
    )


def await_end(machine: Machine, unit: str, pid: int) -> None:
    """Wait until systemd has noticed that a unit's main process, which was killed, has ended."""
    script = f"systemctl show --property=MainPID --value {shlex.quote(unit)}"
    look_until(lambda: machine.read(script).stdout, lambda seen: seen.strip() != str(pid), SETTLE_LIMIT_S)


def parse_units(text: str) -> dict[str, UnitState]:
    """Read `systemctl show`: a block for each unit; the key is the name without `.service`."""
    units: dict[str, UnitState] = {}
    for block in text.strip().split("\n\n"):
        facts = dict(line.partition("=")[::2] for line in block.splitlines())
        if "Id" not in facts:
            continue
        is_absent = facts.get("LoadState") == "not-found"
        units[facts["Id"].removesuffix(".service")] = UnitState(
            active=facts.get("ActiveState", ""),
            enabled="absent" if is_absent else facts.get("UnitFileState", ""),
            sub=facts.get("SubState", ""),
            pid=int(facts.get("MainPID") or 0),
            restarts=int(facts.get("NRestarts") or 0),
            path=facts.get("FragmentPath", ""),
            is_stale=facts.get("NeedDaemonReload") == "yes",
        )
    return units


def parse_processes(text: str) -> Iterable[Process]:
    """Read `ps`: process id, parent, user, control group, command line."""
    for line in text.splitlines():
        words = line.split(None, 4)
        if len(words) == 5:
            units = _UNIT.findall(words[3])
            yield Process(int(words[0]), words[2], units[-1] if units else "", words[4], int(words[1]))


def file_states(changes: Iterable[FileChange], contents: dict[str, Content]) -> dict[str, FileState]:
    """Join what differs from the first look with what is in the files now."""
    return {
        change.path: FileState(parse_facts(change.before), parse_facts(change.after, contents.get(change.path)))
        for change in changes
    }


def parse_registry(text: str) -> dict[str, FileState]:
    """Read what the registry has that it had not at the first look, as files of kind `v`; long data as a digest.

    Raises: LabError for what is no such answer.
    """
    try:
        changes = msgspec.json.decode(text, type=dict[str, tuple[str | None, str | None]]) if text.strip() else {}
    except msgspec.DecodeError as error:
        raise LabError("registry-unreadable", f"the machine's registry cannot be read: {error}.") from error
    return {path: FileState(_value(then), _value(now)) for path, (then, now) in changes.items()}


def _value(data: str | None) -> FileFacts | None:
    if data is None:
        return None
    shown = data if len(data) <= _LONGEST_DATA else hashlib.sha256(data.encode()).hexdigest()
    return FileFacts(REGISTRY_VALUE, "0", "0:0", len(data), content=shown)


def parse_facts(text: str, content: Content | None = None) -> FileFacts | None:
    """Read `type mode uid:gid size modified link`; nothing for an empty text."""
    words = text.split(" ", 5)
    if len(words) < 3:
        return None
    is_folder = words[0] == "d"
    return FileFacts(
        kind=words[0],
        mode=words[1],
        owner=words[2],
        size=0 if is_folder or len(words) < 4 else int(words[3]),
        link=words[5] if len(words) == 6 else "",
        content=content.sha256 if content else "",
        attributes=content.attributes if content else (),
        text=content.text if content else "",
    )


def _broken_links(machine: Machine, changes: Iterable[FileChange]) -> tuple[str, ...]:
    links = [
        change.path for change in changes if change.after.startswith("l ") and not change.after.endswith("/dev/null")
    ]
    if not links:
        return ()
    script = f'for path in {shlex.join(links)}; do [ -e "$path" ] || echo "$path"; done'
    return _lines(machine.must(script, "tell which links are broken"))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.splitlines() if line.strip())
