"""What a unit allows its processes is compared, setting by setting."""

from __future__ import annotations

import pytest

from harness.laws.unit_rights import changed_rights

UNIT = "/usr/lib/systemd/system/himdsd.service"
OLD = "[Service]\nExecStart=/opt/a\nUser=himds\nNoNewPrivileges=yes\nReadWritePaths=/var/a\nReadWritePaths=/var/b\n"


@pytest.mark.parametrize(
    ("new", "found"),
    [
        (OLD.replace("/opt/a", "/opt/b"), []),
        (OLD.replace("NoNewPrivileges=yes\n", ""), ["NoNewPrivileges: yes -> default"]),
        (OLD.replace("=himds", "=root"), ["User: himds -> root"]),
        (OLD + "AmbientCapabilities=CAP_SYS_ADMIN\n", ["AmbientCapabilities: default -> CAP_SYS_ADMIN"]),
        (OLD + "ReadWritePaths=\n", ["ReadWritePaths: /var/a /var/b -> "]),
        (OLD.replace("ReadWritePaths=/var/b\n", "ReadWritePaths = \\\n  /var/b\n"), []),
        (OLD + "#MemoryMax=1G\nMemoryMax = 2G\n", ["MemoryMax: default -> 2G"]),
    ],
    ids=["another program", "gone", "another user", "new", "emptied", "written otherwise", "a limit"],
)
def test_settings_that_bear_on_rights(new: str, found: list[str]) -> None:
    """Lists add up, an empty value begins anew, and a comment says nothing."""
    assert list(changed_rights(UNIT, OLD, new)) == found


def test_another_file_has_no_such_settings() -> None:
    """As a product's own configuration."""
    assert not list(changed_rights("/etc/azcmagent/agent.conf", OLD, ""))
