"""The local endpoints on port 40342: the identity challenge, instance metadata, agent status.

Source: managed identity on Arc-enabled servers; what azure-identity and MSAL check of the challenge.
"""

import http.server
import json
import os
import re
import threading
import time
import urllib.parse
import uuid

from azcmagent.crypto import CryptoError
from azcmagent.errors import AgentError
from azcmagent.http_client import NetworkError
from azcmagent.state import read_json

PORT = 40342
SILENT_AFTER_S = 900  # Source: Disconnected after 15 minutes without a heartbeat
_TOKEN_PATH = "/metadata/identity/oauth2/token"
_TOKEN_VERSIONS = ("2019-08-15", "2019-11-01", "2020-06-01", "2021-02-01")
_KEY = re.compile(r"^[0-9a-f-]{36}$")


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


def serve_http(daemon, family, address):
    """Listen and answer in the background. Raises: OSError when the address is taken or not there."""
    kind = type("_FamilyServer", (_Server,), {"address_family": family})
    server = kind((address, PORT), type("_Bound", (Handler,), {"daemon": daemon}))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 3600}, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    """One request."""

    daemon = None
    server_version = "himds"
    sys_version = ""
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        """Keep the journal clean."""

    def do_GET(self):
        """Answer."""
        parts = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        path = parts.path.rstrip("/")
        if path == "/agentstatus":
            return self._agent_status()
        if not path.startswith("/metadata/"):
            return self._error(404, "not_found", "There is nothing here")
        if self.headers.get("Metadata", "").lower() != "true":
            return self._error(400, "invalid_request", "Required metadata header not specified")
        if path == _TOKEN_PATH:
            return self._token(query)
        if path in ("/metadata/instance", "/metadata/instance/compute"):
            return self._instance(path, query)
        return self._error(404, "not_found", "There is nothing here")

    def _agent_status(self):
        state = read_json(self.daemon.paths.agent_state)
        connected = (
            bool(self.daemon.identity.agent()) and time.time() - state.get("lastHeartbeatEpoch", 0) < SILENT_AFTER_S
        )
        self._send(
            200,
            {"status": "Connected" if connected else "Disconnected", "lastHeartbeat": state.get("lastHeartbeat", "")},
        )

    def _token(self, query):
        if query.get("api-version") not in _TOKEN_VERSIONS:
            return self._error(400, "invalid_request", "The api-version must be one of %s" % ", ".join(_TOKEN_VERSIONS))
        if not query.get("resource"):
            return self._error(400, "invalid_request", "The query parameter resource is missing")
        authorization = self.headers.get("Authorization", "")
        if not authorization:
            return self._challenge()
        if not self._accepted(authorization):
            return self._error(401, "unauthorized", "The challenge was not met")
        fresh = query.get("bypass_cache", "").lower() == "true" and self.daemon.release.has("bypass-cache")
        return self._issue(query["resource"], fresh)

    def _challenge(self):
        """Write a key that only root and the group himds can read, and name its path."""
        name = str(uuid.uuid4())
        path = os.path.join(self.daemon.paths.tokens, name + ".key")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write("%s:%s" % (name, uuid.uuid4().hex + uuid.uuid4().hex))
        body = json.dumps({"error": "unauthorized", "error_description": "Answer the challenge"}).encode()
        self.send_response(401)
        self.send_header("Www-Authenticate", "Basic realm=" + path)
        self._finish(body)

    def _accepted(self, authorization):
        """Say whether the answer is a key's content; each key is good once."""
        scheme, _, secret = authorization.partition(" ")
        name = secret.partition(":")[0]
        if scheme.lower() != "basic" or not _KEY.match(name):
            return False
        path = os.path.join(self.daemon.paths.tokens, name + ".key")
        try:
            with open(path, encoding="ascii") as file:
                expected = file.read()
            os.unlink(path)
        except OSError:
            return False
        return secret == expected

    def _issue(self, resource, fresh):
        try:
            with self.daemon.lock:
                body = self.daemon.identity.token(resource, fresh)
        except (AgentError, NetworkError, CryptoError) as error:
            return self._error(500, "server_error", str(error))
        left = max(0, body["until"] - int(time.time()))
        return self._send(200, {
            "access_token": body["access_token"], "client_id": self.daemon.identity.agent().get("clientId", ""),
            "expires_in": str(left), "expires_on": str(body["until"]), "ext_expires_in": str(left),
            "not_before": str(body["since"]), "resource": resource, "token_type": "Bearer",
        })  # fmt: skip

    def _instance(self, path, query):
        if not query.get("api-version"):
            return self._error(
                400,
                "invalid_request",
                "The api-version is missing. Supported: 2017-08-01, 2019-03-11, 2019-11-01, 2020-06-01",
            )
        agent = self.daemon.identity.agent()
        compute = {
            "azEnvironment": "AzurePublicCloud", "isHostCompatibilityLayerVm": "false",
            "location": agent.get("location", ""), "name": agent.get("resourceName", ""), "offer": "",
            "osType": "Linux", "placementGroupId": "",
            "plan": {"name": "", "product": "", "publisher": ""}, "platformFaultDomain": "", "platformUpdateDomain": "",
            "provider": "Microsoft.HybridCompute", "publicKeys": None, "publisher": "", "customData": "",
            "resourceGroupName": agent.get("resourceGroup", ""), "resourceId": agent.get("resourceId", ""),
            "securityProfile": {"secureBootEnabled": "false", "virtualTpmEnabled": "false"}, "sku": "",
            "storageProfile": {}, "subscriptionId": agent.get("subscriptionId", ""), "tags": "", "tagsList": [],
            "version": "",
            "vmId": agent.get("vmId", ""), "vmScaleSetName": "", "vmSize": "", "zone": "",
        }  # fmt: skip
        return self._send(200, compute if path.endswith("/compute") else {"compute": compute, "network": {}})

    def _error(self, status, code, text):
        self._send(status, {"error": code, "error_description": text})

    def _send(self, status, value):
        self.send_response(status)
        self._finish(json.dumps(value).encode())

    def _finish(self, body):
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
