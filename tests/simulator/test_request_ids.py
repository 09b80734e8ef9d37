"""Ids of requests are GUIDs like any other."""

from __future__ import annotations

import uuid

from simulator.request_ids import new_id


def test_ids_are_guids_of_version_4() -> None:
    """Who parses one finds its version and variant, in canonical form, and no id twice."""
    ids = [new_id() for _ in range(100)]

    assert {(uuid.UUID(one).version, uuid.UUID(one).variant) for one in ids} == {(4, uuid.RFC_4122)}
    assert (ids, len(set(ids))) == ([str(uuid.UUID(one)) for one in ids], 100)
