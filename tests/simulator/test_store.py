"""State and journal change together or not at all, survive a restart, and lose nothing acknowledged to kill -9."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from simulator import state_file
from simulator.clock import Clock
from simulator.contract import Case, Event, Fault, Throttling
from simulator.errors import BadInput
from simulator.resources.entities import ENTITIES, AlertRule, Entity, Lock, Provider, Secret
from simulator.resources.roles import Role
from simulator.resources.transition import Transition
from simulator.seed import demo_case
from simulator.store import Store, follows_from

WRITER = """
import sys
from pathlib import Path
from simulator.clock import OffsetClock
from simulator.resources.entities import Secret
from simulator.resources.transition import Transition
from simulator.store import Store

store = Store(Path(sys.argv[1]), OffsetClock())
while True:
    number = len(store.events) + 1
    event = store.apply(Transition("write", (Secret(key=f"s{number:05}", pem="x" * 2000),)))
    print(event.seq, flush=True)
"""


class Unstorable(Entity, frozen=True):
    """A value that cannot be written."""

    value: object = None


def test_a_change_is_visible_and_journaled(store: Store) -> None:
    """After `apply` the value is there, and one event says what happened and when."""
    event = store.apply(Transition("locks.put", (Lock(key="/A", scope="/A"),), machine="/m", data={"a": 1}))

    assert store.get(Lock, "/A") == Lock(key="/A", scope="/A")
    assert (event.seq, event.kind, event.operation, event.machine) == (1, "transition", "locks.put", "/m")
    assert (event.time, event.data, store.events) == ("2026-01-01T00:00:00.000000Z", {"a": 1}, [event])


def test_an_event_can_be_stamped_with_the_moment_it_became_due(store: Store) -> None:
    """`at` wins over the clock."""
    event = store.apply(Transition("alerts.fire", at=1_767_225_000.0))

    assert event.time == "2025-12-31T23:50:00.000000Z"


def test_keys_look_at_no_case(store: Store) -> None:
    """A value is found, replaced and removed by its key in any case; it keeps its own spelling."""
    provider = Provider(key="Microsoft.HybridCompute", name="Microsoft.HybridCompute")
    store.apply(Transition("put", (provider,)))

    assert store.get(Provider, "microsoft.hybridcompute") == provider

    store.apply(Transition("delete", delete=((Provider, "MICROSOFT.HYBRIDCOMPUTE"),)))

    assert store.all(Provider) == []


def test_kinds_do_not_mix(store: Store) -> None:
    """The same key of two kinds is two values."""
    store.apply(Transition("put", (Provider(key="a", name="a"), Lock(key="a", scope="a"))))
    store.apply(Transition("delete", delete=((Lock, "a"),)))

    assert (store.all(Provider), store.all(Lock)) == ([Provider(key="a", name="a")], [])


def test_taking_away_comes_before_putting(store: Store) -> None:
    """One change can replace everything, the same keys included."""
    store.apply(Transition("put", (Lock(key="a", scope="a"), Provider(key="p", name="p"))))
    store.apply(Transition("replace", (Lock(key="a", scope="a"),), ((Lock, "a"), (Provider, "p"))))

    assert store.everything() == [Lock(key="a", scope="a")]


def test_all_comes_in_the_order_of_keys(store: Store) -> None:
    """Listing does not depend on the order of writing."""
    store.apply(Transition("put", (Lock(key="b", scope="b"), Lock(key="A", scope="A"), Lock(key="c", scope="c"))))

    assert [lock.key for lock in store.all(Lock)] == ["A", "b", "c"]


def test_entities_are_nothing_for_the_garbage_collector() -> None:
    """Whatever is kept, however much of it, is not looked at again and again."""
    assert [name for name, kind in ENTITIES.items() if kind.__struct_config__.gc] == []


_ASKED: list[str] = []


@follows_from(Lock, Secret)
def _count_locks(store: Store, scope: str) -> int:
    """Give how many locks a scope has. Raises: ValueError for one that has none."""
    _ASKED.append(scope)
    found = sum(lock.scope == scope for lock in store.all(Lock))
    if not found:
        raise ValueError("no lock")
    return found


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Transition("t", (Lock(key="two", scope="/a"),)), (2, ["/a", "/a"])),
        (Transition("t", (Secret(key="s", pem=""),)), (1, ["/a", "/a"])),
        (Transition("t", (AlertRule(key="rule", webhook=""),)), (1, ["/a"])),
    ],
    ids=["what it counts", "what it may look at", "another kind"],
)
def test_what_follows_from_entities_is_asked_once(
    store: Store, change: Transition, expected: tuple[int, list[str]]
) -> None:
    """It is asked again when one of its kinds has changed, and then only."""
    _ASKED.clear()
    store.apply(Transition("t", (Lock(key="one", scope="/a"),)))
    before = [_count_locks(store, "/a") for _ in range(3)]
    store.apply(change)

    assert before == [1, 1, 1]
    assert (_count_locks(store, "/a"), _ASKED) == expected


def test_what_follows_from_entities_ends_with_them(store: Store) -> None:
    """An entity that is taken away is missed at once, and an error is not remembered."""
    store.apply(Transition("t", (Lock(key="one", scope="/a"),)))
    _count_locks(store, "/a")
    store.apply(Transition("t", delete=((Lock, "one"),)))
    with pytest.raises(ValueError, match="no lock"):
        _count_locks(store, "/a")
    store.apply(Transition("t", (Lock(key="one", scope="/a"),)))

    assert _count_locks(store, "/a") == 1


def test_what_follows_from_entities_is_remembered_for_one_store(store: Store, clock: Clock) -> None:
    """Another store has its own answers."""
    store.apply(Transition("t", (Lock(key="one", scope="/a"),)))
    _count_locks(store, "/a")
    with pytest.raises(ValueError, match="no lock"):
        _count_locks(Store(None, clock), "/a")


def test_what_follows_from_entities_is_forgotten_where_it_is_too_much(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory has a bound; what is forgotten is asked again."""
    monkeypatch.setattr("simulator.store._REMEMBERED", 2)
    store.apply(Transition("t", tuple(Lock(key=name, scope=name) for name in ("/a", "/b", "/c"))))
    _ASKED.clear()
    for scope in ("/a", "/b", "/a", "/c", "/a"):
        _count_locks(store, scope)

    assert _ASKED == ["/a", "/b", "/c", "/a"]


