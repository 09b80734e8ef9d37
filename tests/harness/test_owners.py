"""Owners are told apart and asked whether they live; what dead ones left is swept."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import Any

import pytest

from harness import owners
from harness.errors import LabError
from harness.owners import is_alive, sweep_dead, this_owner
from harness.substrate.docker import LABEL_KEEP, LABEL_OWNER


@pytest.fixture
def ended_owner() -> str:
    """Give the name of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    name = owners._name(process.pid)
    process.communicate()
    return name


def _changed(part: int, value: str) -> str:
    parts = this_owner().split(":")
    return ":".join([*parts[:part], value, *parts[part + 1 :]])


def test_this_process_is_alive() -> None:
    """A controller never sweeps its own run."""
    assert is_alive(this_owner())


@pytest.mark.process
def test_a_process_that_has_ended_is_not(ended_owner: str) -> None:
    """A dead process id owns nothing."""
    assert not is_alive(ended_owner)


@pytest.mark.parametrize(
    ("part", "value"),
    [(1, "0e9b2a6e-0000-0000-0000-000000000000"), (3, "1")],
    ids=["earlier boot", "reused process id"],
)
def test_another_process_of_the_same_id_is_not_the_owner(part: int, value: str) -> None:
    """Boot and start time tell processes of one id apart."""
    assert not is_alive(_changed(part, value))


@pytest.mark.parametrize(
    "owner",
    [
        f"elsewhere-{socket.gethostname()}:boot:1:1",
        f"{socket.gethostname()}:unknown:1:0",
        f"{socket.gethostname()}:boot:many:1",
        "",
        "a:b",
    ],
    ids=["other host", "no /proc", "no number", "empty", "short"],
)
def test_who_cannot_be_asked_counts_as_alive(owner: str) -> None:
    """Other people's things are never swept on a guess."""
    assert is_alive(owner)


class _Engine:
    """Remembers what was removed; has one container and one network for each owner."""

    def __init__(self, dead: str, stuck: LabError | None = None) -> None:
        self.removed: list[str] = []
        self._stuck = stuck  # what removing a dead owner's container ends with
        alive = this_owner()
        labels = {
            "alive": {LABEL_OWNER: alive},
            "dead": {LABEL_OWNER: dead},
            "kept": {LABEL_OWNER: dead, LABEL_KEEP: "1"},
        }
        self._containers = [
            {"Id": f"c-{name}", "Labels": found, "NetworkSettings": {"Networks": {f"n-{name}": {}}}}
            for name, found in labels.items()
        ]
        self._networks = [
            {"Id": f"id-{name}", "Name": f"n-{name}", "Labels": {LABEL_OWNER: found[LABEL_OWNER]}}
            for name, found in labels.items()
        ]

    def owned(self, _: list[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        return [c for c in self._containers if c["Id"] not in self.removed], self._networks

    def remove_container(self, identifier: str) -> None:
        if self._stuck and identifier == "c-dead":
            raise self._stuck
        self.removed.append(identifier)

    def remove_network(self, identifier: str) -> None:
        self.removed.append(identifier)


@pytest.mark.process
def test_sweeps_what_dead_owners_left_but_for_kept_cases(ended_owner: str) -> None:
    """A kept machine stays, and so does the network it is plugged into."""
    engine = _Engine(ended_owner)

    assert sweep_dead(engine) == 2  # type: ignore[arg-type] # a double of the engine

    assert engine.removed == ["c-dead", "id-dead"]


@pytest.mark.process
@pytest.mark.parametrize(
    ("reference", "removed"), [("engine-refused", ["c-kept", "id-dead", "id-kept"]), ("engine-gone", [])]
)
def test_what_cannot_be_removed_keeps_nothing_else(ended_owner: str, reference: str, removed: list[str]) -> None:
    """The others go, and the one that stays is told; an engine that is silent is asked once."""
    engine = _Engine(ended_owner, stuck=LabError(reference, "it cannot be removed."))

    with pytest.raises(LabError, match="it cannot be removed"):
        sweep_dead(engine, kept_too=True)  # type: ignore[arg-type] # a double of the engine

    assert engine.removed == removed
