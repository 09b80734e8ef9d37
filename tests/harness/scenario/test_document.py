"""YAML is read with the place of everything, as people write scenarios and no further."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.scenario.decode import decode_scenario
from harness.scenario.document import Document, read_document


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1.50", "1.50"),
        ("1.5e3", "1.5e3"),
        ("2026-01-02", "2026-01-02"),
        ("0x10", "0x10"),
        ("010", "010"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("5", 5),
        ("-5", -5),
        ("0", 0),
        ("9" * 18, int("9" * 18)),
        ("9" * 5000, "9" * 5000),
        ("yes", True),
        ("off", False),
        ("~", None),
        ("", None),
        ("'5'", "5"),
        ("|\n  a\n  b", "a\nb\n"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_keeps_what_is_written(written: str, value: Any) -> None:
    """Only whole numbers, booleans and nothing are more than text."""
    assert Document("s.yaml", f"key: {written}\n").value == {"key": value}


def test_knows_the_place_of_everything() -> None:
    """Lines and columns count from 1; keys and values have places of their own."""
    document = Document("s.yaml", "a:\n  - b: 1\n    c: [x, y]\n")

    assert str(document.place("$.a[0].c[1]")) == "s.yaml:3:12"
    assert str(document.key_places["$.a[0].c"]) == "s.yaml:3:5"


@pytest.mark.parametrize(
    ("path", "place"),
    [("$.a[0].b.c", "s.yaml:2:8"), ("$.a[7].b", "s.yaml:2:3"), ("$.z", "s.yaml:1:1"), ("$", "s.yaml:1:1")],
)
def test_a_path_that_is_not_there_has_its_parents_place(path: str, place: str) -> None:
    """A missing key is shown where it is missing."""
    assert place == str(Document("s.yaml", "a:\n  - b: 1\n").place(path))


@pytest.mark.parametrize(
    ("text", "reference", "place"),
    [
        ("a: 1\nb: {c: 1, c: 2}\n", "scenario-duplicate-key", "s.yaml:2:11"),
        ("a: &x 1\n", "scenario-anchor", "s.yaml:1:4"),
        ("a: &x 1\nb: *x\n", "scenario-anchor", "s.yaml:1:4"),
        ("a: !!int b\n", "scenario-tag", "s.yaml:1:4"),
        ("a: !!python/name:os.system x\n", "scenario-tag", "s.yaml:1:4"),
        ("{[a]: 1}\n", "scenario-key", "s.yaml:1:2"),
        ("a: [\n", "scenario-not-yaml", "s.yaml:2:1"),
        ("a: 1\n b: 2\n", "scenario-not-yaml", "s.yaml:2:3"),
        ("a: 1\n---\nb: 2\n", "scenario-not-yaml", "s.yaml:2:1"),
        ("a: 1\nb: \x00\n", "scenario-not-yaml", "s.yaml:2:4"),
        ("\ta: 1\n", "scenario-not-yaml", "s.yaml:1:1"),
        ("", "scenario-empty", "s.yaml:1:1"),
        ("# nothing\n", "scenario-empty", "s.yaml:1:1"),
        ("[" * 5000, "scenario-depth", "s.yaml:1:31"),
    ],
    ids=[
        "duplicate key", "anchor", "alias", "tag", "object", "list as key", "not closed", "indented", "two documents",
        "nul", "tab", "empty", "comment", "deep",
    ],
)  # fmt: skip
def test_refuses_what_a_scenario_does_not_use(text: str, reference: str, place: str) -> None:
    """Each mistake is named with its place."""
    with pytest.raises(UsageError) as caught:
        Document("s.yaml", text)

    assert (caught.value.reference, caught.value.place) == (reference, place)


@pytest.mark.parametrize(
    ("content", "reference"),
    [(None, "scenario-unreadable"), (b"a: \xff\n", "scenario-not-utf8")],
    ids=["missing", "not UTF-8"],
)
def test_refuses_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, reference: str) -> None:
    """The file is called by the name that is shown to people."""
    path = tmp_path / "s.yaml"
    _ = content is not None and path.write_bytes(content)

    with pytest.raises(UsageError) as caught:
        read_document(path, shown="shown.yaml")

    assert (caught.value.reference, caught.value.place) == (reference, "shown.yaml")


def _is_decoded_or_refused(text: str) -> bool:
    try:
        decode_scenario(Document("s.yaml", text), name="s")
    except UsageError as error:
        return error.place.startswith("s.yaml:")
    return True


@settings(deadline=None, derandomize=True)
@given(st.text())
@example("scenario: a\nsteps: [install]\nmatrix: {a: [1]}\n? [b]\n")
@example("? ? a")
@example("!<!>")
@example("%YAML 9.9\n---\na")
def test_any_text_is_decoded_or_refused_with_a_place(text: str) -> None:
    """No text breaks the reader; each refusal says where."""
    assert _is_decoded_or_refused(text)


_WORDS = [
    "scenario",
    "matrix",
    "given",
    "steps",
    "expect",
    "machine",
    "install",
    "version",
    "advance",
    "command",
    "show",
    "a.b",
    "",
]
_SCALARS = st.one_of(
    st.sampled_from(["install", "reboot", "$from", "$", "20m", "1.50", "9" * 30, "(", "~", '"', "`x`", "\x85"]),
    st.integers(),
    st.booleans(),
    st.none(),
    st.text(max_size=5),
)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_WORDS), inner, max_size=4)
)


def _flow(value: Any) -> str:
    """Write a value as YAML in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}": {_flow(item)}' for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value).lower().replace("none", "~")


@settings(deadline=None, derandomize=True)
@given(st.dictionaries(st.sampled_from(["source", "tags", "matrix", "given"]), _VALUES), st.lists(_VALUES, max_size=3))
def test_any_tree_is_decoded_or_refused_with_a_place(head: dict[str, Any], steps: list[Any]) -> None:
    """Values of every kind in every place are judged, not stumbled over."""
    assert _is_decoded_or_refused(_flow({"scenario": "a title", **head, "steps": steps}))


@settings(deadline=None, derandomize=True)
@given(st.sampled_from(["install", "advance", "fault", "publish", "service", "connect"]), _VALUES, _VALUES)
def test_any_arguments_are_decoded_or_refused_with_a_place(kind: str, arguments: Any, expect: Any) -> None:
    """A step's arguments and expectations may be anything."""
    assert _is_decoded_or_refused(_flow({"scenario": "a", "steps": [{kind: arguments, "expect": expect}]}))