def test_a_change_that_fails_changes_nothing(tmp_path: Path, clock: Clock) -> None:
    """When one part of a change cannot be written, no part of it and no event is there."""
    store = Store(tmp_path / "state", clock)
    store.apply(Transition("put", (Lock(key="a", scope="a"),)))
    with pytest.raises(TypeError):
        store.apply(
            Transition("bad", (Lock(key="b", scope="b"), Unstorable(key="c", value=object())), delete=((Lock, "a"),))
        )

    assert (store.all(Lock), [event.operation for event in store.events]) == ([Lock(key="a", scope="a")], ["put"])


def test_after_a_failure_the_store_goes_on(tmp_path: Path, clock: Clock) -> None:
    """A failed change leaves no open transaction behind."""
    store = Store(tmp_path / "state", clock)
    with pytest.raises(TypeError):
        store.apply(Transition("bad", (Unstorable(key="c", value=object()),)))
    store.apply(Transition("put", (Lock(key="a", scope="a"),)))

    assert [event.seq for event in store.events] == [1]


def test_a_failed_change_is_not_in_the_file(tmp_path: Path, clock: Clock) -> None:
    """What failed in memory failed on the disk as well."""
    path = tmp_path / "state"
    store = Store(path, clock)
    with pytest.raises(TypeError):
        store.apply(Transition("bad", (Lock(key="b", scope="b"), Unstorable(key="c", value=object()))))
    store.close()
    again = Store(path, clock)

    assert (again.all(Lock), again.events) == ([], [])


def test_a_reopened_file_has_the_same_state_and_journal(tmp_path: Path, clock: Clock) -> None:
    """A restarted cloud knows every value and every event."""
    path = tmp_path / "state"
    store = Store(path, clock)
    store.apply(Transition("put", (AlertRule(key="rule", webhook="cloud"), Lock(key="a", scope="a"))))
    store.apply(Transition("delete", delete=((Lock, "a"),)))
    store.record(Event(seq=0, time="", wall="", kind="request", path="/a"))
    events = store.events
    store.close()
    again = Store(path, clock)

    assert (again.all(AlertRule), again.all(Lock)) == ([AlertRule(key="rule", webhook="cloud")], [])
    assert again.events == events
    assert [event.seq for event in again.events] == [1, 2, 3]


def test_a_reopened_file_looks_at_no_case_either(tmp_path: Path, clock: Clock) -> None:
    """A value that was replaced under its key in another case is there once, in its last form."""
    store = Store(tmp_path / "state", clock)
    store.apply(Transition("put", (AlertRule(key="Rule", webhook="old"),)))
    store.apply(Transition("put", (AlertRule(key="RULE", webhook="new"),)))
    store.close()
    again = Store(tmp_path / "state", clock)

    assert again.all(AlertRule) == [AlertRule(key="RULE", webhook="new")]
    assert again.get(AlertRule, "rule") == AlertRule(key="RULE", webhook="new")


