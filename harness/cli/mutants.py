"""The commands about packages with seeded defects."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from harness.cli.options import CONSOLE, Commas, current_settings, listed, workers_of
from harness.model.product import load_product
from harness.mutants.building import build_mutants
from harness.mutants.catalogue import load_mutants
from harness.mutants.fate import print_score
from harness.mutants.scoring import score
from harness.products import DEFAULT_PRODUCT
from harness.progress import PlainProgress
from harness.repository import ensure_readable
from harness.validation import gate


def mutants_list(*, product: Path = DEFAULT_PRODUCT) -> None:
    """List the defects that can be seeded.

    Parameters
    ----------
    product
        The product file.
    """
    for name, mutant in load_mutants(load_product(product)).items():
        formats = ",".join(
            kind for kind, seed in (("deb", mutant.deb), ("rpm", mutant.rpm), ("msi", mutant.msi)) if seed
        )
        print(f"{name:30} {mutant.family:5} {formats:8} {mutant.title} ({mutant.origin})")  # noqa: T201


def mutants_build(
    *packages: Path,
    out: Path,
    mutant: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    product: Path = DEFAULT_PRODUCT,
) -> int:
    """Pack your packages again: with each defect, and once without. Exit 2 when a defect cannot be packed into them.

    Parameters
    ----------
    packages
        A .deb, an .rpm, an .msi, or several of these.
    out
        The folder for them: one folder for each defect, and `clean`.
    mutant
        Only these; may be given several times.
    product
        The product file.
    """
    known = load_product(product)
    ensure_readable(packages, PlainProgress(CONSOLE))
    built = build_mutants(packages, known, load_mutants(known, mutant), out)
    for row in built:
        print(f"{row.mutant:30} {row.format} {row.path or row.problem}")  # noqa: T201
    return 0 if all(row.path for row in built) else 2


def mutants_score(
    *packages: Path,
    report: Path,
    previous: Annotated[tuple[Path, ...], Parameter(negative=())] = (),
    mutant: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    product: Path = DEFAULT_PRODUCT,
    k: Annotated[str, Parameter(name="-k")] = "",
    n: Annotated[str, Parameter(name="-n")] = "auto",
    distro: Commas = "",
    aimed: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Run the gate on each defect and on the clean twin, and count what it catches.

    Exit 0 when all are killed for the right reason, 1 for a miss or an alarm, 2 when some could not be told.

    Parameters
    ----------
    packages
        A clean .deb, .rpm or .msi, or several of these.
    report
        The folder for score.json and the report of each run.
    previous
        The last release, to upgrade from.
    mutant
        Only these; may be given several times.
    product
        The product file.
    k
        Only lifecycles whose id matches this pytest expression.
    n
        How many cases at once.
    distro
        Only these distros, families or sets; default: one for each format.
    aimed
        Run for each defect only the lifecycles and scenarios that are to show it, and the clean twin in those.
    """
    asked = gate.Gate(
        packages, previous, product, quick=True, workers=workers_of(n), distros=listed(distro), expression=k
    )
    total = score(asked, current_settings(), CONSOLE, mutant, report, aimed=aimed)
    print_score(total, Console())
    return total.exit_code
