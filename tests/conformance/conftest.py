"""One served simulator for all of it, clients that are pointed at it, and judges that look at every exchange."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.identity import ClientSecretCredential
from azure.mgmt.hybridcompute import HybridComputeManagementClient

from simulator.contract import Case, Event, Principal
from simulator.services.arm.routes import ROUTE_TREE
from tests.conformance.evidence import evidence
from tests.conformance.exchanges import Exchange, Recorder
from tests.conformance.machine import Machine, public_key
from tests.conformance.published import Published
from tests.conformance.recordings import read_recording
from tests.conformance.served import Served, serve

ROOT = Path(__file__).resolve().parents[2]
#: Published descriptions and recordings of real exchanges; they do not travel with the project.
REFERENCE = ROOT.parent / "shared" / "reference" / "protocol"
TENANT = "5f1c1d0e-0000-4000-8000-000000000001"
SUBSCRIPTION = "5f1c1d0e-0000-4000-8000-000000000002"
GROUP = "Lab-Group"
CASE = Case(
    tenant_id=TENANT, subscription_id=SUBSCRIPTION, subscription_name="conformance", location="eastus",
    resource_group=GROUP, page_size=2,
    principals=(
        Principal("owner", "5f1c1d0e-0000-4000-8000-000000000011", "5f1c1d0e-0000-4000-8000-000000000012",
                  "owner-secret", roles=("Owner",)),
        Principal("onboarding", "5f1c1d0e-0000-4000-8000-000000000021", "5f1c1d0e-0000-4000-8000-000000000022",
                  "onboarding-secret", roles=("Azure Connected Machine Onboarding",)),
        Principal("stranger", "5f1c1d0e-0000-4000-8000-000000000031", "5f1c1d0e-0000-4000-8000-000000000032",
                  "stranger-secret"),
        Principal("person", "5f1c1d0e-0000-4000-8000-000000000041", secret="password", upn="person@arclab.example",
                  roles=("Owner",)),
    ),
)  # fmt: skip

#: Requests of all simulators that were served so far.
JOURNAL = pytest.StashKey[list[Event]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file that evidence is written to."""
    parser.addoption("--evidence", type=Path, metavar="FILE", help="write what was proved, when everything was run")


def pytest_configure(config: pytest.Config) -> None:
    """Begin with no requests."""
    config.stash[JOURNAL] = []


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark each test here: the simulator that it asks is another process."""
    item.add_marker(pytest.mark.process)


def pytest_deselected(items: list[pytest.Item]) -> None:
    """A part of the tests is no evidence."""
    for item in items:
        item.config.option.evidence = None


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the evidence of a run that has passed; a file that was out of date makes it fail."""
    file: Path | None = session.config.option.evidence
    if file is None or exitstatus != pytest.ExitCode.OK:
        return
    journal = session.config.stash[JOURNAL]
    text = evidence(journal, ROOT / "docs" / "wire")
    if not file.exists() or file.read_text() != text:
        file.write_text(text)
        session.config.option.evidence_is_new = True
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say that the evidence has changed."""
    if getattr(config.option, "evidence_is_new", False):
        terminalreporter.write_line(
            f"{config.option.evidence} was out of date and is written anew: commit it.", red=True
        )


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Served]:
    """Give the simulator of the session."""
    with serve(tmp_path_factory.mktemp("served"), CASE, pytestconfig.stash[JOURNAL]) as served:
        yield served


@pytest.fixture
def apart(tmp_path: Path, pytestconfig: pytest.Config) -> Iterator[Served]:
    """Give a simulator of the test's own, whose clock it may move."""
    with serve(tmp_path, CASE, pytestconfig.stash[JOURNAL]) as served:
        yield served


@pytest.fixture(scope="session")
def sign_in(served: Served) -> Callable[[str], ClientSecretCredential]:
    """Give a maker of credentials for applications of the case, by name."""

    def make(who: str) -> ClientSecretCredential:
        person = next(person for person in CASE.principals if person.name == who)
        return ClientSecretCredential(TENANT, person.client_id, person.secret, **served.sign_in)

    return make


@pytest.fixture(scope="session")
def owner(sign_in: Callable[[str], ClientSecretCredential]) -> ClientSecretCredential:
    """Give the credential of who may do everything."""
    return sign_in("owner")


@pytest.fixture(scope="session")
def published() -> Published | None:
    """Give the published descriptions, or None where they are absent."""
    folder = REFERENCE / "openapi"
    return Published(folder) if folder.is_dir() else None


@pytest.fixture(scope="session")
def recordings() -> dict[str, list[Exchange]]:
    """Give the recorded exchanges with the real Azure, by the names of their files; skip where they are absent."""
    paths = sorted((REFERENCE / "recordings").glob("*.compact.jsonl"))
    if not paths:
        pytest.skip("recordings of the real Azure are not at hand")
    return {path.name.partition(".")[0]: read_recording(path) for path in paths}


@pytest.fixture(scope="session")
def bodies() -> dict[str, list[Any]]:
    """Give the bodies that clients have sent so far, by the name of the operation."""
    return {}


@pytest.fixture
def recorder(published: Published | None, bodies: dict[str, list[Any]]) -> Iterator[Recorder]:
    """Give what keeps a test's exchanges; at the end of the test every answer is compared with what is published."""
    recorder = Recorder()
    yield recorder
    for exchange in recorder.exchanges:
        route = ROUTE_TREE.find(exchange.method, exchange.path)
        sent = bodies.setdefault(route[0].operation, []) if route is not None else []
        if isinstance(exchange.sent, dict) and exchange.sent.keys() not in [body.keys() for body in sent]:
            sent.append(exchange.sent)
    if published is not None:
        wrong = {text: None for exchange in recorder.exchanges for text in published.mismatches(exchange)}
        assert list(wrong) == []


@pytest.fixture
def client(served: Served, owner: ClientSecretCredential, recorder: Recorder) -> Callable[..., Any]:
    """Give a maker of management clients: a client's class, and whose it is."""

    def make(kind: Callable[..., Any], *arguments: str, who: Any = owner, **settings: Any) -> Any:
        return kind(who, *arguments, raw_response_hook=recorder.take, **{**served.settings, **settings})

    return make


@pytest.fixture
def arc(client: Callable[..., Any]) -> HybridComputeManagementClient:
    """Give the newest client of Microsoft.HybridCompute."""
    return client(HybridComputeManagementClient, SUBSCRIPTION)


@pytest.fixture
def machine(arc: HybridComputeManagementClient, served: Served, request: pytest.FixtureRequest) -> Iterator[Machine]:
    """Give a connected machine of the test's own; it is deleted after the test."""
    number = abs(hash(request.node.name)) % 10**12
    vm_id = f"7e1c2d34-0000-4000-8000-{number:012}"
    name = f"box-{number}"
    made = arc.machines.create_or_update(GROUP, name, {
        "location": "eastus", "identity": {"type": "SystemAssigned"},
        "properties": {"vmId": vm_id, "clientPublicKey": public_key()},
    })  # fmt: skip
    machine = Machine(served, made.id, vm_id)
    machine.connect()
    yield machine
    arc.machines.begin_delete(GROUP, name).result()
