"""What a product file says of another format of its package."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.model.product import load_product
from harness.products import DEFAULT_PRODUCT


def test_a_format_has_its_own_names_and_shares_the_rest() -> None:
    """Windows' services and product name; the hosts that may be asked are the same."""
    product = load_product(DEFAULT_PRODUCT)
    on_windows = product.packed_as("msi")

    assert (product.package, on_windows.package) == ("azcmagent", "Azure Connected Machine Agent")
    assert "himds" in on_windows.units
    assert on_windows.allowed_hosts == product.allowed_hosts


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
