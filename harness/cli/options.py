"""What several commands share: settings, the console for progress, and how options are read."""

from __future__ import annotations

import os
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from harness.errors import UsageError
from harness.settings import Settings

#: Progress goes to the error stream, so that what a command prints can be piped.
CONSOLE = Console(stderr=True)
Commas = Annotated[str, Parameter(negative=())]
EXIT_INTERRUPTED = 130


def current_settings() -> Settings:
    """The settings of this process's environment."""
    return Settings.from_environment(dict(os.environ))


def listed(text: str) -> tuple[str, ...]:
    """The parts of a text that commas separate."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def workers_of(text: str) -> int:
    """How many cases at once, from the word for it; `UsageError` where it is neither 'auto' nor 1 to 64."""
    if text == "auto":
        return max(1, min(4, 2 * (os.cpu_count() or 1)))
    if not text.isdigit() or not 1 <= int(text) <= 64:
        raise UsageError("workers", f"'-n {text}' is neither 'auto' nor a number from 1 to 64.")
    return int(text)
