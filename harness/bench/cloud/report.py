"""Show the figures: tables for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from harness.bench.cloud.figures import Figure, Measurement
from harness.bench.cloud.fleet import Fleet
from harness.bench.figures import Ratio

SCHEMA_VERSION = 1
TO_MOTO, TO_EMPTY = 20.0, 0.4  # what the cloud's throughput is meant to be, as multiples of theirs


def calls_table(figures: Sequence[Figure]) -> Table:
    """Give one row for each operation, number of connections and subject. The columns fit 80 characters."""
    table = _table("call", "at once", "subject", "a second", "p99 ms", "CPU us", "to moto", "to empty")
    for figure in figures:
        is_ours = figure.subject not in ("empty", "moto")
        table.add_row(
            figure.operation, str(figure.connections), figure.subject, f"{figure.per_second:,.0f}",
            f"{figure.p99_ms:.1f}", f"{figure.spent_us:.0f}", _cell(figure.to_moto, TO_MOTO, 0) if is_ours else "",
            _cell(figure.to_empty, TO_EMPTY, 2) if is_ours else "",
        )  # fmt: skip
    return table


def fleets_table(fleets: Sequence[Fleet]) -> Table:
    """Give one row for each size."""
    table = _table("machines", "kB each", "due/s", "heard/s", "CPU us", "p99 ms", "page ms", "last ms", "count ms",
                   "beside ms")  # fmt: skip
    for fleet in fleets:
        table.add_row(
            f"{fleet.machines:,}", f"{fleet.bytes_each / 1000:.1f}", f"{fleet.due_per_s:,.0f}",
            f"{fleet.heartbeats_per_s:,.0f}", f"{fleet.heartbeat_us:.0f}", f"{fleet.p99_ms:.1f}",
            f"{fleet.first_page_ms:.1f}", f"{fleet.last_page_ms:.1f}", f"{fleet.count_ms:.1f}",
            f"{fleet.beside_p99_ms:.1f}",
        )  # fmt: skip
    return table


def starts_line(ready: Ratio, interpreter: Ratio) -> str:
    """Say how long a start takes, and how much of it an interpreter takes that does nothing."""
    return f"from the command to ready: {_spread(ready)} s; a Python that does nothing: {_spread(interpreter)} s."


def verdict_line(figures: Sequence[Figure]) -> str:
    """Say in how many places the cloud is as fast as it is meant to be, asked about groups over plain HTTP."""
    groups = [figure for figure in figures if figure.subject == "group"]
    to_moto = [figure.to_moto.median >= TO_MOTO for figure in groups if figure.to_moto]
    quicker = [figure.p99_to_moto.median < 1 for figure in groups if figure.p99_to_moto]
    to_empty = [figure.to_empty.median >= TO_EMPTY for figure in groups if figure.to_empty]
    failed = sum(figure.failed for figure in figures)
    return (
        f"{TO_MOTO:.0f} times moto's throughput in {sum(to_moto)} of {len(to_moto)} places, a lower p99 in "
        f"{sum(quicker)} of {len(quicker)}; {TO_EMPTY} of the empty handler's in {sum(to_empty)} of {len(to_empty)}; "
        f"{failed} answers were not what they should be."
    )


def print_report(
    console: Console, figures: Sequence[Figure], fleets: Sequence[Fleet], ready: Ratio, interpreter: Ratio
) -> None:
    """Print everything that was measured."""
    if figures:
        console.print(calls_table(figures))
        console.print(verdict_line(figures), highlight=False)
    if fleets:
        console.print(fleets_table(fleets))
    console.print(starts_line(ready, interpreter), highlight=False)


def as_json(
    figures: Sequence[Figure], measurements: Sequence[Measurement], fleets: Sequence[Fleet], more: dict[str, Any]
) -> bytes:
    """Give figures and every measurement, `more` of the circumstances beside them."""
    content = {"schema_version": SCHEMA_VERSION, **more, "figures": figures, "fleets": fleets,
               "measurements": measurements}  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(content), indent=1)


def _table(*headings: str) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 1, 0, 0), pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="left" if heading in ("call", "subject") else "right", no_wrap=True)
    return table


def _spread(found: Ratio, digits: int = 2) -> str:
    return f"{found.median:.{digits}f} ({found.low:.{digits}f}-{found.high:.{digits}f})"


def _cell(found: Ratio | None, wanted: float, digits: int) -> str:
    if found is None:
        return "-"
    return f"[{'green' if found.median >= wanted else 'red'}]{_spread(found, digits)}[/]"
