"""The lifecycles: rows of steps that every release has to survive, written for any product."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.environments import find_environment
from harness.model.product import Product

_FOLDER = Path(__file__).with_name("lifecycles")
_SUFFIX = ".j2"
_HOSTILE = "environment.yaml.j2"  # rendered for each environment
_CRASH = "crash.yaml.j2"  # rendered for each way and each place
_BOUNDARIES = ("download", "preinst", "unpack", "postinst")


def crashes_of(product: Product) -> tuple[tuple[str, str], ...]:
    """Give (by, at) of each way in which the installation of a product can come to grief."""
    boundaries = (*_BOUNDARIES, *(["service"] if product.units else []))
    struck = [(by, at) for by in ("kill", "power") for at in boundaries]
    apart = any(program.startswith("/opt/") for program in product.programs)  # a folder that may be full alone
    return (*struck, ("lock", "download"), ("full-disk", "download"), *([("full-disk", "unpack")] if apart else []))


def write_lifecycles(
    product: Product, environments: Iterable[str], folder: Path, *, with_crashes: bool = False
) -> None:
    """Write the lifecycles as scenario files for a product, with one for each of these environments.

    `with_crashes` adds one for each way in which an installation comes to grief.
    """
    folder.mkdir(parents=True)
    templates = Environment(loader=FileSystemLoader(_FOLDER), undefined=StrictUndefined, autoescape=False)  # noqa: S701 - YAML
    for path in sorted(_FOLDER.glob(f"*{_SUFFIX}")):
        if path.name not in (_HOSTILE, _CRASH):
            text = templates.get_template(path.name).render(product=product)
            (folder / path.name.removesuffix(_SUFFIX)).write_text(text + "\n", encoding="utf-8")
    for by, at in crashes_of(product) if with_crashes else ():
        text = templates.get_template(_CRASH).render(by=by, at=at)
        (folder / f"crash-{by}-{at}.yaml").write_text(text + "\n", encoding="utf-8")
    for word in environments:
        text = templates.get_template(_HOSTILE).render(word=word, environment=find_environment(word))
        (folder / f"environment-{word}.yaml").write_text(text + "\n", encoding="utf-8")
