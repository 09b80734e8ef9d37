"""What is compared: packages with a product file, and nothing is started for another."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from harness.errors import UsageError
from harness.piuparts.comparing import compare, known_packages
from harness.settings import Settings


def test_the_packages_are_those_with_a_product_file() -> None:
    """Agents of Debian's archive; Microsoft's is not there."""
    known = known_packages()

    assert {"dropbear", "nagios-nrpe-server", "prometheus-node-exporter", "zabbix-agent"} <= {*known}
    assert "azcmagent" not in known


@pytest.mark.parametrize("package", ["azcmagent", "openssh-server", "../dropbear"])
def test_another_package_is_refused_before_anything_is_made(tmp_path: Path, package: str) -> None:
    """Without a product file the gate does not know what the package may do."""
    folder = tmp_path / "kept"
    with pytest.raises(UsageError) as error:
        compare(["dropbear", package], folder, Settings(tmp_path / "state"), Console(quiet=True))

    assert (error.value.reference, "zabbix-agent" in error.value.hint, folder.exists()) == (
        "compared-package", True, False,
    )  # fmt: skip
