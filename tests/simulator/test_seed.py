"""What a cloud begins with, and cases that cannot be served."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from simulator.contract import Case, Principal, RateLimit, Subscription, Throttling
from simulator.errors import BadInput
from simulator.resources import entities
from simulator.resources.providers import PROVIDERS
from simulator.resources.transition import Transition
from simulator.seed import demo_case, plant, read_case, replant
from simulator.store import Store

REGISTERED = sum(known.is_registered for known in PROVIDERS.values())


def write_case(path: Path, case: Case) -> Path:
    """Write a case as JSON and give its path."""
    path.write_bytes(msgspec.json.encode(case))
    return path


def test_a_case_is_read_as_it_was_written(tmp_path: Path) -> None:
    """The demo case goes through its file unchanged."""
    assert read_case(write_case(tmp_path / "case.json", demo_case())) == demo_case()


def test_the_demo_is_the_same_each_time() -> None:
    """Scripts can hold its ids; they are all different GUIDs."""
    people = demo_case().principals
    ids = [demo_case().tenant_id, demo_case().subscription_id, *(p.object_id for p in people)]

    assert demo_case() == demo_case()
    assert len({*ids}) == len(ids)


def test_everything_is_planted_at_once(store: Store) -> None:
    """One transition brings subscription, group, providers, people and the issuing key."""
    plant(store, demo_case())
    found = {kind.__name__: len(store.all(kind)) for kind in entities.ENTITIES.values() if store.all(kind)}

    assert found == {
        "Subscription": 1,
        "ResourceGroup": 1,
        "Provider": REGISTERED,
        "Principal": 4,
        "RoleAssignment": 4,
        "Secret": 1,
        "Seed": 1,
        "ThrottlingRule": 1,
    }
    assert [event.operation for event in store.events] == ["seed"]


def test_more_subscriptions(store: Store) -> None:
    """A case's other subscriptions come with groups and providers of their own; what they leave out is the case's."""
    more = (Subscription("a", "one"), Subscription("b", "two", "t", "westeurope", ("g1", "g2")))
    plant(store, msgspec.structs.replace(demo_case(), subscriptions=more))
    found = {item.name: (item.tenant_id, item.location, item.is_home) for item in store.all(entities.Subscription)}
    groups = [(group.key, group.location) for group in store.all(entities.ResourceGroup)]

    assert found == {
        "arclab demo": (demo_case().tenant_id, "eastus", True), "one": (demo_case().tenant_id, "eastus", False),
        "two": ("t", "westeurope", False),
    }  # fmt: skip
    assert groups[1:] == [(f"/subscriptions/b/resourceGroups/{name}", "westeurope") for name in ("g1", "g2")]
    assert len(store.all(entities.Provider)) == 3 * REGISTERED


@pytest.mark.parametrize("again", [demo_case(), None], ids=["the same", "none"])
def test_a_held_case_stays(store: Store, again: Case | None) -> None:
    """A restarted cloud keeps what it has: nothing is planted twice."""
    plant(store, demo_case())
    key = store.all(entities.Secret)[0]
    plant(store, again)

    assert (store.all(entities.Secret), len(store.events)) == ([key], 1)


def test_another_case_is_refused(store: Store) -> None:
    """A state file of one case is not served as another one."""
    plant(store, demo_case())
    other = msgspec.structs.replace(demo_case(), subscription_id="other")
    with pytest.raises(BadInput) as caught:
        plant(store, other, place="state")

    assert (caught.value.reference, caught.value.place) == ("state-case", "state")


def test_an_empty_store_needs_a_case(store: Store) -> None:
    """A state file without a case cannot be served."""
    with pytest.raises(BadInput, match="holds no case"):
        plant(store, None)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"page_size": 0}, "'page_size' is 0"),
        ({"throttling": Throttling(reads=RateLimit(0, 1))}, "the reads have a bucket of 0"),
        ({"principals": (Principal("a", "1"), Principal("b", "1"))}, "two principals have the object_id '1'"),
        ({"principals": (Principal("a", "1"), Principal("a", "2"))}, "two principals have the name 'a'"),
        ({"principals": (Principal("a", "1", roles=("Ownr",)),)}, "'a' has the unknown role 'Ownr'"),
        (
            {"principals": (Principal("a", "1", tenant_id="t"),)},
            "of the tenant 't', which the case does not know",
        ),
        ({"subscriptions": (Subscription("S", "a"), Subscription("s", "b"))}, "two subscriptions have the id 's'"),
    ],
    ids=["page size", "throttling", "ids", "names", "role", "tenant", "subscriptions"],
)
def test_a_case_that_cannot_be_served(tmp_path: Path, change: dict[str, object], text: str) -> None:
    """A mistake is named with the file, before anything starts."""
    path = write_case(tmp_path / "case.json", msgspec.structs.replace(demo_case(), **change))
    with pytest.raises(BadInput, match=text) as caught:
        read_case(path)

    assert caught.value.place == str(path)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"tenant_id": 1}', b"\xff"])
def test_a_file_that_is_no_case(tmp_path: Path, content: bytes) -> None:
    """What cannot be read is an error for a person."""
    (tmp_path / "case.json").write_bytes(content)
    with pytest.raises(BadInput):
        read_case(tmp_path / "case.json")


def test_a_missing_file(tmp_path: Path) -> None:
    """So is a file that is not there."""
    with pytest.raises(BadInput):
        read_case(tmp_path / "none.json")


def test_a_cloud_begins_again(store: Store) -> None:
    """What was added is gone, what was taken away is back, with new times; the journal goes on."""
    plant(store, demo_case(), is_demo=True)
    store.apply(
        Transition(
            "test", (entities.Lock(key="a", scope="a"),), ((entities.Principal, demo_case().principals[0].object_id),)
        )
    )
    store.clock.advance(86400)
    replant(store)
    machine = store.all(entities.Machine)[0]

    assert (store.all(entities.Lock), len(store.all(entities.Principal))) == ([], 4)
    assert 0 < store.clock.now() - machine.last_heartbeat < 86400
    assert [event.operation for event in store.events] == ["seed", "test", "state.reset"]


def test_a_state_without_its_seed_does_not_begin_again(store: Store) -> None:
    """A state that does not say what it began with is left as it is."""
    plant(store, demo_case())
    store.apply(Transition("test", delete=((entities.Seed, "seed"),)))
    with pytest.raises(BadInput) as caught:
        replant(store)

    assert (caught.value.reference, len(store.all(entities.Principal))) == ("no-seed", 4)
