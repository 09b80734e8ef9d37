"""Environments: what may be hostile about a machine, a TOML file and one word each. docs/environments.md explains them.

`given: {environment: WORD}` puts a scenario into one; `arclab validate` takes packages through each.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2
import msgspec

from harness.errors import UsageError
from harness.model.environment import Environment, Seat
from harness.model.product import Product

_FOLDER = Path(__file__).parent
_NO_ACCOUNTS, _NO_CLOUD = "the product has none", "the product knows no cloud"
WORDS: tuple[str, ...] = tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def find_environment(word: str) -> Environment:
    """Give an environment by its word, its templates as they stand. Raises: UsageError when there is none."""
    if word not in WORDS:
        raise UsageError("environment-unknown", f"there is no environment '{word}'.",
                         hint=f"Environments: {', '.join(WORDS)}.")  # fmt: skip
    return _read(word)


@functools.cache
def _read(word: str) -> Environment:
    text = (_FOLDER / f"{word}.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Environment)


def for_product(word: str, product: Product) -> Environment:
    """Give an environment with its templates filled in. Raises: UsageError when there is none."""
    found = find_environment(word)
    return msgspec.structs.replace(
        found, set_up=_filled(found.set_up, product), at_boot=_filled(found.at_boot, product),
        check=_filled(found.check, product),
        seat=msgspec.convert(_filled(msgspec.to_builtins(found.seat), product), Seat),
    )  # fmt: skip


def _filled(value: Any, product: Product) -> Any:
    if isinstance(value, str):
        return jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(value).render(product=product)  # noqa: S701 - shell
    if isinstance(value, dict):
        return {key: _filled(item, product) for key, item in value.items()}
    return [_filled(item, product) for item in value] if isinstance(value, (list, tuple)) else value


def choose_environments(
    asked: Iterable[str], product: Product, *, quick: bool
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Give the environments of a validation, and those left out with the product's reason.

    Those that were asked for are all in; else the gate chooses among what the product supports.
    Raises: UsageError for a word that is not there, here or in the product file, or that means nothing for the product.
    """
    words = tuple(dict.fromkeys(asked))
    for word in (*words, *product.unsupported):
        found = find_environment(word)
        if word in words and found.needs_accounts and not product.accounts:
            raise UsageError("environment-empty", f"the environment '{word}' is about accounts, and {_NO_ACCOUNTS}.",
                             hint="The product file's 'accounts' name them.")  # fmt: skip
        if word in words and found.needs_cloud and not product.has_cloud:
            raise UsageError("environment-empty", f"the environment '{word}' is about a cloud, and {_NO_CLOUD}.",
                             hint="The product file's 'heartbeat_unit' and 'show_command' say how.")  # fmt: skip
    if words:
        return words, {}
    chosen = [word for word in WORDS if _read(word).quick or not quick]
    empty = {word: _NO_ACCOUNTS for word in chosen if _read(word).needs_accounts and not product.accounts}
    empty |= {word: _NO_CLOUD for word in chosen if _read(word).needs_cloud and not product.has_cloud}
    skipped = empty | {word: product.unsupported[word] for word in chosen if word in product.unsupported}
    return tuple(word for word in chosen if word not in skipped), skipped
