"""Members are made when they are looked at."""

from __future__ import annotations

from simulator.kusto import Lazy


def test_a_quick_member_does_not_make_the_whole() -> None:
    """The whole is made once, when another member is asked for, and does not undo what was written."""
    made: list[str] = []

    def whole(subject: str) -> dict[str, str]:
        made.append(subject)
        return {"quick": "slow", "other": subject, "written": "no"}

    row = Lazy("subject", {"quick": str.upper}, whole)
    row["written"] = "yes"

    assert (row["quick"], made) == ("SUBJECT", [])
    assert (row["other"], row["written"], len(row), made) == ("subject", "yes", 3, ["subject"])
    assert dict(row.items()) == {"quick": "SUBJECT", "written": "yes", "other": "subject"}
