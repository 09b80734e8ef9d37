"""What a program says of its package's version."""

from __future__ import annotations

import msgspec
import pytest

from harness.laws.version_truth import told_version
from tests.harness.laws.values import PRODUCT

UPSTREAM = msgspec.structs.replace(PRODUCT, version_form="upstream")


@pytest.mark.parametrize(
    ("installed", "whole", "upstream"),
    [
        ("1.68.1.1", "1.68.1.1", "1.68.1.1"),
        ("1.28.02260-755", "1.28.02260.755", "1.28.02260"),
        ("1.5.0-1+b6", "1.5.0.1+b6", "1.5.0"),
        ("1:6.0.14+dfsg-1+b1", "6.0.14+dfsg.1+b1", "6.0.14"),
        ("1:9.2p1-2+deb12u3", "9.2p1.2+deb12u3", "9.2"),
    ],
)
def test_the_form_is_the_products(installed: str, whole: str, upstream: str) -> None:
    """All of it, or the numbers of the upstream version without epoch, revision and letters."""
    assert (told_version(PRODUCT, installed), told_version(UPSTREAM, installed)) == (whole, upstream)
