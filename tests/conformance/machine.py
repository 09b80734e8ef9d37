"""A connected machine as the agent plays it: its certificate, its heartbeats, the ends of what it is told to do.

Its access tokens come from Microsoft's own certificate credential, which judges what Entra says to machines.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from azure.identity import CertificateCredential
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from simulator.contract import AGENT_SERVICE_APP_ID
from tests.conformance.served import Served

_HIS = "eus.his.arc.azure.com"
_GAS = "eastus-gas.guestconfiguration.azure.com"
_KEY = rsa.generate_private_key(65537, 2048)  # one for all: making a key is slow


def public_key() -> str:
    """Give what a machine resource holds as `clientPublicKey`."""
    der = _KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    return base64.b64encode(der).decode()


@dataclass
class Machine:
    """The agent's part, for a machine resource that exists."""

    served: Served
    id: str
    vm_id: str
    identity: dict[str, Any] = field(default_factory=dict)
    token: str = ""

    def connect(self) -> None:
        """Get the identity's certificate, sign in with it and send a first heartbeat."""
        signature = _KEY.sign(self.id.encode(), padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        signed = {"signedMessage": f"{self.id}:rsapss {base64.b64encode(signature).decode()}"}
        body = {"resourceId": self.id, "publicKey": public_key()}
        self.identity = self._ask("POST", _HIS, f"/machine/{self.vm_id}/identity", headers=signed, json=body).json()
        self.token = self.credential().get_token(f"{AGENT_SERVICE_APP_ID}/.default").token
        self.heartbeat()

    def credential(self) -> CertificateCredential:
        """Give the machine's identity as an SDK signs in with it."""
        key = _KEY.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return CertificateCredential(
            self.served.case.tenant_id, self.identity["clientId"],
            certificate_data=key + self.identity["certificate"].encode(), **self.served.sign_in,
        )  # fmt: skip

    def heartbeat(self, **more: Any) -> None:
        """Say that the machine is alive, and what it is; `more` is told beside, or instead."""
        facts = {"agentVersion": "1.67.03504.1320", "osName": "linux", "osType": "linux", "osVersion": "6.1.0",
                 "osSku": "Debian GNU/Linux 12", "machineFqdn": "box.example", "errorDetails": [], **more}  # fmt: skip
        self._ask("POST", _HIS, f"/machine/{self.vm_id}/heartbeat", json=facts)

    def work(
        self, *, status: str = "succeeded", message: str = "done", result: dict[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """End everything that waits for the agent, and give it; `result` is that of scripts and of patches."""
        where = f"/virtualMachines/{self.vm_id}/extensions"
        found: list[dict[str, Any]] = self._ask("GET", _GAS, where).json()["operations"]
        for operation in found:
            ended: dict[str, Any] = {
                "operationId": operation["operationId"],
                "status": status,
                "code": "0",
                "message": message,
            }
            if result is not None:
                ended["result"] = result
            if "version" in operation:
                ended["version"] = operation["version"]
            self._ask("PUT", _GAS, f"{where}/{operation['name']}/status", json=ended)
        return found

    def comply(self, assignment: str, status: str, *reasons: str) -> None:
        """Report how the machine complies with an assignment, and why it does not."""
        where = f"/virtualMachines/{self.vm_id}/assignments"
        found = self._ask("GET", _GAS, where).json()["assignments"]
        now = datetime.now(UTC).isoformat()
        told = {"resourceId": "[Package]chrony", "complianceStatus": status,
                "reasons": [{"code": "Package:Package:Ensure", "phrase": phrase} for phrase in reasons]}  # fmt: skip
        given = next(each["assignmentHash"] for each in found if each["name"] == assignment)
        body = {"assignmentHash": given, "startTime": now, "endTime": now, "resources": [told]}
        self._ask("PUT", _GAS, f"{where}/{assignment}/report", json=body)

    def _ask(self, method: str, host: str, path: str, **options: Any) -> httpx.Response:
        """Ask a host of Azure at the simulator's address. Raises: httpx.HTTPStatusError."""
        headers = {"Host": host, **options.pop("headers", {})}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        with httpx.Client(verify=self.served.trust) as client:
            answer = client.request(method, self.served.base + path, headers=headers, **options,
                                    extensions={"sni_hostname": host})  # fmt: skip
        return answer.raise_for_status()
