"""What a unit allows its processes is compared, setting by setting."""

from __future__ import annotations

import pytest

from harness.laws.unit_rights import changed_rights, lost_care, reach_of_unit, whole_units
from tests.harness.laws.values import payload

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
        (OLD.replace("User=", "User=root\nUser="), []),
    ],
    ids=["another program", "gone", "another user", "new", "emptied", "written otherwise", "a limit", "twice"],
)
def test_settings_that_bear_on_rights(new: str, found: list[str]) -> None:
    """Lists add up, of others the last value counts, an empty value begins anew, and a comment says nothing."""
    files = [[payload(UNIT, text=text)] for text in (OLD, new)]

    assert list(changed_rights(*files)) == [(UNIT, change) for change in found]


def test_rights_that_move_into_a_drop_in() -> None:
    """Are as they were; one that a drop-in changes is told of there, and one that it takes away of the unit."""
    drop_in = payload(f"{UNIT}.d/rights.conf", text="[Service]\nNoNewPrivileges=yes\n")
    root = payload(f"{UNIT}.d/user.conf", text="[Service]\nUser=root\n")
    whole, bare = (payload(UNIT, text=text) for text in (OLD, OLD.replace("NoNewPrivileges=yes\n", "")))

    assert not list(changed_rights([whole], [bare, drop_in]))
    assert list(changed_rights([whole], [whole, root])) == [(root.path, "User: himds -> root")]
    assert list(changed_rights([bare, drop_in], [bare])) == [(UNIT, "NoNewPrivileges: yes -> default")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("FailureAction=reboot", [("the whole machine", "FailureAction=reboot")]),
        ("StartLimitAction=poweroff-immediate", [("the whole machine", "StartLimitAction=poweroff-immediate")]),
        ("FailureAction=none", []),
        ("Conflicts=chrony.service himds-old.service", [("units of others", "Conflicts=chrony.service")]),
        ("Conflicts=shutdown.target", []),
        ("Before=multi-user.target shutdown.target", []),
        ("Before=ssh.service", [("units of others", "Before=ssh.service")]),
        ("RequiredBy=ssh.service", [("units of others", "RequiredBy=ssh.service")]),
        ("RequiredBy=multi-user.target himds-old.service", []),
        ("RequiredBy=sysinit.target", [("units of others", "RequiredBy=sysinit.target")]),
    ],
)
def test_what_a_unit_does_to_others(text: str, found: list[tuple[str, str]]) -> None:
    """Whom it stops, who waits for it or fails with it, and what becomes of the machine; the product's own may."""
    assert sorted(reach_of_unit(f"[Unit]\n{text}\n", {"himds-old.service"})) == found


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
        ("After=network.target", "After=a.target\nAfter=", ["has no After=network.target any more"]),
        ("EnvironmentFile=-/x", "EnvironmentFile=/x", []),
        ("EnvironmentFile=/x", 'EnvironmentFile="-/x"', []),
        ("Restart=no\nRestart=always", "Restart=always", []),
        ("Restart=always", "Restart=no\nRestart=always", []),
        ("Restart=always", "Restart=always\nRestart=no", ["is restarted less often: Restart=always -> no"]),
        ("Requires=a.socket", "BindsTo=a.socket", []),
        ("Requires=a.socket", "BindsTo=b.socket", ["has no Requires=a.socket any more"]),
        ("Wants=a.socket", "Requires=a.socket", []),
        ("BindsTo=a.socket", "Requires=a.socket", ["has no BindsTo=a.socket any more"]),
        ("Wants=a.socket\nRequires=b.socket", "Requires=b.socket", ["has no Wants=a.socket any more"]),
        ("RequiredBy=a.target", "WantedBy=a.target", []),
        ("WantedBy=a.target", "RequiredBy=a.target", []),
        ("Type=notify\nExecReload=/bin/kill -HUP $MAINPID", "Type=notify-reload", []),
        ("Type=notify\nExecReload=/bin/kill -HUP $MAINPID", "Type=notify",
         ["has no ExecReload=/bin/kill -HUP $MAINPID any more"]),
        ("TimeoutStopSec=10", "TimeoutStopSec=infinity", ["TimeoutStopSec=infinity: it may never end"]),
        ("TimeoutStopSec=infinity", "TimeoutStopSec=infinity", []),
        ("TimeoutStopSec=10", "TimeoutStopSec=300", []),
        ("Restart=always", "Restart=always\nStartLimitIntervalSec=0",
         ["is started again and again without a pause, for ever, when it fails"]),
        ("Restart=always", "Restart=always\nStartLimitIntervalSec=0\nRestartSec=5", []),
        ("Restart=always", "Restart=always\nStartLimitIntervalSec=60", []),
        ("", "RestartPreventExitStatus=1", ["is not restarted after a failure: RestartPreventExitStatus=1"]),
        ("", "RestartPreventExitStatus=143", []),
        ("", "EnvironmentFile=-/tmp/agent.env", ["runs or reads what anybody may put at /tmp/agent.env"]),
        ("", "ExecStartPre=-+/var/tmp/a b", ["runs or reads what anybody may put at /var/tmp/a"]),
        ("", 'Environment="A=b" "LD_LIBRARY_PATH=/opt/a:/tmp/b"', ["runs or reads what anybody may put at /tmp/b"]),
        ("", "PrivateTmp=yes\nEnvironmentFile=/tmp/agent.env", []),
        ("", "  PrivateTmp=True\nEnvironmentFile=/tmp/agent.env", []),
        ("", "DynamicUser=on\nEnvironmentFile=/tmp/agent.env", []),
        ("", "PrivateTmp=yes\nPrivateTmp=no\nExecStart=/tmp/a", ["runs or reads what anybody may put at /tmp/a"]),
        ("", "PrivateTmp=yes\nExecStart=/dev/shm/a", ["runs or reads what anybody may put at /dev/shm/a"]),
        ("", "Environment=TMPDIR=/tmp HOME=/tmp\nExecStart=/opt/a --to /tmp/b", []),
        ("RandomizedDelaySec=1h", "", ["has no RandomizedDelaySec=1h any more"]),
        ("RandomizedDelaySec=1h", "RandomizedDelaySec=2h", []),
        ("", "ConditionVirtualization=!vm", ["starts only with ConditionVirtualization=!vm"]),
        ("", "ConditionPathExists=/opt/a\nConditionCapability=CAP_NET_RAW", []),
    ],
)  # fmt: skip
def test_what_a_unit_does_not_do_any_more(before: str, after: str, lost: list[str]) -> None:
    """Who looks after a service; what is new is no loss."""
    assert list(lost_care(f"[Service]\n{before}\n", f"[Service]\n{after}\n")) == lost


