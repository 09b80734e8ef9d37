"""Find distros: each folder of `distro-images/` with a `distro.toml`."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from harness.errors import UsageError
from harness.model.distro import Distro

_CHECKOUT = Path(__file__).resolve().parent.parent
_WHEEL = Path(__file__).resolve().parent / "data"
FACTS = "distro.toml"


def data_folder(name: str) -> Path:
    """Give a data folder of the checkout, or of the installed wheel."""
    checkout = _CHECKOUT / name
    return checkout if checkout.is_dir() else _WHEEL / name


def scenario_library() -> Path:
    """Give the folder of the scenario library."""
    return data_folder("scenarios")


def windows_scenarios() -> Path:
    """Give the folder of the scenarios for Windows, which run only when they are named."""
    return data_folder("scenarios-windows")


def load_distros(folder: Path | None = None) -> dict[str, Distro]:
    """Load all distros, by id, sorted. Raises: UsageError with the mistake of a `distro.toml`."""
    distros: dict[str, Distro] = {}
    for path in sorted((folder or data_folder("distro-images")).glob(f"*/{FACTS}")):
        distro = read_distro(path)
        if distro.id != path.parent.name:
            raise UsageError("distro-id", f"the id '{distro.id}' is not the folder's name.", place=str(path))
        distros[distro.id] = distro
    return distros


def read_distro(path: Path) -> Distro:
    """Read one `distro.toml`. Raises: UsageError with its mistake."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Distro)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError("distro-facts", f"{error}.", place=str(path)) from error


def select_distros(distros: dict[str, Distro], names: Iterable[str], *, place: str = "") -> list[Distro]:
    """Give the distros that these ids, families and sets mean, each once, in the order of `distros`.

    Family names mean the distros of the family that are in the set `default`.
    Raises: UsageError for an unknown name, with what may have been meant.
    """
    chosen: set[str] = set()
    for name in names:
        found = {d.id for d in distros.values() if name == d.id or name in d.sets}
        found = found or {d.id for d in distros.values() if name == d.family and "default" in d.sets}
        if not found:
            known = [*distros, *sorted({s for d in distros.values() for s in d.sets}), "apt", "yum", "zypper"]
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"Known: {', '.join(dict.fromkeys(known))}."
            raise UsageError("distro-unknown", f"there is no distro, family or set '{name}'.", place=place, hint=hint)
        chosen |= found
    return [distro for distro in distros.values() if distro.id in chosen]
