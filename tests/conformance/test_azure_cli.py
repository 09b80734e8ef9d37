"""The Azure CLI, as a person sets it up for another cloud and works with it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from azure.mgmt.hybridcompute import HybridComputeManagementClient
from msgspec.structs import replace

from tests.conformance.browser import browser_of
from tests.conformance.conftest import CASE, GROUP, JOURNAL, ROOT, SUBSCRIPTION, TENANT
from tests.conformance.machine import Machine
from tests.conformance.served import Served

Az = Callable[..., Any]


def run(environment: dict[str, str], *words: str) -> Any:
    """Run the CLI and give its JSON answer; None for an empty one."""
    command = [str(ROOT / ".venv-azure-cli" / "bin" / "az"), *words, "--output", "json", "--only-show-errors"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"az {' '.join(words)}: {done.stderr}"
    return json.loads(done.stdout) if done.stdout.strip() else None


@pytest.fixture(scope="module")
def az(served: Served, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Az:
    """Give the CLI, which knows the simulator as a cloud and has signed in as the owner.

    What it asks to know a cloud it asks without its name, by `requests`; nobody else has asked meanwhile.
    """
    folder = tmp_path_factory.mktemp("az")
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "AZURE_CONFIG_DIR": str(folder / "config"),
        "AZURE_EXTENSION_DIR": str(folder / "extensions"), "AZURE_CORE_COLLECT_TELEMETRY": "no",
        "REQUESTS_CA_BUNDLE": str(served.ca),
        "BROWSER": browser_of(served.ca, CASE.principals[3].upn, CASE.principals[3].secret),
    }  # fmt: skip
    owner, before = CASE.principals[0], max((event.seq for event in served.journal()), default=0)
    run(environment, "cloud", "register", "--name", "Lab", "--endpoint-resource-manager", served.base)
    asked = served.journal(before)
    assert {(event.operation, event.user_agent.partition("/")[0]) for event in asked} == {
        ("arm.endpoints", "python-requests")
    }
    name = f"AZURECLI/{run(environment, 'version')['azure-cli']}"
    pytestconfig.stash[JOURNAL] += [replace(event, user_agent=name) for event in asked]
    for words in (
        ("cloud", "set", "--name", "Lab"),
        ("config", "set", "core.instance_discovery=false"),
        ("login", "--service-principal", "--username", owner.client_id, "--password", owner.secret,
         "--tenant", TENANT),
    ):  # fmt: skip
        run(environment, *words)
    return lambda *words: run(environment, *words)


def test_the_account(az: Az) -> None:
    """Signing in finds the subscription of the case."""
    account = az("account", "show")

    assert (account["id"], account["tenantId"], account["environmentName"]) == (SUBSCRIPTION, TENANT, "Lab")
    assert [item["name"] for item in az("account", "list", "--refresh")] == ["conformance"]


def test_a_group(az: Az) -> None:
    """A group is made, shown, listed and deleted."""
    made = az("group", "create", "--name", "By-Az", "--location", "eastus", "--tags", "use=test")
    assert (made["name"], made["tags"]) == ("By-Az", {"use": "test"})
    assert az("group", "exists", "--name", "by-az") is True
    assert {item["name"] for item in az("group", "list")} >= {"By-Az", GROUP}
    az("group", "delete", "--name", "By-Az", "--yes")
    assert az("group", "exists", "--name", "By-Az") is False


def test_a_provider(az: Az) -> None:
    """The provider of connected machines is registered and says its types, and what can be allowed of them."""
    shown = az("provider", "show", "--namespace", "Microsoft.HybridCompute")

    assert shown["registrationState"] == "Registered"
    assert "machines" in {item["resourceType"] for item in shown["resourceTypes"]}
    told = az("provider", "operation", "show", "--namespace", "Microsoft.HybridCompute")
    assert "machines" in {item["name"] for item in told["resourceTypes"]}
    assert "Microsoft.HybridCompute" in {item["name"] for item in az("provider", "operation", "list")}


def test_a_machine(az: Az, arc: HybridComputeManagementClient, machine: Machine) -> None:
    """What the SDK has made the CLI finds, by its id and in lists, in the casing that it was made with."""
    shown = az("rest", "--method", "get", "--url", f"{machine.id.upper()}?api-version=2026-07-15")
    found = az("resource", "show", "--ids", machine.id, "--api-version", "2026-07-15")

    assert (shown["id"], found["id"]) == (machine.id, machine.id)
    assert found["properties"]["status"] == "Connected"


def test_lists_and_tags(az: Az, machine: Machine) -> None:
    """Resources are listed by group and by tag, and tagged."""
    listed = az("resource", "list", "--resource-group", GROUP, "--resource-type", "Microsoft.HybridCompute/machines")
    assert machine.id in [item["id"] for item in listed]
    az("tag", "create", "--resource-id", machine.id, "--tags", "floor=2")
    assert [item["id"] for item in az("resource", "list", "--tag", "floor=2")] == [machine.id]
    assert az("tag", "list", "--resource-id", machine.id)["properties"]["tags"] == {"floor": "2"}


def test_several_requests_in_one(az: Az, machine: Machine) -> None:
    """Each has its own answer, as the portal reads them."""
    asked = [{"httpMethod": "GET", "name": "one", "url": f"{machine.id}?api-version=2026-07-15"},
             {"httpMethod": "GET", "name": "two", "url": f"{machine.id}-2?api-version=2026-07-15"}]  # fmt: skip
    told = az("rest", "--method", "post", "--url", "/batch?api-version=2020-06-01",
              "--body", json.dumps({"requests": asked}))["responses"]  # fmt: skip

    assert [(each["name"], each["httpStatusCode"]) for each in told] == [("one", 200), ("two", 404)]
    assert told[0]["content"]["id"] == machine.id


def test_locks_and_roles(az: Az, machine: Machine) -> None:
    """A lock is set and taken off; a role is given and taken."""
    where = ("--resource", machine.id.rpartition("/")[2], "--resource-type", "Microsoft.HybridCompute/machines",
             "--resource-group", GROUP)  # fmt: skip
    az("lock", "create", "--name", "keep", "--lock-type", "CanNotDelete", *where)
    assert [item["name"] for item in az("lock", "list", *where)] == ["keep"]
    az("lock", "delete", "--name", "keep", *where)
    assert az("lock", "list", *where) == []

    reader, stranger = "Reader", CASE.principals[2].object_id
    given = az("role", "assignment", "create", "--assignee-object-id", stranger, "--assignee-principal-type",
               "ServicePrincipal", "--role", reader, "--scope", machine.id)  # fmt: skip
    assert given["principalId"] == stranger
    az("role", "assignment", "delete", "--ids", given["id"])


def test_who_onboards_at_scale(az: Az, machine: Machine) -> None:
    """An application is made with a role, as the documentation says; people and machines are found by their names."""
    role, scope, person = "Azure Connected Machine Onboarding", f"/subscriptions/{SUBSCRIPTION}", CASE.principals[3]
    made = az("ad", "sp", "create-for-rbac", "--name", "at-scale", "--role", role, "--scopes", scope)
    given = az("role", "assignment", "list", "--assignee", made["appId"])
    assert [(item["principalName"], item["roleDefinitionName"]) for item in given] == [(made["appId"], role)]
    assert az("ad", "sp", "show", "--id", made["appId"])["displayName"] == "at-scale"
    assert az("ad", "user", "show", "--id", person.upn)["id"] == person.object_id
    own = az("ad", "sp", "list", "--display-name", machine.id.rpartition("/")[2])
    assert [item["servicePrincipalType"] for item in own] == ["ManagedIdentity"]
    reader = az("role", "assignment", "create", "--assignee", own[0]["id"], "--role", "Reader", "--scope", machine.id)
    assert reader["principalType"] == "ServicePrincipal"
    again = az("ad", "sp", "create-for-rbac", "--name", "at-scale")
    assert (again["appId"], again["password"] != made["password"]) == (made["appId"], True)
    az("role", "assignment", "delete", "--ids", given[0]["id"], reader["id"])
    az("ad", "app", "delete", "--id", made["appId"])
    assert az("ad", "app", "list", "--display-name", "at-scale") == []


def test_what_watches(az: Az, machine: Machine) -> None:
    """The activity log, Advisor and Policy are asked."""
    told = az("monitor", "activity-log", "list", "--resource-id", machine.id, "--offset", "1h")
    assert "Microsoft.HybridCompute/machines/write" in [item["operationName"]["value"] for item in told]
    assert "Administrative" in [item["value"] for item in az("monitor", "activity-log", "list-categories")]
    assert isinstance(az("advisor", "recommendation", "list"), list)
    assert isinstance(az("policy", "state", "list", "--resource", machine.id), list)
    assert "BuiltIn" in {item["policyType"] for item in az("policy", "definition", "list")}


def test_a_person(az: Az) -> None:
    """A person signs in with a browser, and signs out."""
    person = CASE.principals[3]
    assert [item["user"] for item in az("login", "--tenant", TENANT)] == [{"name": person.upn, "type": "user"}]
    assert az("account", "get-access-token")["tenant"] == TENANT
    az("logout", "--username", person.upn)
