"""gcad audits a real machine for what is assigned to it over Resource Manager, and its reports follow the machine.

Two assignments: one about a file, which is then changed, and one about packages, of which one is not there.
What is not checked: configurations that the agent does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from harness.model.scenario import Advance, ConfigureRepository, Connect, Install, Refresh
from harness.steps import STEPS
from harness.wait import wait_for
from tests.e2e.running_lab import running_lab

if TYPE_CHECKING:
    from harness.context import Context
    from tests.e2e.conftest import Arclab

# httpcore leaves a unix socket to the garbage collector when nobody listens there yet.
pytestmark = [
    pytest.mark.engine,
    pytest.mark.filterwarnings("ignore:.*unclosed <socket:pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

_SCENARIO = "scenario: guest configuration\nmatrix: {distro: [debian-12]}\nsteps: [advance: 15m]\n"
_VERSION = "2024-04-05"
_AWAITED_S = 60.0
_LOG = "tail -n 20 /var/lib/GuestConfig/arc_policy_logs/gc_agent.log"


@pytest.fixture(scope="module")
def lab(make_arclab: Callable[[], Arclab]) -> Iterator[Context]:
    """Give a lab whose machine is connected by the agent's package."""
    with running_lab(make_arclab(), _SCENARIO) as context:
        for word, arguments in (("configure-repository", ConfigureRepository()), ("refresh", Refresh()),
                                ("install", Install()), ("connect", Connect(name="box-1"))):  # fmt: skip
            STEPS[word](context, arguments)
        yield context


def _assign(lab: Context, name: str, **more: Any) -> str:
    kind = "Microsoft.GuestConfiguration/guestConfigurationAssignments"
    path = f"{lab.resource_id('box-1')}/providers/{kind}/{name}"
    body = {"properties": {"guestConfiguration": {"name": name, "version": "1.*", **more}}}
    lab.in_azure("PUT", path, api_version=_VERSION, body=body).raise_for_status()
    return path


def _next_report(lab: Context, path: str) -> dict[str, Any]:
    """Let a quarter of an hour go by and give the report that follows."""

    def reports() -> list[dict[str, Any]]:
        found = lab.in_azure("GET", f"{path}/reports", api_version=_VERSION).raise_for_status()
        listed: list[dict[str, Any]] = found.json()["value"]
        return listed

    before = len(reports())
    STEPS["advance"](lab, Advance(by="15m"))
    wait_for("a report", lambda: len(reports()) > before, _AWAITED_S, lambda: lab.machine.read(_LOG).stdout)
    properties: dict[str, Any] = reports()[0]["properties"]
    return properties


def test_a_file_that_changes(lab: Context) -> None:
    """The machine complies until the file has another mode; the report says which."""
    path = _assign(lab, "PasswordPolicy_msid121")
    good = _next_report(lab, path)
    lab.machine.run("chmod 640 /etc/passwd")
    bad = _next_report(lab, path)
    shown = lab.in_azure("GET", path, api_version=_VERSION).json()["properties"]

    assert (good["complianceStatus"], good["details"]["operationType"]) == ("Compliant", "Initial")
    assert (bad["complianceStatus"], bad["details"]["operationType"]) == ("NonCompliant", "Consistency")
    assert [each["phrase"] for each in bad["details"]["resources"][0]["reasons"]] == [
        "The file /etc/passwd has the mode 0640, not 0644."
    ]
    assert (shown["complianceStatus"], shown["latestReportId"].rpartition("/")[2]) == ("NonCompliant", bad["reportId"])


def test_packages(lab: Context) -> None:
    """The machine's own package manager says what is there."""
    parameter = {"name": "[ChefInSpecResource]Linux;AttributesYmlContent", "value": "packages: [azcmagent, telnetd]"}
    path = _assign(lab, "installed_application_linux", configurationParameter=[parameter])
    report = _next_report(lab, path)

    assert [each["phrase"] for each in report["details"]["resources"][0]["reasons"]] == [
        "The package telnetd is not installed."
    ]
