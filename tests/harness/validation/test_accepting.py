"""A defect is accepted by its law and its own words, with a reason; a mistake in the list is refused with its place."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from harness.errors import UsageError
from harness.model.validation import Defect
from harness.validation.accepting import accept, load_accepted

DEFECT = Defect("within-budget", "package", "debian-12", "deb", "it grows", (), None, accepted=False)
ENTRY = '[[accept]]\nlaw = "within-budget"\nsummary = "it grows"\nreason = "a runtime more"\n'


def _load(folder: Path, text: str) -> tuple[object, ...]:
    path = folder / "accept.toml"
    path.write_text(text)
    return load_accepted(path, ("within-budget",))


@pytest.mark.parametrize(
    ("extra", "change", "is_accepted"),
    [
        ("", {}, True), ('format = "deb"', {}, True), ('format = "rpm"', {}, False),
        ("", {"summary": "it grows more"}, False), ("", {"law": "ends-clean"}, False),
    ],
)  # fmt: skip
def test_accept(extra: str, change: dict[str, str], is_accepted: bool, tmp_path: Path) -> None:
    """What has changed since it was accepted is told again."""
    path = tmp_path / "accept.toml"
    path.write_text(ENTRY + extra)
    judged = accept(msgspec.structs.replace(DEFECT, **change), load_accepted(path, ("within-budget",)))

    assert (judged.accepted, judged.reason) == ((True, "a runtime more") if is_accepted else (False, ""))


@pytest.mark.parametrize(
    "text",
    ["accept = 1", '[[accept]]\nlaw = "within-budget"\nsummary = "x"\n', ENTRY.replace('"a runtime more"', '""'),
     ENTRY.replace("within-budget", "no-law"), ENTRY + "until = 3\n", "=",],
    ids=["shape", "no reason", "empty reason", "no law", "unknown key", "no TOML"],
)  # fmt: skip
def test_a_wrong_list_is_refused(text: str, tmp_path: Path) -> None:
    """With the file's name, before anything runs."""
    with pytest.raises(UsageError, match=r"list of accepted|no law 'no-law'") as caught:
        _load(tmp_path, text)

    assert caught.value.place == str(tmp_path / "accept.toml")
