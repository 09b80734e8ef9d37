"""Find scenario files and load them, all mistakes of all files at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from harness.errors import UsageError
from harness.model.scenario import Scenario
from harness.scenario.decode import decode_scenario
from harness.scenario.document import read_document

SUFFIX = ".yaml"


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Give the scenario files of these files and folders, sorted, each once.

    Raises: UsageError for a path that does not exist, is no scenario file, or holds none.
    """
    found: dict[Path, Path] = {}  # by the real path: one file may be given twice, in two ways
    for path in paths:
        if path.is_dir():
            files = sorted(path.rglob(f"*{SUFFIX}"))
            if not files:
                raise UsageError("scenario-none", f"no scenario file (*{SUFFIX}) is below it.", place=str(path))
            for file in files:
                found.setdefault(file.resolve(), file)
        elif path.is_file() and path.suffix == SUFFIX:
            found.setdefault(path.resolve(), path)
        elif path.exists():
            raise UsageError("scenario-suffix", f"a scenario file ends in '{SUFFIX}'.", place=str(path))
        else:
            raise UsageError("scenario-missing", "this path does not exist.", place=str(path))
    return list(found.values())


def scenario_name(path: Path) -> str:
    """Give a scenario's name: the path below the nearest folder called `scenarios`, without suffix.

    Outside such a folder it is the file's own name.
    """
    parts = path.resolve().with_suffix("").parts
    if "scenarios" in parts[:-1]:
        last = len(parts) - 1 - parts[::-1].index("scenarios")
        return "/".join(parts[last + 1 :])
    return path.stem


def load_scenario(path: Path) -> Scenario:
    """Read and decode one file. Raises: UsageError with the place of the mistake."""
    try:
        shown = str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        shown = str(path)
    return decode_scenario(read_document(path, shown=shown), name=scenario_name(path))


def load_scenarios(paths: Iterable[Path]) -> list[Scenario]:
    """Load all files. Raises: one UsageError that lists the first mistake of every wrong file."""
    scenarios: list[Scenario] = []
    mistakes: list[UsageError] = []
    for path in find_files(paths):
        try:
            scenarios.append(load_scenario(path))
        except UsageError as error:
            mistakes.append(error)
    if len(mistakes) == 1:
        raise mistakes[0]
    if mistakes:
        listed = "\n".join(str(mistake) for mistake in mistakes)
        raise UsageError("scenarios-wrong", f"{len(mistakes)} scenario files have mistakes.\n{listed}")
    return scenarios
