"""Texts in reports are harmless and read well."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.record import Observation
from harness.reports.text import clipped, duration_text, one_line, seen_text, value_text, visible


@given(st.text(st.characters(exclude_categories=())))
def test_visible_text_is_xml_text(text: str) -> None:
    """Any text can stand in XML afterwards, and is itself once it is read again."""
    shown = visible(text)
    element = ET.Element("a")
    element.text = shown

    assert (ET.fromstring(ET.tostring(element, encoding="utf-8")).text or "") == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b", "a␀b"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("tab\t", "tab\t"),
        ("\ud800", "\ufffd"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    """Colours go, control characters become pictures, line ends are one kind."""
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"), ("", '""'), ("a b", "a b"), (True, "true"), (286, "286"), ([], "[]"),
        ({"himdsd": "active", "n": [1, "a: b"]}, '{himdsd: active, n: [1, "a: b"]}'),
    ],
)  # fmt: skip
def test_value(value: Any, text: str) -> None:
    """Values read as a scenario file would write them."""
    assert value_text(value) == text


@pytest.mark.parametrize(
    ("observation", "text"),
    [
        (Observation("a", "seen", "x"), "x"), (Observation("a", "absent", "absent"), "absent"),
        (Observation("a", "absent", None, "no heartbeat"), "absent (no heartbeat)"),
        (Observation("a", "absent", 0), "0"),
        (Observation("a", "unreadable", None, "exit 1"), "unreadable: exit 1"),
        (Observation("a", "seen", 100, "E: no"), "100 (E: no)"),
    ],
)  # fmt: skip
def test_seen(observation: Observation, text: str) -> None:
    """Not there and could not look are told apart."""
    assert seen_text(observation) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.04 s"), (12.34, "12.3 s"), (99.96, "1 min 40 s"), (245, "4 min 05 s"), (3599.7, "1 h 00 min"),
     (7380, "2 h 03 min")],
)  # fmt: skip
def test_duration(seconds: float, text: str) -> None:
    """Durations have a unit that suits them."""
    assert duration_text(seconds) == text


def test_clipped_says_how_much_is_left_out() -> None:
    """A long text keeps both ends."""
    assert clipped("a" * 10 + "b" * 10, 10) == "aaaaa\n[... 10 characters left out ...]\nbbbbb"


def test_one_line() -> None:
    """Line ends become spaces, a long line ends in an ellipsis."""
    assert one_line("a\n  b c", 4) == "a b…"
