"""Product files: what they may leave out, what is different in another format, and mistakes in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.model.product import Product, load_product
from harness.products import DEFAULT_PRODUCT


def _write(folder: Path, text: str) -> Path:
    path = folder / "product.toml"
    path.write_text(text)
    return path


def test_a_product_may_be_a_name_alone(tmp_path: Path) -> None:
    """It has no services and no cloud."""
    product = load_product(_write(tmp_path, 'package = "cowsay"\n'))

    assert product == Product(package="cowsay")
    assert not product.has_cloud


@pytest.mark.parametrize("path", sorted(DEFAULT_PRODUCT.parent.glob("*.toml")), ids=lambda path: path.stem)
def test_the_products_here_are_sound(path: Path) -> None:
    """Each is called like its package; the agent of Azure alone has a cloud."""
    product = load_product(path)

    assert product.package == path.stem
    assert product.has_cloud is (path == DEFAULT_PRODUCT)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("", "product-file"),
        ('package = "a"\nheartbeat_port = 1', "product-file"),
        ('package = "a"\nversion_form = "half"', "product-file"),
        ('package = "a"\nheartbeat_unit = "a"\nshow_command = ["a"]', "product-unit"),
        ('package = "a"\nunits = ["a"]\n[answers]\nb = 80', "product-unit"),
        ('package = "a"\nunits = ["a"]\nheartbeat_unit = "a"', "product-cloud"),
        ('package = "a"\nshow_command = ["a"]', "product-cloud"),
        ('package = "a"\nversion_command = ["a"]', "product-cli"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, reference: str) -> None:
    """With the file and what to do."""
    path = _write(tmp_path, text)

    with pytest.raises(UsageError) as caught:
        load_product(path)

    assert (caught.value.reference, caught.value.place) == (reference, str(path))


def test_a_format_has_its_own_names_and_shares_the_rest() -> None:
    """Windows' services and product name; the hosts that may be asked are the same but for the links to downloads."""
    product = load_product(DEFAULT_PRODUCT)
    on_windows = product.packed_as("msi")

    assert (product.package, on_windows.package) == ("azcmagent", "Azure Connected Machine Agent")
    assert "himds" in on_windows.units
    assert (product.listed_as, on_windows.listed_as) == ("azcmagent", "Azure-Connected-Machine-Agent")
    assert on_windows.allowed_hosts == ("aka.ms", *product.allowed_hosts)


def test_a_format_that_is_not_named_has_the_products_own() -> None:
    """Most formats differ in nothing."""
    product = load_product(DEFAULT_PRODUCT)

    assert product.packed_as("deb") is product is product.packed_as("rpm")


@pytest.mark.parametrize("mistake", ['unit = ["himds"]', "units = 3"], ids=["unknown", "type"])
def test_a_mistake_in_a_format_is_told_at_once(tmp_path: Path, mistake: str) -> None:
    """Whatever is installed: it is one of the file."""
    path = tmp_path / "mine.toml"
    whole, _, _ = DEFAULT_PRODUCT.read_text().partition("[formats.msi]")
    path.write_text(f"{whole}[formats.msi]\n{mistake}\n")

    with pytest.raises(UsageError, match=str(path)):
        load_product(path)
