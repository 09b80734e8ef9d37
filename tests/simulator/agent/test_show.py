"""`azcmagent show`: its status, its order, its layout."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytestmark = pytest.mark.process

Import = Callable[[str], ModuleType]
Run = Callable[..., tuple[int, str]]
CONNECTED = {"resourceId": "/subscriptions/s/machines/box-1", "resourceName": "box-1", "tenantId": "t"}
# Source: `azcmagent show` of 1.58 on Linux; what only newer or other machines show is left out.
ORDER_1_58 = [
    "Resource Name", "Resource Group Name", "Resource Namespace", "Resource Id", "Subscription ID", "Tenant ID",
    "VM ID", "Correlation ID", "VM UUID", "Location", "Cloud", "Agent Version", "Agent Logfile", "Agent Status",
    "Agent Last Heartbeat", "Agent Error Code", "Agent Error Details", "Agent Error Timestamp", "Using HTTPS Proxy",
    "Proxy Bypass List", "Upstream Proxy", "Gateway URL", "Cloud Provider", "Cloud Metadata", "Manufacturer", "Model",
    "MSSQL Server Detected", "MySQL Server Detected", "PGSQL Server Detected", "Dependent Service Status",
    "  Agent Service (himdsd)", "  Azure Arc Proxy (arcproxyd)", "  Extension Service (extd)", "  GC Service (gcad)",
    "Portal Page", "Disabled Features",
]  # fmt: skip


@pytest.mark.parametrize(
    ("agent", "state", "knows_expired", "expected"),
    [
        ({}, {}, True, "Disconnected"),
        ({}, {"lastHeartbeatEpoch": 1000}, True, "Disconnected"),
        (CONNECTED, {}, True, "Disconnected"),
        (CONNECTED, {"lastHeartbeatEpoch": 1000}, True, "Connected"),
        (CONNECTED, {"lastHeartbeatEpoch": 101}, True, "Connected"),
        (CONNECTED, {"lastHeartbeatEpoch": 100}, True, "Disconnected"),
        (CONNECTED, {"lastHeartbeatEpoch": 1000, "expired": True}, True, "Expired"),
        (CONNECTED, {"lastHeartbeatEpoch": 1000, "expired": True}, False, "Disconnected"),
    ],
    ids=["never", "left over", "no heartbeat yet", "now", "899 s", "900 s", "expired", "expired, before 1.32"],
)
def test_status(agent_module: Import, agent: Any, state: Any, knows_expired: bool, expected: str) -> None:
    """The agent calls itself what Azure calls it, from the same moment on."""
    assert agent_module("commands.show").status_of(agent, state, 1000, knows_expired) == expected


@pytest.mark.usefixtures("as_user")
def test_order_and_layout(run_command: Run) -> None:
    """Labels come in the real order, padded to column 40; group headers have no colon."""
    status, out = run_command("show")
    lines = out.splitlines()

    assert status == 0
    assert [line[:40].strip() if ": " in line[38:] else line for line in lines] == [
        label.strip() for label in ORDER_1_58
    ]
    assert {line.index(":") for line in lines if ":" in line} == {40}
    assert [line for line in lines if ":" not in line] == ["Cloud Metadata", "Dependent Service Status"]


@pytest.mark.usefixtures("as_user")
def test_an_unconnected_agent_prints_blanks(run_command: Run) -> None:
    """What is not known yet is blank, never a word for nothing."""
    _, out = run_command("show")

    assert "Resource Id                             : \n" in out
    assert "None" not in out
    assert "<nil>" not in out


@pytest.mark.usefixtures("as_user")
@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Agent Status"], {"status": "Disconnected"}),
        (["status", "RESOURCEID"], {"resourceId": "", "status": "Disconnected"}),
        (["nothing"], {}),
    ],
)
def test_filters(run_command: Run, names: list[str], expected: dict[str, str]) -> None:
    """A property is named by label or by JSON key, in any case."""
    _, out = run_command("show", "-j", *names)

    assert json.loads(out) == expected


@pytest.mark.usefixtures("as_user")
def test_json_has_the_keys_that_scripts_read(run_command: Run) -> None:
    """Every key that published scripts look for is there."""
    _, out = run_command("show", "--json")
    keys = {
        "status", "resourceId", "resourceName", "resourceGroup", "subscriptionId", "tenantId", "location", "vmId",
        "lastHeartbeat", "agentVersion", "httpsProxy", "upstreamProxy", "gatewayUrl",
    }  # fmt: skip

    assert keys <= json.loads(out).keys()


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize(
    ("release", "label", "expected"),
    [
        ("1.36", "Gateway URL", False), ("1.50", "Gateway URL", True),
        ("1.36", "MySQL Server Detected", False), ("1.50", "MySQL Server Detected", True),
    ],
)  # fmt: skip
def test_rows_by_release(run_command: Run, release: str, label: str, expected: bool) -> None:
    """A row begins with its release."""
    assert (label in run_command("show", release=release)[1]) == expected


@pytest.mark.usefixtures("as_user")
def test_the_daily_task_is_shown_where_it_is(run_command: Run, tmp_path: Path) -> None:
    """The task's row is there when its file is there."""
    cron = tmp_path / "etc/cron.d/azcmagent_autoupgrade"
    cron.parent.mkdir(parents=True)
    cron.touch()

    assert f"Agent Auto Upgrade Task Status          : enabled, id: {cron}" in run_command("show")[1]


@pytest.mark.usefixtures("as_user")
def test_a_proxys_password_is_not_shown(run_command: Run, make_config: Callable[..., Any]) -> None:
    """Credentials in the proxy's URL are hidden."""
    make_config(proxy__url="http://user:hush@proxy:3128")
    _, out = run_command("show")

    assert ("hush" in out, "http://***:***@proxy:3128" in out) == (False, True)
