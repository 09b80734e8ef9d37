"""What holds for every test."""

from __future__ import annotations

import gc
import subprocess
from typing import Any, NoReturn

import pytest
from hypothesis import settings

settings.register_profile("arclab", deadline=None, derandomize=True, database=None, max_examples=80)
settings.register_profile("quick", settings.get_profile("arclab"), max_examples=20)
settings.load_profile("arclab")

gc.disable()  # nothing that collection makes is garbage
_POPEN = subprocess.Popen
_MAY_START_PROCESSES = ("process", "engine")


def pytest_collection_finish() -> None:
    """Take what collection has made out of the garbage collector's sight: it lives to the end, and is much."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse processes, to a test's fixtures too, unless its mark says that it starts some."""
    marked = any(item.get_closest_marker(name) for name in _MAY_START_PROCESSES)
    subprocess.Popen = _POPEN if marked else _refuse  # type: ignore[assignment, misc]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown() -> None:
    """Let what other tests have shared end its processes, whichever test is the last."""
    subprocess.Popen = _POPEN  # type: ignore[misc]


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise AssertionError("a test that starts a process needs the mark 'process'; 'make test-unit' leaves it out")
