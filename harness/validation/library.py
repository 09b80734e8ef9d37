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


def write_lifecycles(product: Product, environments: Iterable[str], folder: Path) -> None:
    """Write the lifecycles as scenario files for a product, with one for each of these environments."""
    folder.mkdir(parents=True)
    templates = Environment(loader=FileSystemLoader(_FOLDER), undefined=StrictUndefined, autoescape=False)  # noqa: S701 - YAML
    for path in sorted(_FOLDER.glob(f"*{_SUFFIX}")):
        if path.name != _HOSTILE:
            text = templates.get_template(path.name).render(product=product)
            (folder / path.name.removesuffix(_SUFFIX)).write_text(text + "\n", encoding="utf-8")
    for word in environments:
        text = templates.get_template(_HOSTILE).render(word=word, environment=find_environment(word))
        (folder / f"environment-{word}.yaml").write_text(text + "\n", encoding="utf-8")