@pytest.mark.parametrize("kind", ENTITIES.values(), ids=ENTITIES)
def test_every_kind_is_read_back_as_it_was(tmp_path: Path, clock: Clock, kind: type[Entity]) -> None:
    """Each kind of value survives the file."""
    fields = msgspec.structs.fields(kind)
    samples: dict[Any, object] = {
        str: "text", float: 1.5, int: 7, bool: True, tuple[str, ...]: ("a",), Case: demo_case(), Fault: Fault("drop"),
        Throttling: Throttling(), Role: Role("1", "reader", "reads", ("*/read",)),
    }  # fmt: skip
    required: dict[str, Any] = {field.name: samples.get(field.type, {}) for field in fields if field.required}
    value = kind(**required)
    store = Store(tmp_path / "state", clock)
    store.apply(Transition("put", (value,)))
    store.close()

    assert Store(tmp_path / "state", clock).all(kind) == [value]


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\0broken"], ids=["text", "damaged"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, clock: Clock, content: bytes) -> None:
    """A file that is no state file is named in the error, and is left as it is."""
    path = tmp_path / "state"
    path.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        Store(path, clock)

    assert (caught.value.reference, caught.value.place, path.read_bytes()) == ("state-file", str(path), content)


def test_a_second_cloud_on_a_file_is_refused(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two writers would lose each other's events; the second one is told why it may not."""
    monkeypatch.setattr(state_file, "_BUSY_S", 0.01)  # the first one does not end
    first = Store(tmp_path / "state", clock)
    with pytest.raises(BadInput, match="another cloud uses it"):
        Store(tmp_path / "state", clock)
    first.close()

    assert Store(tmp_path / "state", clock).events == []


@pytest.mark.parametrize(
    ("kind", "value"), [("Lock", b"{}"), ("Unheard", b'{"key": "a"}')], ids=["another shape", "another kind"]
)
def test_a_file_of_another_version_is_refused(tmp_path: Path, clock: Clock, kind: str, value: bytes) -> None:
    """What cannot be read as it was meant is an error for a person, not a crash."""
    Store(tmp_path / "state", clock).close()
    with closing(sqlite3.connect(tmp_path / "state")) as database, database:
        database.execute("INSERT INTO entities VALUES (?, 'a', ?)", (kind, value))

    with pytest.raises(BadInput, match="cannot be read"):
        Store(tmp_path / "state", clock)


def test_a_folder_is_refused(tmp_path: Path, clock: Clock) -> None:
    """A path that cannot be opened is an error for a person."""
    with pytest.raises(BadInput):
        Store(tmp_path, clock)


def test_an_event_that_cannot_be_written_changes_nothing(store: Store) -> None:
    """Without a file, too, there is no change without its event."""
    with pytest.raises(TypeError):
        store.apply(Transition("bad", (Lock(key="a", scope="a"),), data={"value": object()}))

    assert (store.all(Lock), store.events, store.last) == ([], [], 0)


def test_a_foreign_journal_is_refused(tmp_path: Path, clock: Clock) -> None:
    """A file whose events have another shape is of another version, though its entities can be read."""
    Store(tmp_path / "state", clock).close()
    with closing(sqlite3.connect(tmp_path / "state")) as database, database:
        database.execute("INSERT INTO journal VALUES (1, '{}')")

    with pytest.raises(BadInput, match="cannot be read"):
        Store(tmp_path / "state", clock)


def test_since_gives_what_came_after(store: Store) -> None:
    """Reading on from a sequence number gives the events after it."""
    store.apply(Transition("one"))
    store.apply(Transition("two"))

    assert [event.operation for event in store.since(1)] == ["two"]


def test_waiting_ends_with_the_awaited_kind(store: Store) -> None:
    """A wait ends when an event of the kind comes, and not with another one."""

    async def wait_and_write() -> tuple[bool, bool]:
        waiter = asyncio.create_task(store.wait(0, lambda event: event.kind == "clock", 5))
        await asyncio.sleep(0)
        store.apply(Transition("other"))
        await asyncio.sleep(0.01)
        early = waiter.done()
        store.apply(Transition("clock.advance", kind="clock"))
        await asyncio.wait_for(waiter, 5)
        return early, waiter.done()

    assert asyncio.run(wait_and_write()) == (False, True)


def test_waiting_gives_up_in_time(store: Store) -> None:
    """A wait for what never comes ends."""
    asyncio.run(asyncio.wait_for(store.wait(0, lambda _: True, 0.01), 5))

    assert store.events == []


@pytest.mark.process
def test_kill_loses_nothing_acknowledged(tmp_path: Path, clock: Clock) -> None:
    """A writer is killed while it writes; all that it has printed is in the file, and nothing is half there."""
    path = tmp_path / "state"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        first = [writer.stdout.readline() for _ in range(50)]
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().splitlines()
    acknowledged = len(first) + len([line for line in rest if line])
    store = Store(path, clock)

    assert writer.returncode == -signal.SIGKILL
    assert acknowledged <= len(store.events) <= acknowledged + 1
    assert [event.seq for event in store.events] == list(range(1, len(store.events) + 1))
    assert [secret.key for secret in store.all(Secret)] == [f"s{event.seq:05}" for event in store.events]
