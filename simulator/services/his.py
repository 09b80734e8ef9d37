"""*.his.arc.azure.com: discovery, identity certificates, heartbeats, packages. See docs/wire/his.md."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from starlette.responses import Response

from simulator.authorization import Authorization
from simulator.call import Call, json_response
from simulator.clock import iso
from simulator.contract import AGENT_SERVICE_APP_ID, HEARTBEAT_PERIOD_S, HIS_GLOBAL_HOST, HIS_SUFFIX
from simulator.errors import ApiError
from simulator.identity.certificates import is_signed, issue_identity
from simulator.msi import find_msi
from simulator.notices import notices_of
from simulator.resources import alerts as alert_rules
from simulator.resources import clones, machine_properties
from simulator.resources import machines as machine_rules
from simulator.resources.entities import Alert, Machine, RegionMove, Secret
from simulator.resources.regions import REGIONS, his_host
from simulator.resources.transition import Transition
from simulator.served_files import ServedFile, find_served
from simulator.store import Store
from simulator.tenancy import tenant_of

_MACHINE = re.compile(r"/machine/(?P<vm>[^/]+)/(?P<what>identity|heartbeat)")
_OPERATIONS = {
    "/discovery": "his.discovery", "/log": "his.log", "/azcmagent-linux": "his.installer", "/": "his.root",
}  # fmt: skip
_WINDOWS = re.compile(r"/azcmagent/(?P<release>latest|\d+\.\d+)/AzureConnectedMachineAgent\.msi")
_PACKAGE_PREFIX = "/extensions/extensionpackages/"
_INSTALLER = Path(__file__).with_name("install_linux_azcmagent.sh")
_RENEW_BEFORE_S = 45 * 86400


class HisService:
    """The hybrid identity service. `settle` does what is due.

    `extensions` is the folder of extension packages, `windows` that of the agent's packages for Windows.
    """

    def __init__(
        self,
        store: Store,
        authorization: Authorization,
        extensions: Path | None,
        settle: Callable[[], None],
        windows: Path | None = None,
    ) -> None:
        self._store = store
        self._settle = settle
        self._authorization = authorization
        self._extensions = extensions
        self._windows = windows

    def name(self, call: Call) -> str:
        """Give the operation's name."""
        path = call.path
        match = _MACHINE.fullmatch(path)
        if match:
            return f"his.{match['what']}"
        if path.startswith(_PACKAGE_PREFIX):
            return "his.extension-package"
        if _WINDOWS.fullmatch(path):
            return "his.windows-package"
        return _OPERATIONS.get(path, "his.unknown")

    async def answer(self, call: Call) -> Response:
        """Answer. Raises: ApiError; 501 for a request that is not known."""
        if call.operation == "his.discovery":
            return self._discover(call)
        if call.operation == "his.identity" and call.method == "POST":
            return self._identity(call)
        if call.operation == "his.heartbeat" and call.method == "POST":
            return self._heartbeat(call)
        if call.operation == "his.extension-package":
            return self._package(call)
        if call.operation in ("his.installer", "his.windows-package") and call.method in ("GET", "HEAD"):
            return self._download(call)
        if call.operation in ("his.log", "his.root"):
            return Response(status_code=200)
        raise call.not_known()

    def render(self, error: ApiError, call: Call) -> Response:  # noqa: ARG002 - all services render alike
        """Give the error in the service's form."""
        return json_response(
            {"error": {"code": error.code, "message": error.message}, **error.extra}, error.status, error.headers
        )

    def _download(self, call: Call) -> Response:
        if call.operation == "his.installer":
            return ServedFile(call, _INSTALLER, "application/x-sh")
        match = _WINDOWS.fullmatch(call.path)
        found = find_msi(self._windows, match["release"]) if match and self._windows else None
        if found is None:
            raise ApiError(404, "NotFound", f"This cloud has no '{call.path}'.")
        return ServedFile(call, found, "application/x-msi")

    def _discover(self, call: Call) -> Response:
        location = call.query("location").replace(" ", "").lower()
        if location not in REGIONS:
            raise ApiError(400, "InvalidLocation", f"The location '{location}' is not known.")
        endpoint = f"https://{his_host(location, self._store.get(RegionMove, location))}"
        if call.query("api-version").startswith("1."):
            return json_response(endpoint)
        return json_response({
            "location": location, "hisEndpoint": endpoint, "gasEndpoint": f"https://{location}-gas.guestconfiguration.azure.com",
            "notificationEndpoint": "https://guestnotificationservice.azure.com",
        })  # fmt: skip

    def _machine_of(self, call: Call) -> Machine:
        match = _MACHINE.fullmatch(call.path)
        vm_id = match["vm"] if match else ""
        machine = self._store.first(Machine, "vm_id", vm_id)
        if machine is None:
            raise ApiError(404, "MachineNotFound", f"There is no machine with the vmId '{vm_id}'.")
        call.machine = machine.key
        host = his_host(machine.location, self._store.get(RegionMove, machine.location))
        if call.host.endswith(HIS_SUFFIX) and call.host not in (HIS_GLOBAL_HOST, host):
            message = (
                f"The machine is not served by '{call.host}'; discover the endpoint of '{machine.location}' again."
            )
            raise ApiError(421, "Misdirected", message)
        return machine

    def _identity(self, call: Call) -> Response:
        machine = self._machine_of(call)
        if machine.certificate_thumbprint:  # a renewal: the machine proves itself by its token as well
            _check_alive(machine, call.now)
            self._authorization.machine(call, machine.vm_id, (AGENT_SERVICE_APP_ID,))
        body = call.json()
        message, _, signature = call.header("signedmessage").partition(":rsapss ")
        if (
            message.lower() != machine.key.lower()
            or not machine.public_key
            or not is_signed(machine.public_key, message, signature)
        ):
            raise ApiError(401, "InvalidSignature", "The signed message is missing or its signature is wrong.")
        if body.get("publicKey") != machine.public_key:
            raise ApiError(409, "KeyMismatch", "The public key is not the one of the resource.")
        issuer = self._store.get(Secret, "identity-issuer")
        if issuer is None:
            raise ApiError(500, "InternalError", "The identity service has no key.")
        issued = issue_identity(issuer.pem, machine.public_key, machine.client_id, call.now)
        after = msgspec.structs.replace(
            machine, certificate_thumbprint=issued.thumbprint, certificate_end=issued.not_after
        )
        self._store.apply(
            Transition("his.identity", (after,), machine=machine.key, data={"notAfter": iso(issued.not_after)})
        )
        return json_response({
            "certificate": issued.pem, "clientId": machine.client_id, "principalId": machine.principal_id,
            "tenantId": tenant_of(self._store, machine.subscription_id), "notBefore": iso(issued.not_before),
            "notAfter": iso(issued.not_after), "renewAfter": iso(issued.not_after - _RENEW_BEFORE_S),
        })  # fmt: skip

    def _heartbeat(self, call: Call) -> Response:
        found = self._machine_of(call)
        _check_alive(found, call.now)
        machine = self._authorization.machine(call, found.vm_id, (AGENT_SERVICE_APP_ID,))
        body: dict[str, Any] = call.json()
        if clones.is_clone(machine, call.client, call.now):
            self._store.apply(clones.refused(machine, call.client, call.now))
            message = (
                f"Another machine uses this identity: '{machine.last_sender}'. Disconnect and connect one of them."
            )
            raise ApiError(429, "Cloned", message, headers={"Retry-After": str(HEARTBEAT_PERIOD_S)})
        left_s = machine_rules.duplicate_for(machine, call.client, call.now)
        if left_s > 0:
            message = f"The last heartbeat of this machine came from another sender: '{machine.last_sender}'."
            raise ApiError(429, "DuplicateHeartbeat", message, headers={"Retry-After": str(math.ceil(left_s))})
        self._settle()  # silence may have fallen due between two looks at the clock
        silence = self._store.first(Alert, "active_on", machine.key)
        facts = machine_properties.told(body) | machine_properties.attempted(body)
        self._store.apply(machine_rules.heard(machine, facts, call.now, sender=call.client))
        if silence is not None:
            self._store.apply(alert_rules.resolved(silence, call.now, partial(notices_of, self._store)))
            self._settle()
        return json_response({
            "nextHeartbeatSeconds": HEARTBEAT_PERIOD_S, "desiredVersion": None, "tags": machine.tags,
            "automaticUpgrade": machine_properties.upgrades_automatically(machine.properties),
        })  # fmt: skip

    def _package(self, call: Call) -> Response:
        name = call.path.removeprefix(_PACKAGE_PREFIX)
        path = find_served(self._extensions, name) if self._extensions else None
        if path is None:
            raise ApiError(404, "PackageNotFound", f"There is no extension package '{name}'.")
        return ServedFile(call, path, "application/zip")


def _check_alive(machine: Machine, now: float) -> None:
    """Refuse a machine that was silent for 45 days, or whose certificate has ended. Raises: ApiError 403."""
    has_ended = machine.certificate_end > 0 and now >= machine.certificate_end
    if has_ended or machine_rules.status_of(machine, now) == "Expired":
        raise ApiError(
            403, "IdentityExpired", "The machine's identity has expired; disconnect it and connect it again."
        )
