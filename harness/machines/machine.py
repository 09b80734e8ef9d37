"""A machine: a container under test with systemd as PID 1, its shell, its package manager and its clock."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from harness.errors import LabError
from harness.machines import clock
from harness.machines.boot_signal import BootSignal
from harness.machines.cgroups import releaser
from harness.machines.file_changes import WORK, Content, FileChange, FileWatch, LayerWatch, ListingWatch
from harness.machines.package_managers import PACKAGE_MANAGERS, PackageManager, Script
from harness.machines.service_managers import SERVICE_MANAGERS
from harness.machines.session import Completed, Session, as_user, kill_tree_command
from harness.machines.snapshot import OWN_PATHS, Snapshot, exposure_script, parse_snapshot, snapshot_script
from harness.machines.terminal import Terminal, write_script
from harness.model.distro import Distro
from harness.model.environment import ORDINARY_SEAT
from harness.model.product import Product
from harness.model.record import CommandRecord, stamp
from harness.substrate.docker import Container, Network
from harness.wait import look_until

BOOT_LIMIT_S = 60.0
ANSWER_LIMIT_S = 10.0
NOTIFY_FOLDER = "/run/arclab/notify"


class Machine:
    """One machine of a case. Not for several threads at once.

    `on_command` receives each command that a step runs, as it ends; looks (`read`) are not recorded. `secrets` are the
    case's: what one machine learns to hide, all of them hide.
    """

    def __init__(
        self,
        container: Container,
        network: Network,
        distro: Distro,
        product: Product,
        *,
        signal: BootSignal,
        lab_now: Callable[[], datetime],
        on_command: Callable[[CommandRecord], None],
        secrets: list[str],
    ) -> None:
        self.container = container
        self.network = network
        self.distro = distro
        self.product = product
        self.package_manager: PackageManager = PACKAGE_MANAGERS[distro.family]
        self.services = SERVICE_MANAGERS[distro.services]
        self.has_moving_clock = False
        self.is_plugged = True  # into the case's network
        self.clock_ahead_s = 0  # of the lab's
        self.boots = 0
        self.last_boot_mark = ""
        self.seat = ORDINARY_SEAT
        self.after_boot: Callable[[], None] = lambda: None  # what makes a machine that has booted again what it was
        self.work = next(path for path, (to, _) in container.spec.mounts.items() if to == WORK)  # `WORK` on the host
        self._signal = signal
        self._lab_now = lab_now
        self._on_command = on_command
        self._secrets = secrets
        release = releaser(container)
        self._session = Session(container.exec_socket, self._kill, release)
        self._terminal = Terminal(container.terminal_socket, self._kill, release)
        self._watch = self._new_watch()
        self._first: Snapshot | None = None
        self._last: Snapshot | None = None

    @property
    def name(self) -> str:
        """Give the machine's host name."""
        return self.container.spec.hostname

    @property
    def address(self) -> str:
        """Give its address on the case's network, whether the cable is plugged in or not."""
        return self.container.spec.address

    @property
    def shells(self) -> tuple[int, ...]:
        """Give the process ids that the shells which ask the machine have, or had."""
        return tuple(shell.pid for shell in (self._session, self._terminal) if shell.pid)

    def _new_watch(self) -> FileWatch:
        """Read the machine's layer on the host where that is allowed, else list all files in the machine."""
        left_out = (*OWN_PATHS, *self.package_manager.volatile)
        layer = self.container.layer()
        if layer is not None and layer.is_readable():
            return LayerWatch(layer, left_out)
        return ListingWatch(lambda script: self.must(script, "list its files"), left_out)

    def await_boot(self) -> None:
        """Wait until systemd says that boot is done. Raises: LabError with the container's last output."""
        if not self._signal.wait(BOOT_LIMIT_S):
            state = "systemd still runs" if self.container.is_running() else "its first process has ended"
            output = self.container.log_tail().strip() or "none"
            raise LabError(
                "machine-boot", f"the machine '{self.name}' did not finish booting in {BOOT_LIMIT_S:.0f} s; {state}.",
                hint=f"Last output: {output}\nRun 'arclab doctor' (inotify limits, cgroups).",
            )  # fmt: skip
        self.boots += 1
        self.last_boot_mark = self.boot_mark()

    def boot_mark(self) -> str:
        """Give the start time of PID 1, which differs from boot to boot. Raises: LabError when it cannot be read."""
        return self.must("cut -d ' ' -f 22 /proc/1/stat", "tell when it booted").strip()

    def trust(self, certificate: str, *, name: str = "lab") -> None:
        """Make the system trust a CA, the way the system's own tool would, at once; `name` is for its file."""
        trust = self.distro.trust
        anchor = Path(trust.anchor).with_stem(f"arclab-{name}-ca")
        file = shlex.quote(str(anchor))
        lines = [
            f"mkdir -p {shlex.quote(str(anchor.parent))}",
            f"cat > {file} <<'EOF'\n{certificate}EOF",
            f"cat {file} >> {shlex.quote(trust.bundle)}",
        ]
        if trust.hashed:
            link = f"{trust.hashed}/$(openssl x509 -in {file} -noout -subject_hash).0"
            lines.append(f'ln -sf {file} "{link}"')
        self.must("set -e\n" + "\n".join(lines), f"trust the {name}'s CA")

    def follow_lab_clock(self) -> None:
        """Let every program started from now on see the lab clock, or one that is ahead of it.

        PID 1 and journald keep true time. A machine that follows does not boot, so this is done after each boot.
        """
        script = clock.follow(ahead=self.clock_ahead_s != 0)
        self.must(f"{script}\n{self.services.follow_clock()}", "follow the lab clock")
        self.has_moving_clock = True

    def be_ahead(self, lab_offset_s: int) -> None:
        """Move its clock, where it is wrong, with the lab's, which is `lab_offset_s` ahead of true time now."""
        if self.clock_ahead_s:
            self.must(clock.show(lab_offset_s + self.clock_ahead_s), "have a clock that is wrong")

    def reboot(self) -> None:
        """Restart PID 1 in the same file system and wait until boot is done."""
        self.must(clock.before_boot(moving=self.has_moving_clock), "prepare the reboot")
        self.power_on()

    def power_on(self) -> None:
        """Start it, whether it runs or has lost its power, and wait until boot is done."""
        self._close_shells()
        self._signal.open()
        self.container.restart()
        self.await_boot()
        if self.has_moving_clock:
            self.follow_lab_clock()
        self.after_boot()

    def await_answer(self) -> None:
        """Wait until the product's services answer that run: systemd calls a service active before it listens.

        One that does not answer in time is no error here; what is done with it next will tell.
        """
        for service, port in self.product.answers.items():
            look = self.services.answers(service, port)
            look_until(lambda look=look: self.read(look).exit == 0, bool, ANSWER_LIMIT_S)  # type: ignore[misc]

    def unplug(self) -> None:
        """Pull the network cable."""
        self.container.unplug(self.network)
        self.is_plugged = False

    def plug(self) -> None:
        """Plug the network cable in again."""
        self.container.plug(self.network)
        self.is_plugged = True

    def run(
        self, line: str, *, user: str = "root", timeout_s: float = 300.0, stdin: str = "", shown: str = ""
    ) -> CommandRecord:
        """Run a command line as a step would; it is recorded with both outputs, secrets masked.

        Raises: LabError when the machine is gone. A command that fails or takes too long is no error here.
        """
        lab, true = self._lab_now(), datetime.now(UTC)
        done = self._session.run(self._as_user(line, user), timeout_s=timeout_s, stdin=stdin)
        return self._recorded(done, lab, true, shown or line)

    def run_script(self, script: Script) -> CommandRecord:
        """Run a documented command at a terminal, answering its questions as a person does.

        Raises: LabError when the machine is gone. A command that fails or takes too long is no error here.
        """
        if not self.seat.terminal:
            return self.run_unattended(script)
        script = self.package_manager.at_seat(script, self.seat)
        write_script(self.work / "typed.sh", self._as_user(script.line, script.user))
        lab, true = self._lab_now(), datetime.now(UTC)
        typed = self._terminal.run(f"{WORK}/typed.sh", dialogue=script.dialogue, timeout_s=script.timeout_s)
        return self._recorded(typed.completed, lab, true, script.line, typed.asked)

    def run_unattended(self, script: Script) -> CommandRecord:
        """Run a documented command in the form that asks nothing, away from any terminal; else as `run_script`."""
        script = self.package_manager.at_seat(script, msgspec.structs.replace(self.seat, terminal=False))
        return self.run(script.line, user=script.user, timeout_s=script.timeout_s)

    def _as_user(self, line: str, user: str) -> str:
        return as_user(line, user, clock.VARIABLES if self.has_moving_clock else {}, self.seat)

    def _recorded(
        self, done: Completed, lab: datetime, true: datetime, shown: str, asked: tuple[str, ...] = ()
    ) -> CommandRecord:
        done = self.package_manager.ended(done)
        record = CommandRecord(
            machine=self.name,
            shown=self.masked(shown),
            exit=done.exit,
            stdout=self.masked(done.stdout),
            stderr=self.masked(done.stderr),
            started_lab=stamp(lab),
            started_true=stamp(true),
            duration_s=round(done.duration_s, 4),
            timed_out=done.timed_out,
            asked=asked,
            running=tuple(self.masked(line) for line in done.running),
        )
        self._on_command(record)
        return record

    def read(self, script: str, *, timeout_s: float = 20.0) -> Completed:
        """Look at something, as root. Looks are not recorded."""
        return self._session.run(script, timeout_s=timeout_s)

    def must(self, script: str, what: str) -> str:
        """Do something of the lab's own that has to succeed; give what it printed. Raises: LabError when it fails."""
        done = self._session.run(script, timeout_s=60)
        if done.exit != 0:
            raise LabError(
                "machine-setup", f"the machine '{self.name}' could not {what}: exit {done.exit}.",
                hint=(done.stderr or done.stdout).strip()[-2000:],
            )  # fmt: skip
        return done.stdout

    def snapshot(self) -> Snapshot:
        """Look at everything; `files` of the result is the difference to the previous look."""
        units, environment = self.services.look(self.product.units, self.work, self.must)
        seen = self.must(snapshot_script(self.package_manager.list_packages()), "be looked at")
        snapshot = parse_snapshot(seen, units, environment, self._watch.look())
        self._first, self._last = self._first or snapshot, snapshot
        return snapshot

    @property
    def last_snapshot(self) -> Snapshot | None:
        """The snapshot that was taken last; where there is one, later ones can be compared with it."""
        return self._last

    def new_accounts(self) -> list[str]:
        """Name accounts and groups whose line the last snapshot has and the first has not, sorted."""
        if self._first is None or self._last is None:
            return []
        return sorted({line.partition(":")[0] for line in set(self._last.accounts) - set(self._first.accounts)})

    def changes_since_first(self) -> tuple[FileChange, ...]:
        """Give how the files differ from the machine's first snapshot, as of the last one."""
        return self._watch.since_first()

    def contents(self, paths: Iterable[str]) -> dict[str, Content]:
        """Read files that differ from the machine's first snapshot; what is gone is left out."""
        return self._watch.contents(paths)

    def hide(self, secret: str) -> None:
        """Hide one more secret from now on."""
        self._secrets.append(secret)

    def exposed(self, *folders: str) -> list[str]:
        """Name the places that show a secret: logs, the product's journal, processes, files below `folders`."""
        places = (*self.product.logs, self.package_manager.own_log, *folders)
        script = exposure_script(self._secrets, places, self.product.units, self.product.leftovers)
        return self.must(script, "be searched for secrets").splitlines()

    def masked(self, text: str) -> str:
        """Hide the case's secrets in a text."""
        for secret in self._secrets:
            text = text.replace(secret, "********")
        return text

    def close(self) -> None:
        """Close the shells and the boot socket; the container is its owner's to remove."""
        self._close_shells()
        self._signal.close()

    def _close_shells(self) -> None:
        self._session.close()
        self._terminal.close()

    def _kill(self, pid: int) -> tuple[str, ...]:
        _, killed = self.container.run(kill_tree_command(pid))
        return tuple(" ".join(line.split()) for line in killed.splitlines())
