"""The machine's journal is read line by line."""

from __future__ import annotations

from typing import Any

import pytest

from harness.model.state import JournalLine
from harness.witness import parse_journal_line


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"UNIT": "a.service", "_SYSTEMD_UNIT": "init.scope", "PRIORITY": "3", "MESSAGE": "Failed",
          "SYSLOG_IDENTIFIER": "systemd"},
         JournalLine("a.service", "systemd", 3, "Failed")),
        ({"_SYSTEMD_UNIT": "a.service", "MESSAGE": [104, 105, 255]}, JournalLine("a.service", "", 6, "hi\ufffd")),
        ({"MESSAGE": None}, JournalLine("", "", 6, "")),
    ],
    ids=["of systemd", "no text", "empty"],
)  # fmt: skip
def test_a_line(fields: dict[str, Any], line: JournalLine) -> None:
    """What systemd says of a unit is that unit's; bytes that are no text are made visible."""
    assert parse_journal_line(fields) == line
