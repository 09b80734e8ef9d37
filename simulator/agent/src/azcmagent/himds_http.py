"""The local endpoints: `http` on port 40342 and `https` on 40341, with the same answers.

Source: the ports; managed identity on Arc-enabled servers; what azure-identity and MSAL check. Assumed: that both
ports answer alike, and that the certificate of 40341, which nobody verifies, is made at each start.
"""

import http.server
import json
import os
import ssl
import tempfile
import threading
import time
import urllib.parse

from azcmagent import instance
from azcmagent.crypto import CryptoError, new_local_certificate
from azcmagent.errors import AgentError
from azcmagent.http_client import NetworkError
from azcmagent.state import read_json

PORT = 40342
TLS_PORT = 40341
SILENT_AFTER_S = 900  # Source: Disconnected after 15 minutes without a heartbeat
_TOKEN_VERSIONS = ("2019-08-15", "2019-11-01", "2020-06-01", "2021-02-01")
_INSTANCE_VERSIONS = ("2017-08-01", "2019-03-11", "2019-11-01", "2020-06-01")
_INFO_VERSIONS = ("2018-02-01",)
_MISSING_HEADER = "Required metadata header not specified"
#: How a request names a user-assigned identity, and where `agentconfig.json` has the machine's own.
_NAMED_BY = {"client_id": "clientId", "object_id": "principalId", "msi_res_id": "resourceId", "mi_res_id": "resourceId"}


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


def serve_http(daemon, family, address, port=PORT, context=None):
    """Listen and answer in the background, over TLS with a `context`. Raises: OSError when the address is taken."""
    kind = type("_FamilyServer", (_Server,), {"address_family": family})
    server = kind((address, port), type("_Bound", (Handler,), {"daemon": daemon}))
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 3600}, daemon=True).start()


def local_tls():
    """Give the TLS settings of a fresh certificate for localhost. Raises: CryptoError, OSError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.NamedTemporaryFile(prefix="himds", suffix=".pem") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(new_local_certificate())
        file.flush()
        context.load_cert_chain(file.name)
    return context


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

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
        if path not in _ROUTES:
            return self._error(404, "not_found", "There is nothing here")
        if self.headers.get("Metadata", "").lower() != "true":
            return self._error(400, "invalid_request", _MISSING_HEADER)
        versions, answer = _ROUTES[path]
        if query.get("api-version") not in versions:
            text = "The api-version is missing or not supported. Supported: %s" % ", ".join(versions)
            return self._error(400, "invalid_request", text)
        return answer(self, query)

    def _no_method(self):
        """Refuse what is no GET. Its body is not read, so the connection ends. Assumed: status and text."""
        self.close_connection = True
        self._error(405, "method_not_allowed", "The method must be GET", (("Allow", "GET"), ("Connection", "close")))

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _no_method  # noqa: N815 - names that http.server looks for

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
        if not query.get("resource"):
            return self._error(400, "invalid_request", "The query parameter resource is missing")
        agent = self.daemon.identity.agent()
        for name, member in _NAMED_BY.items():
            if name in query and query[name].lower() != str(agent.get(member, "")).lower():
                return self._error(400, "invalid_request", "Identity not found")
        authorization = self.headers.get("Authorization", "")
        if not authorization:
            return self._challenge()
        if not self.daemon.challenges.accept(authorization):
            return self._error(401, "unauthorized", "The challenge was not met")
        fresh = query.get("bypass_cache", "").lower() == "true" and self.daemon.release.has("bypass-cache")
        return self._issue(query["resource"], fresh)

    def _challenge(self):
        try:
            path = self.daemon.challenges.issue()
        except OSError as error:
            self.daemon.log.write("error", "A challenge could not be written: %s" % error)
            return self._error(500, "server_error", "The challenge could not be written: %s" % error.strerror)
        return self._error(401, "unauthorized", "Answer the challenge", (("Www-Authenticate", "Basic realm=" + path),))

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

    def _compute(self, _):
        self._send(200, self._instance())

    def _both(self, _):
        self._send(200, {"compute": self._instance(), "network": {}})

    def _instance(self):
        tags = read_json(self.daemon.paths.agent_state).get("tags") or {}
        return instance.compute(self.daemon.identity.agent(), tags)

    def _identity_info(self, _):
        self._send(200, {"tenantId": self.daemon.identity.agent().get("tenantId", "")})

    def _error(self, status, code, text, headers=()):
        self._send(status, {"error": code, "error_description": text}, headers)

    def _send(self, status, value, headers=()):
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in headers:
            self.send_header(name, text)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


#: Each path has its api-versions and its answer. Assumed: that the metadata paths refuse other versions, too.
_ROUTES = {
    "/metadata/identity/oauth2/token": (_TOKEN_VERSIONS, Handler._token),
    "/metadata/identity/info": (_INFO_VERSIONS, Handler._identity_info),
    "/metadata/instance": (_INSTANCE_VERSIONS, Handler._both),
    "/metadata/instance/compute": (_INSTANCE_VERSIONS, Handler._compute),
}
