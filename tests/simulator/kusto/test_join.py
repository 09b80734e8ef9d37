"""Two tables side by side."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulator.kusto import Answer

Ask = Callable[..., Answer]
QUERY = """
resources | extend machine = tolower(id)
| join kind={kind} (
    extensions | extend machine = tolower(tostring(split(id, '/extensions/')[0])) | project machine, name
  ) on machine
| project name, name1
"""


@pytest.mark.parametrize(
    ("kind", "pairs"),
    [
        ("inner", [("Box-0", "ama"), ("Box-0", "script"), ("Box-2", "ama")]),
        ("leftouter", [("Box-0", "ama"), ("Box-0", "script"), ("Box-1", ""), ("Box-2", "ama"), ("Box-3", "")]),
    ],
)
def test_machines_with_their_extensions(ask: Ask, kind: str, pairs: list[tuple[str, str]]) -> None:
    """A machine has a row for each extension; without one, `leftouter` keeps it with an empty text."""
    found = ask(QUERY.format(kind=kind)).rows

    assert [(row["name"], row["name1"]) for row in found] == pairs


def test_innerunique_takes_one_row_of_the_left_for_each_key(ask: Ask) -> None:
    """It is the kind of a join that names none."""
    query = "extensions | join (extensions | project other = name) on $left.name == $right.other | count"

    assert ask(query).rows == [{"Count": 3}]  # ama twice on the right, script once; each once on the left
    assert ask(query.replace("join", "join kind=inner")).rows == [{"Count": 5}]
