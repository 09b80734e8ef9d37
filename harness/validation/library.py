"""The lifecycles: rows of steps that every release has to survive, written for any product."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.model.product import Product

_FOLDER = Path(__file__).with_name("lifecycles")
_SUFFIX = ".j2"


def write_lifecycles(product: Product, folder: Path) -> None:
    """Write the lifecycles as scenario files for a product."""
    folder.mkdir(parents=True)
    templates = Environment(loader=FileSystemLoader(_FOLDER), undefined=StrictUndefined, autoescape=False)  # noqa: S701 - YAML
    for path in sorted(_FOLDER.glob(f"*{_SUFFIX}")):
        text = templates.get_template(path.name).render(product=product)
        (folder / path.name.removesuffix(_SUFFIX)).write_text(text + "\n", encoding="utf-8")
