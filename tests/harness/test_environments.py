"""Environments are files; each can be read, filled in, explained and chosen."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from harness.environments import WORDS, choose_environments, find_environment, for_product
from harness.errors import UsageError
from harness.model.product import load_product
from harness.products import DEFAULT_PRODUCT

PRODUCT = load_product(DEFAULT_PRODUCT)
BARE = msgspec.structs.replace(PRODUCT, accounts=("one",), groups=(), leftovers=())


@pytest.mark.parametrize("word", WORDS)
def test_templates_are_filled_in(word: str) -> None:
    """Nothing of a template is left, also for a product that has next to nothing."""
    for product in (PRODUCT, BARE):
        found = for_product(word, product)
        assert "{" + "{" not in f"{found.set_up}{found.at_boot}{found.check}{found.seat}"
        assert found.check


@pytest.mark.process
@pytest.mark.parametrize("word", WORDS)
def test_scripts_are_shell(word: str) -> None:
    """All scripts have no mistake of syntax."""
    found = for_product(word, PRODUCT)
    for script in (found.set_up, found.at_boot, found.check):
        assert subprocess.run([shutil.which("bash") or "bash", "-n", "-c", script], check=False).returncode == 0


def test_each_is_explained() -> None:
    """docs/environments.md has a row for each, in the words of its file."""
    text = (Path(__file__).parents[2] / "docs" / "environments.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| `")]

    assert rows == [f"| `{word}` | {find_environment(word).title}. {find_environment(word).why} |" for word in WORDS]


def test_a_product_without_accounts_has_no_environment_about_them() -> None:
    """They are left out with the reason, and refused where somebody asks for one."""
    product = msgspec.structs.replace(PRODUCT, accounts=(), groups=(), unsupported={})
    chosen, skipped = choose_environments((), product, quick=False)

    assert (set(skipped), set(skipped) & set(chosen)) == ({"group-taken", "uid-taken"}, set())
    with pytest.raises(UsageError, match="'uid-taken' is about accounts"):
        choose_environments(("uid-taken",), product, quick=True)


def test_the_gate_chooses() -> None:
    """A full validation takes all that the product supports, a quick one few; what is left out has its reason."""
    product = msgspec.structs.replace(PRODUCT, unsupported={"umask-077": "it is not made for it"})
    full, skipped = choose_environments((), product, quick=False)
    quick, _ = choose_environments((), PRODUCT, quick=True)

    assert (set(full), skipped) == (set(WORDS) - {"umask-077"}, {"umask-077": "it is not made for it"})
    assert "umask-077" in quick
    assert len(quick) <= 3


def test_who_asks_gets_it() -> None:
    """Words that were asked for are all in, once each, supported or not."""
    product = msgspec.structs.replace(PRODUCT, unsupported={"no-tty": "it asks questions"})

    assert choose_environments(("no-tty", "uid-taken", "no-tty"), product, quick=True) == (("no-tty", "uid-taken"), {})


@pytest.mark.parametrize("asked", [("no-such",), ()])
def test_an_unknown_word_is_refused(asked: tuple[str, ...]) -> None:
    """On the command line and in a product file, with the words that there are."""
    product = msgspec.structs.replace(PRODUCT, unsupported={"no-such-either": "why"})
    with pytest.raises(UsageError, match="environment-unknown") as refused:
        choose_environments(asked, product, quick=False)

    assert "umask-077" in str(refused.value)


def test_a_product_without_a_cloud_has_no_environment_about_one() -> None:
    """It is left out with the reason, and refused where somebody asks for it."""
    product = msgspec.structs.replace(PRODUCT, heartbeat_unit="", show_command=(), unsupported={})
    chosen, skipped = choose_environments((), product, quick=False)

    assert (set(skipped), "cloned-id" in chosen) == ({"cloned-id"}, False)
    with pytest.raises(UsageError, match="'cloned-id' is about a cloud"):
        choose_environments(("cloned-id",), product, quick=True)
