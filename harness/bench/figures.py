"""What is measured in which order, and what the measurements say. Pure: nothing here starts or reads anything."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import msgspec

Variant = Literal["arclab", "judged", "blind", "plain", "best"]
VARIANTS: tuple[Variant, ...] = ("arclab", "judged", "blind", "plain", "best")
EACH = 2  # lifecycles of a batch for each that runs at once


class Turn(NamedTuple):
    """One batch to run: lifecycles of one variant on one distro, `at_once` in parallel."""

    distro: str
    round: int
    at_once: int
    variant: Variant

    @property
    def size(self) -> int:
        """Give how many lifecycles the batch has."""
        return EACH * self.at_once


class Lifecycle(msgspec.Struct, frozen=True):
    """One lifecycle. `output` says why it failed, else it is empty."""

    passed: bool
    duration_s: float
    phases_s: dict[str, float]
    output: str = ""


class Batch(msgspec.Struct, frozen=True):
    """A turn that has run. `cpu_s` is what the whole host spent meanwhile, other programs included."""

    turn: Turn
    wall_s: float
    cpu_s: float
    lifecycles: tuple[Lifecycle, ...]

    @property
    def per_minute(self) -> float:
        """Give the throughput; lifecycles that failed do not count."""
        return 60 * sum(lifecycle.passed for lifecycle in self.lifecycles) / self.wall_s


class Ratio(msgspec.Struct, frozen=True):
    """A throughput as a multiple of another's: of the rounds' ratios the middle, the lowest and the highest."""

    median: float
    low: float
    high: float


class Figure(msgspec.Struct, frozen=True):
    """All batches of one variant on one distro at one parallelism. Durations are medians; phases may overlap."""

    distro: str
    at_once: int
    variant: Variant
    lifecycles: int
    failed: int
    per_minute: float
    median_s: float
    cpu_s: float  # of the host for each lifecycle
    ratio_to: dict[Variant, Ratio]
    phases_s: dict[str, float]


def plan_turns(distros: Sequence[str], parallel: Sequence[int], rounds: int) -> list[Turn]:
    """Give the turns in order: in each round every variant once at each parallelism.

    The variant that begins changes from round to round, so that load of other programs, and whatever a batch leaves
    behind in caches, meets all alike.
    """
    turns: list[Turn] = []
    for distro in distros:
        for number in range(rounds):
            first = number % len(VARIANTS)
            order = VARIANTS[first:] + VARIANTS[:first]
            turns.extend(Turn(distro, number, at_once, variant) for at_once in parallel for variant in order)
    return turns


def summarize(batches: Iterable[Batch]) -> list[Figure]:
    """Give the figures, in the order in which their first batches ran, variants in the order of `VARIANTS`."""
    grouped: dict[tuple[str, int, Variant], list[Batch]] = {}
    for batch in batches:
        turn = batch.turn
        grouped.setdefault((turn.distro, turn.at_once, turn.variant), []).append(batch)
    places = list(dict.fromkeys((distro, at_once) for distro, at_once, _ in grouped))
    keys = [(*place, variant) for place in places for variant in VARIANTS if (*place, variant) in grouped]
    figures: list[Figure] = []
    for distro, at_once, variant in keys:
        others = {other: grouped.get((distro, at_once, other), []) for other in VARIANTS if other != variant}
        own = grouped[distro, at_once, variant]
        ratios = {other: ratio(own, theirs) for other, theirs in others.items()}
        figures.append(_figure(own, {other: found for other, found in ratios.items() if found is not None}))
    return figures


def ratio(batches: Iterable[Batch], others: Iterable[Batch]) -> Ratio | None:
    """Compare two variants round by round; a round counts when both had it and the other one got anything done."""
    by_round = {batch.turn.round: batch.per_minute for batch in others}
    ratios = [
        batch.per_minute / by_round[batch.turn.round] for batch in batches if by_round.get(batch.turn.round, 0.0) > 0
    ]
    return Ratio(statistics.median(ratios), min(ratios), max(ratios)) if ratios else None


def _figure(batches: Sequence[Batch], ratios: dict[Variant, Ratio]) -> Figure:
    lifecycles = [lifecycle for batch in batches for lifecycle in batch.lifecycles]
    passed = [lifecycle for lifecycle in lifecycles if lifecycle.passed]
    names = dict.fromkeys(name for lifecycle in passed for name in lifecycle.phases_s)
    turn = batches[0].turn
    return Figure(
        distro=turn.distro,
        at_once=turn.at_once,
        variant=turn.variant,
        lifecycles=len(lifecycles),
        failed=len(lifecycles) - len(passed),
        per_minute=60 * len(passed) / sum(batch.wall_s for batch in batches),
        median_s=_median([lifecycle.duration_s for lifecycle in passed]),
        cpu_s=sum(batch.cpu_s for batch in batches) / max(1, len(lifecycles)),
        ratio_to=ratios,
        phases_s={name: _median([lifecycle.phases_s.get(name, 0.0) for lifecycle in passed]) for name in names},
    )


def _median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0
