"""Show the bench's figures: two tables a distro for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from harness.bench.figures import Batch, Figure, Ratio, Variant

SCHEMA_VERSION = 1
WANTED: dict[Variant, float] = {"plain": 1.0, "best": 0.9}  # arclab's throughput against the scripts'
MOST_COST = 1.25  # a lifecycle that is looked at and judged, as a multiple of one that is not looked at
_PHASES = ("network", "start", "boot", "cloud", "configure-repository", "refresh", "install", "upgrade", "verify",
           "uninstall", "witness", "collect", "destroy")  # fmt: skip


def print_figures(figures: Sequence[Figure], console: Console) -> None:
    """Print throughputs and ratios, then where the time of one lifecycle goes."""
    for distro in dict.fromkeys(figure.distro for figure in figures):
        mine = [figure for figure in figures if figure.distro == distro]
        console.print(f"[bold]{distro}[/bold]: throughput", highlight=False)
        console.print(throughput_table(mine))
        console.print()
        for at_once in dict.fromkeys(figure.at_once for figure in mine):
            console.print(
                f"[bold]{distro}[/bold], {at_once} at once: median seconds of a phase of one lifecycle", highlight=False
            )
            console.print(phases_table([figure for figure in mine if figure.at_once == at_once]))
            console.print()


def throughput_table(figures: Sequence[Figure]) -> Table:
    """Give one row for each parallelism and variant. The columns fit 80 characters."""
    table = _table()
    for heading in ("at once", "variant", "a minute", "median s", "CPU s", "to plain", "to best", "failed"):
        table.add_column(heading, justify="left" if heading == "variant" else "right", no_wrap=True)
    for figure in figures:
        table.add_row(
            str(figure.at_once), figure.variant, f"{figure.per_minute:.1f}", f"{figure.median_s:.2f}",
            f"{figure.cpu_s:.2f}", *(_ratio_cell(figure, other) for other in WANTED),
            f"{figure.failed}/{figure.lifecycles}" if figure.failed else "-",
        )  # fmt: skip
    return table


def _table() -> Table:
    return Table(box=None, header_style="bold", padding=(0, 1, 0, 0), pad_edge=False)


def _ratio_cell(figure: Figure, other: Variant) -> str:
    found = figure.ratio_to.get(other)
    if found is None:
        return "" if figure.variant == other else "-"
    text = f"{found.median:.2f} ({found.low:.2f}-{found.high:.2f})"
    if figure.variant != "arclab":
        return text
    return f"[{'green' if found.median >= WANTED[other] else 'red'}]{text}[/]"


def phases_table(figures: Sequence[Figure]) -> Table:
    """Give one row for each phase and one column for each variant; a phase that a variant lacks is empty."""
    table = _table()
    table.add_column("phase")
    for figure in figures:
        table.add_column(figure.variant, justify="right")
    seen = {name for figure in figures for name in figure.phases_s}
    for phase in [*(name for name in _PHASES if name in seen), *sorted(seen - set(_PHASES))]:
        cells = [figure.phases_s.get(phase) for figure in figures]
        table.add_row(phase, *("" if cell is None else f"{cell:.3f}" for cell in cells))
    table.add_row("whole", *(f"{figure.median_s:.3f}" for figure in figures), style="bold")
    return table


def as_json(figures: Sequence[Figure], batches: Sequence[Batch], circumstances: dict[str, Any]) -> bytes:
    """Give figures and every batch, `circumstances` of the measurement beside them."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "circumstances": circumstances,
        "figures": figures,
        "batches": [
            {
                **batch.turn._asdict(),
                "wall_s": batch.wall_s,
                "cpu_s": batch.cpu_s,
                "per_minute": batch.per_minute,
                "lifecycles": batch.lifecycles,
            }
            for batch in batches
        ],
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=1)


def verdict_line(ratios: dict[tuple[str, int], Ratio]) -> str:
    """Say against how many of the plain script's figures arclab held its own."""
    held = sum(found.median >= WANTED["plain"] for found in ratios.values())
    if not ratios:
        return "nothing was compared."
    return f"arclab is at least as fast as the plain script in {held} of {len(ratios)} places."


def cost_line(figures: Sequence[Figure]) -> str:
    """Say what snapshots, evidence and laws cost: a judged lifecycle's time as a multiple of a blind one's."""
    costs = [1 / figure.ratio_to["blind"].median for figure in figures
             if figure.variant == "judged" and figure.ratio_to.get("blind")]  # fmt: skip
    if not costs:
        return "what laws cost was not measured."
    shown = ", ".join(f"{cost:.2f}" for cost in costs)
    return f"With snapshots, evidence and laws a lifecycle takes {shown} times as long (wanted: at most {MOST_COST})."
