"""What a unit allows its processes is compared, setting by setting."""

from __future__ import annotations

import pytest

from harness.laws.unit_rights import changed_rights, lost_care

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


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        ("Restart=always", "Restart=on-failure", ["is restarted less often: Restart=always -> on-failure"]),
        ("Restart=on-failure", "", ["is restarted less often: Restart=on-failure -> no"]),
        ("", "Restart=always", []),
        ("EnvironmentFile=-/etc/default/a", "", ["has no EnvironmentFile=-/etc/default/a any more"]),
        ("WantedBy=a.target b.target", "WantedBy=b.target", ["has no WantedBy=a.target any more"]),
        ("ExecReload=/bin/kill -HUP 1", "ExecReload=/opt/a reload", []),
        ("After=network.target", "After=network-online.target", []),
        ("After=network.target", "", ["has no After=network.target any more"]),
    ],
)
def test_what_a_unit_does_not_do_any_more(before: str, after: str, lost: list[str]) -> None:
    """Who looks after a service; what is new is no loss."""
    assert list(lost_care(UNIT, f"[Service]\n{before}\n", f"[Service]\n{after}\n")) == lost
    assert not list(lost_care("/etc/azcmagent/agent.conf", before, after))
