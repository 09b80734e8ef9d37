"""Reading a layer in which a machine goes on writing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from harness.substrate.layer import Layer, read_layer


class _Meanwhile:
    """Leaves nothing out; what matches is removed right after it was listed, as by a machine that goes on."""

    def __init__(self, upper: Path, name: str, remove: Callable[[Path], None]) -> None:
        self._upper, self._name, self._remove = upper, name, remove

    def fullmatch(self, path: str) -> None:
        if path == self._name:
            self._remove(self._upper / path.lstrip("/"))


def _replace(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("a file now")


@pytest.mark.parametrize(
    ("name", "remove", "left"),
    [
        ("/var/state.tmp", Path.unlink, ["/var", "/var/folder", "/var/folder/file"]),
        ("/var/folder", shutil.rmtree, ["/var", "/var/state.tmp"]),
        ("/var/folder", _replace, ["/var", "/var/folder", "/var/state.tmp"]),
        ("/var/folder/file", lambda path: _replace(path.parent), ["/var", "/var/folder", "/var/state.tmp"]),
    ],
)
def test_what_goes_while_a_layer_is_read_is_as_if_it_never_was(
    tmp_path: Path, name: str, remove: Callable[[Path], None], left: list[str]
) -> None:
    """An agent that replaces its state by renaming breaks no look."""
    (tmp_path / "var/folder").mkdir(parents=True)
    (tmp_path / "var/folder/file").write_text("1")
    (tmp_path / "var/state.tmp").write_text("1")
    left_out = cast("re.Pattern[str]", _Meanwhile(tmp_path, name, remove))

    assert sorted(read_layer(Layer(str(tmp_path), ()), left_out)) == left
