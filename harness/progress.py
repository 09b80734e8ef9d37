"""Show what is going on: a live table at a terminal, plain lines elsewhere. Says it on stderr."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from harness.model.record import Outcome
from harness.record import CASE_FILE

STATE_FILE = "state.txt"
SELECTED_FILE = "selected.json"
_MARKS = {"pass": ("✓", "green"), "fail": ("✗", "red"), "error": ("!", "yellow"), "skip": ("-", "dim")}
_PERIOD_S = 0.25


class PlainProgress:
    """Progress of preparations: one line each. Safe for several threads; satisfies the images' progress protocol."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started: dict[str, float] = {}

    def start(self, name: str) -> None:
        """Say that something begins."""
        self._started[name] = time.monotonic()
        self._console.print(f"  {name} ...", highlight=False)

    def step(self, name: str, text: str) -> None:
        """Say what is being done; only at a terminal, it is a lot."""
        if self._console.is_terminal:
            self._console.print(f"[dim]  {name}: {text[:100]}[/dim]", highlight=False)

    def done(self, name: str) -> None:
        """Say that it is done, and how long it took."""
        took = time.monotonic() - self._started.pop(name, time.monotonic())
        self._console.print(f"  {name} done in {took:.1f} s", highlight=False)

    def note(self, text: str) -> None:
        """Say something worth knowing."""
        self._console.print(f"  {text}", highlight=False)

    def fail(self, name: str) -> None:
        """Say that it failed; the error follows."""
        self._console.print(f"  [red]{name} failed[/red]", highlight=False)


class _Ended(msgspec.Struct, frozen=True):
    """What is shown of a case that has ended; the rest of its record is not read."""

    id: str
    outcome: Outcome
    duration_s: float
    reason: str


class RunProgress:
    """Progress of cases, read from the run directory, so that it does not matter which process runs them."""

    def __init__(self, run_directory: Path, console: Console) -> None:
        self._cases = run_directory / "cases"
        self._selected = run_directory / SELECTED_FILE
        self._console = console
        self._started = time.monotonic()
        self._done: dict[str, _Ended] = {}

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Show progress while the block runs."""
        stop = threading.Event()
        thread = threading.Thread(target=self._watch, args=(stop,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(timeout=5)

    def _watch(self, stop: threading.Event) -> None:
        if not self._console.is_terminal:
            while not stop.wait(_PERIOD_S):
                self._look()
            self._look()
            return
        with Live(console=self._console, refresh_per_second=4, transient=True) as live:
            while not stop.wait(_PERIOD_S):
                self._look()
                live.update(self._table())
            self._look()

    def _look(self) -> None:
        for path in sorted(self._cases.glob(f"*/{CASE_FILE}")):
            if path.parent.name not in self._done:
                record = _read_ended(path)
                self._done[path.parent.name] = record
                self._console.print(self._line(record), highlight=False, soft_wrap=True)

    def _line(self, record: _Ended) -> Text:
        mark, style = _MARKS[record.outcome]
        line = Text(f"  {mark} {record.outcome:5} ", style=style)
        count = f"{len(self._done):>3}/{self._total() or '?'}"
        line.append(f"{count}  {record.id}  {record.duration_s:.1f} s", style="default")
        if record.outcome != "pass" and record.reason:
            line.append(f"\n          {record.reason.splitlines()[0][:160]}", style="dim")
        return line

    def _total(self) -> int:
        try:
            return len(msgspec.json.decode(self._selected.read_bytes()))
        except (OSError, msgspec.DecodeError):
            return 0

    def _table(self) -> Table:
        total = self._total()
        counts = {outcome: sum(record.outcome == outcome for record in self._done.values()) for outcome in _MARKS}
        running = [
            path.parent for path in sorted(self._cases.glob(f"*/{STATE_FILE}")) if path.parent.name not in self._done
        ]
        elapsed = time.monotonic() - self._started
        table = Table.grid(padding=(0, 1))
        left = (
            f", about {elapsed / len(self._done) * (total - len(self._done)):.0f} s left"
            if self._done and total
            else ""
        )
        table.add_row(
            f"[bold]{len(self._done)}/{total or '?'}[/bold] cases  [green]{counts['pass']} passed[/green]  "
            f"[red]{counts['fail']} failed[/red]  [yellow]{counts['error']} errors[/yellow]  {elapsed:.0f} s{left}"
        )
        for folder in running:
            table.add_row(f"[dim]  {folder.name}: {_read_state(folder / STATE_FILE)}[/dim]")
        return table


def _read_ended(path: Path) -> _Ended:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Ended)
    except (OSError, msgspec.DecodeError) as error:
        return _Ended(path.parent.name, "error", 0.0, f"{path.name} cannot be read: {error}")


def _read_state(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