def test_the_files_of_a_unit() -> None:
    """What is below /etc hides what is elsewhere, drop-ins have an order, and half of a unit is none."""
    etc, lib = "/etc/systemd/system", "/lib/systemd/system"
    hidden = payload(f"{lib}/a.service", text="hidden")
    unit, first, last = (
        payload(path, text="x")
        for path in (f"{etc}/a.service", f"{lib}/a.service.d/1.conf", f"{etc}/a.service.d/2.conf")
    )
    timer = payload(f"{lib}/a.timer", text="x")
    others = (
        payload("/etc/azcmagent/agent.conf", text="x"),
        payload(f"{lib}/ssh.service.d/a.conf", text="x"),
        payload(f"{lib}/unread.service"),
        payload(f"{lib}/half.service", text="x"),
        payload(f"{lib}/half.service.d/link.conf", kind="l"),
    )

    assert whole_units((*others, last, first, unit, hidden, timer)) == {
        "a.service": [unit, first, last],
        "a.timer": [timer],
    }


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("", "StandardError=null", ["what it says is lost: StandardError=null"]),
        ("StandardOutput=null", "StandardOutput=null", []),
        ("", "StandardOutput=journal", []),
        ("", "KillSignal=SIGKILL", ["is killed and cannot end in order: KillSignal=SIGKILL"]),
        ("", "KillSignal=SIGINT\nTimeoutStopSec=20s", []),
        ("", "TimeoutStopSec=1", ["is killed a second after it was told to end"]),
        ("", "Type=oneshot\nRemainAfterExit=yes", []),
        ("", "Type=forking\nRemainAfterExit=yes", ["counts as running when its program has ended: RemainAfterExit"]),
        ("", "RefuseManualStop=yes", ["is no administrator's to start and stop: RefuseManualStop"]),
        ("", "SuccessExitStatus=143 SIGTERM", []),
        ("", "SuccessExitStatus=143 1", ["is not restarted after a failure: SuccessExitStatus=1"]),
        ("", "TimeoutStartSec=0", ["TimeoutStartSec=0: it may never end"]),
        ("OnFailure=tell@%n.service", "", ["has no OnFailure=tell@%n.service any more"]),
    ],
)
def test_manners_that_nobody_expects(before: str, after: str, told: list[str]) -> None:
    """A service that is silent, killed at once, or up without a program, where the previous release's was not."""
    assert list(lost_care(f"[Service]\n{before}\n", f"[Service]\n{after}\n")) == told
