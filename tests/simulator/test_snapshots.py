"""Snapshots: all state and nothing but it goes through JSON and back, at once or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from simulator.clock import Clock, OffsetClock
from simulator.contract import Snapshot
from simulator.errors import BadInput
from simulator.resources.entities import AlertRule, Machine, Secret
from simulator.resources.transition import Transition
from simulator.seed import demo_case, plant
from simulator.snapshots import restore, take
from simulator.store import Store

KEYS = some.text(min_size=1, max_size=4)
CHANGES = some.lists(some.tuples(some.sampled_from((AlertRule, Secret)), KEYS, some.booleans()), max_size=8)


def through_json(snapshot: Snapshot) -> Snapshot:
    """Give a snapshot as somebody has it who has downloaded it."""
    return msgspec.json.decode(msgspec.json.encode(snapshot), type=Snapshot)


def change(store: Store, steps: list[tuple[Any, str, bool]]) -> None:
    """Put or take away values."""
    needs = {AlertRule: "webhook", Secret: "pem"}
    for kind, key, is_put in steps:
        store.apply(
            Transition("t", (kind(key=key, **{needs[kind]: "x"}),) if is_put else (), () if is_put else ((kind, key),))
        )


@given(before=CHANGES, after=CHANGES)
def test_going_back(before: list[tuple[Any, str, bool]], after: list[tuple[Any, str, bool]]) -> None:
    """Whatever happened since, the state is that of the snapshot; the journal has kept everything."""
    store = Store(None, OffsetClock())
    plant(store, demo_case(), is_demo=True)
    change(store, before)
    snapshot, held, last = through_json(take(store)), store.everything(), store.last
    change(store, after)
    restore(store, snapshot)
    store.close()

    assert (store.everything(), snapshot.last) == (held, last)
    assert [event.seq for event in store.events] == list(range(1, last + len(after) + 2))
    assert (store.events[-1].operation, store.events[-1].data["last"]) == ("state.restore", last)


def test_another_cloud_goes_on_with_it(store: Store, tmp_path: Path, clock: Clock) -> None:
    """A snapshot of one cloud is the state of another, which keeps it in its file."""
    plant(store, demo_case(), is_demo=True)
    other = Store(tmp_path / "state", clock)
    restore(other, through_json(take(store)))
    other.close()

    assert Store(tmp_path / "state", clock).everything() == store.everything()


def test_lab_time_moves_on_to_the_snapshot(store: Store) -> None:
    """A cloud that is behind moves on, with its event; one that is ahead stays where it is."""
    plant(store, demo_case())
    snapshot = take(store)
    ahead = msgspec.structs.replace(snapshot, lab_time_s=snapshot.lab_time_s + 99.5)
    restore(store, ahead)
    moved = store.clock.offset_s
    restore(store, snapshot)

    assert (moved, store.clock.offset_s) == (100, 100)
    assert [e.data for e in store.events if e.kind == "clock"] == [{"advance_s": 100, "offset_s": 100}]


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        ({"arclab_snapshot": 2}, "its format is 2"),
        ({"entities": {}}, "it has no subscription that is the case's own"),
        ({"lab_time_s": 1e300}, "it ends at"),
        ({"Secret": None}, "it has no key of the identity service"),
        ({"Ufo": [{"key": "a"}]}, "'Ufo' is no kind of entity"),
        ({"Machine": [{"key": "a"}]}, "entities.Machine cannot be used: Object missing required field `name`"),
        (
            {"Lock": [{"key": "a", "scope": "a"}, {"key": "A", "scope": "a"}]},
            "entities.Lock has two values of the key 'a'",
        ),
    ],
    ids=["format", "nothing", "time", "no secret", "kind", "shape", "twice"],
)
def test_what_cannot_be_used(store: Store, damage: dict[str, Any], text: str) -> None:
    """The mistake is named with its place, and nothing has changed."""
    plant(store, demo_case(), is_demo=True)
    snapshot, held = through_json(take(store)), store.everything()
    fields = {name: value for name, value in damage.items() if name in Snapshot.__struct_fields__}
    kinds = {name: value for name, value in damage.items() if name not in fields}
    entities = {name: items for name, items in {**snapshot.entities, **kinds}.items() if items is not None}
    bad = msgspec.structs.replace(snapshot, **{"entities": entities, **fields})
    with pytest.raises(BadInput) as caught:
        restore(store, bad)

    assert text in caught.value.message
    assert (store.everything(), store.clock.offset_s, store.last) == (held, 0, 1)


def test_it_holds_every_kind(store: Store) -> None:
    """A snapshot has what the store has, by kind."""
    plant(store, demo_case(), is_demo=True)
    taken = take(store).entities

    assert {name: len(items) for name, items in taken.items()}["Machine"] == len(store.all(Machine))
    assert taken["Secret"] == store.all(Secret)
