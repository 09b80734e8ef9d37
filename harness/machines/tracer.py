"""Stop a package manager at one boundary of its work, and do it harm there. Runs in the machine, as root.

The kernel asks before each file is opened or executed (fanotify's permission events), so that whoever opens it stands
still at the boundary until this program answers: no boundary is guessed from time. Needs CAP_SYS_ADMIN, and to cut the
power CAP_SYS_BOOT. Standard library of Python 3.9; nothing of it is imported by the harness.

Usage: tracer.py BOUNDARY HARM WORK REPORT MANAGER,MANAGER UNIT ... where WORK is `installation` or `removal`, by which
an rpm's scripts are told apart, and a manager is the name of a program. It prints its process id once it watches. The
report gets a line for each boundary in the order in which they are met; the last word of the one where harm is done is
`harm`.
"""

import contextlib
import ctypes
import os
import re
import signal
import struct
import sys

_FAN_CLASS_CONTENT, _FAN_CLOEXEC, _FAN_UNLIMITED = 0x4, 0x1, 0x10 | 0x20
_FAN_MARK_ADD, _FAN_MARK_FILESYSTEM = 0x1, 0x100
_FAN_OPEN_PERM, _FAN_OPEN_EXEC_PERM = 0x10000, 0x40000
_FAN_ALLOW = 1
_EVENT = struct.Struct("=IBBHQii")  # length, version, reserved, length of metadata, mask, descriptor, process
_POWER_OFF = 0x4321FEDC
_PACKAGE_FILE = re.compile(r"/var/cache/.*\.(deb|rpm)$")
_DPKG_SCRIPT = re.compile(r"/var/lib/dpkg/(?:tmp\.ci/|info/[^/]*\.)(preinst|postinst|prerm|postrm)$")
_RPM_SCRIPT = re.compile(r"/var/tmp/rpm-tmp\.[^/]*$")
#: rpm's scripts in their order: after unpacking the new package's, then the old one's; a removal unpacks nothing.
_RPM_SCRIPTS = {"installation": ("postinst", "prerm", "postrm"), "removal": ("prerm", "postrm")}
_UNPACKED = re.compile(r"(\.dpkg-new|;[0-9a-f]{8,})$")  # names under which both write what is not whole yet


class Boundaries:
    """Tells at which boundary an opened path is. `units` are the product's, without `.service`."""

    def __init__(self, managers: set[str], units: tuple[str, ...], work: str = "installation") -> None:
        self._work = work
        self._managers = managers
        self._groups = tuple("/" + unit + ".service" for unit in units)
        self._met: list[str] = []
        self._rpm_scripts: list[str] = []

    def name(self, path: str, command: str, group: str, is_executed: bool) -> str:
        """Give the boundary that is met for the first time now, or an empty text."""
        found = self._name(path, command, group, is_executed)
        if not found or found in self._met:
            return ""
        self._met.append(found)
        return found

    def _name(self, path: str, command: str, group: str, is_executed: bool) -> str:
        is_manager = command in self._managers
        if is_manager and _PACKAGE_FILE.match(path):
            return "download"
        script = _DPKG_SCRIPT.match(path)
        if script and is_executed:
            return script.group(1)
        if _RPM_SCRIPT.match(path) and not is_manager:
            return self._rpm_script(path)
        if is_executed and any(unit in group for unit in self._groups):
            return "service"
        return "unpack" if is_manager and _UNPACKED.search(path) else ""

    def _rpm_script(self, path: str) -> str:
        """rpm's scripts have no names: the first before unpacking, and then one after the other."""
        if path in self._rpm_scripts:
            return ""
        if self._work == "installation" and "unpack" not in self._met:
            return "preinst"
        self._rpm_scripts.append(path)
        names = _RPM_SCRIPTS[self._work]
        return names[min(len(self._rpm_scripts), len(names)) - 1]


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _kill(managers: set[str]) -> None:
    """Kill every package manager and all that it has started, the parents first."""
    parents = {}
    for name in os.listdir("/proc"):
        words = _text("/proc/" + name + "/stat").rpartition(")")[2].split() if name.isdigit() else []
        if words:
            parents[int(name)] = int(words[1])
    doomed = [process for process in parents if _text("/proc/" + str(process) + "/comm").strip() in managers]
    for process in doomed:  # which grows
        doomed.extend(child for child, parent in parents.items() if parent == process and child not in doomed)
    for process in doomed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def _check(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, what + ": " + os.strerror(code))
    return result


def main() -> None:
    """Watch until harm is done, or until SIGTERM."""
    boundary, harm, work, report, names, *units = sys.argv[1:]
    managers = set(names.split(","))
    boundaries = Boundaries(managers, tuple(units), work)
    libc = ctypes.CDLL(None, use_errno=True)
    log = os.open(report, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    watch = _check(libc.fanotify_init(_FAN_CLASS_CONTENT | _FAN_CLOEXEC | _FAN_UNLIMITED, os.O_RDONLY), "fanotify_init")
    mask = ctypes.c_uint64(_FAN_OPEN_PERM | _FAN_OPEN_EXEC_PERM)
    _check(libc.fanotify_mark(watch, _FAN_MARK_ADD | _FAN_MARK_FILESYSTEM, mask, -100, b"/"), "fanotify_mark")
    child = os.fork()
    if child:
        os.write(1, str(child).encode())
        os._exit(0)
    os.setsid()
    null = os.open("/dev/null", os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    own = os.getpid()
    while True:
        data = os.read(watch, 4096)
        place = 0
        while place < len(data):
            length, _, _, _, seen, descriptor, process = _EVENT.unpack_from(data, place)
            place += length
            is_met = ""
            if process != own:
                path = os.readlink("/proc/self/fd/" + str(descriptor))
                at = "/proc/" + str(process)
                is_met = boundaries.name(
                    path, _text(at + "/comm").strip(), _text(at + "/cgroup"), bool(seen & _FAN_OPEN_EXEC_PERM)
                )
            is_here = is_met == boundary
            if is_met:
                os.write(log, (is_met + (" harm" if is_here else "") + "\n").encode())
            if is_here:
                _kill(managers)
            if is_here and harm == "power":  # nobody has passed the boundary, although this program ends before them
                _check(libc.reboot(_POWER_OFF), "reboot")
            os.write(watch, struct.pack("=iI", descriptor, _FAN_ALLOW))
            os.close(descriptor)
            if is_here:
                return


if __name__ == "__main__":
    main()
