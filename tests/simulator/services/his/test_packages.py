"""What the service has to download."""

from __future__ import annotations

import pytest

from tests.simulator.services.his.asking import (
    HIS,
    Send,
)


@pytest.mark.parametrize(("method", "expected"), [("GET", 200), ("HEAD", 200), ("POST", 501)])
def test_the_linux_installer_is_served(send: Send, method: str, expected: int) -> None:
    """As a shell script, whole."""
    answer = send(method, "https://gbl.his.arc.azure.com/azcmagent-linux")

    assert answer.status_code == expected
    if method == "GET":
        assert answer.text.startswith("#!/bin/bash\n")
        assert len(answer.content) == int(answer.headers["content-length"])


def test_extension_packages_are_served(send: Send) -> None:
    """The package of an extension is a zip at its recorded path."""
    stem = "microsoft.azure.extensions__customscript"
    answer = send("GET", f"{HIS}/extensions/extensionpackages/{stem}/{stem}__2.1.10.zip")

    assert (answer.status_code, answer.content[:2], answer.headers["content-type"]) == (200, b"PK", "application/zip")


@pytest.mark.parametrize(
    "name", ["none.zip", "../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "", "/etc/passwd", "%00", "x" * 300]
)
def test_nothing_else_is_served(send: Send, name: str) -> None:
    """No path leads out of the folder of packages."""
    assert send("GET", f"{HIS}/extensions/extensionpackages/{name}").status_code in (404, 501)
