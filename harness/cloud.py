"""Start a case's cloud: one container with the simulated Azure, its name server and its control socket."""

from __future__ import annotations

import secrets
import uuid
from pathlib import Path

import msgspec

from harness.control import Control
from harness.errors import LabError
from harness.machines.session import new_socket_path
from harness.prepared import Prepared
from harness.substrate.docker import Container, ContainerSpec, Network
from harness.wait import wait_for
from simulator import contract
from simulator.contract import Principal

START_LIMIT_S = 30.0
ONBOARDING_ROLE = "Azure Connected Machine Onboarding"
ADMINISTRATOR_ROLE = "Azure Connected Machine Resource Administrator"


def new_azure() -> contract.Case:
    """Make up a tenant, a subscription and the people of one case; ids and secrets are new each time."""
    return contract.Case(
        tenant_id=str(uuid.uuid4()),
        subscription_id=str(uuid.uuid4()),
        subscription_name="arclab",
        location="eastus",
        resource_group="arclab-rg",
        principals=(
            _application("onboarding", ONBOARDING_ROLE),
            _application("administrator", "Owner"),
            _application("resource-administrator", ADMINISTRATOR_ROLE),
            _application("reader", "Reader"),
            _application("stranger"),
            Principal(
                name="person", object_id=str(uuid.uuid4()), secret=secrets.token_urlsafe(12),
                upn="person@arclab.example", roles=(ONBOARDING_ROLE, ADMINISTRATOR_ROLE),
            ),
        ),
    )  # fmt: skip


def _application(name: str, *roles: str) -> Principal:
    return Principal(
        name=name, object_id=str(uuid.uuid4()), client_id=str(uuid.uuid4()), secret=f"s~{secrets.token_urlsafe(24)}",
        roles=roles,
    )  # fmt: skip


def cloud_spec(
    prepared: Prepared, azure: contract.Case, network: Network, folder: Path, *, name: str, published: tuple[str, ...]
) -> ContainerSpec:
    """Give the container of a case's cloud. `folder` is the case's short run-time folder on the host."""
    for part in ("control", "clock"):
        (folder / part).mkdir(exist_ok=True)
    new_socket_path(folder / "control", "s")
    (folder / "clock" / "faketimerc").write_text("+0\n")
    (folder / "case.json").write_bytes(msgspec.json.encode(azure))
    command = [
        "arclab-sim", "serve", "--listen", "0.0.0.0:443", "--http-listen", "0.0.0.0:80", "--tls-dir", "/srv/tls",
        "--case", "/srv/case.json", "--control-socket", "/srv/control/s", "--clock-file", "/srv/clock/faketimerc",
        "--repository", "/srv/repository", "--signing-keys", "/srv/keys",
        "--extensions", "/srv/extensions", "--name-server", "0.0.0.0:53", "--address", network.address(0),
    ]  # fmt: skip
    for release in published:
        command += ["--publish", release]
    return ContainerSpec(
        name=name,
        image=prepared.cloud_image,
        command=command,
        role="cloud",
        network=network,
        address=network.address(0),
        hostname="cloud",
        mounts={
            folder / "control": ("/srv/control", "rw"),
            folder / "clock": ("/srv/clock", "rw"),
            folder / "case.json": ("/srv/case.json", "ro"),
            Path(prepared.tls): ("/srv/tls", "ro"),
            Path(prepared.repository): ("/srv/repository", "ro"),
            Path(prepared.signing_keys): ("/srv/keys", "ro"),
            Path(prepared.extensions): ("/srv/extensions", "ro"),
        },
    )


def await_cloud(container: Container, control: Control) -> None:
    """Wait until the cloud answers. Raises: LabError with its last output, at once when it has ended."""

    def is_ready() -> bool:
        if control.is_ready():
            return True
        if not container.is_running():
            raise LabError("cloud-ended", "the cloud ended while it started.", hint=container.log_tail().strip())
        return False

    wait_for("the cloud", is_ready, START_LIMIT_S, lambda: container.log_tail().strip() or "no output")
