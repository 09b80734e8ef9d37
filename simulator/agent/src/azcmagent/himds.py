"""himds: heartbeats, the local identity and metadata endpoints, and the socket of the command line."""

import json
import os
import socket
import socketserver
import threading
import time

from azcmagent import azure
from azcmagent.challenge import Challenges
from azcmagent.crypto import CryptoError
from azcmagent.errors import AgentError
from azcmagent.himds_http import PORT, TLS_PORT, local_tls, serve_http
from azcmagent.http_client import HttpClient, NetworkError
from azcmagent.identity import Identity, agent_configuration, regional
from azcmagent.localconfig import LocalConfig
from azcmagent.log import Log
from azcmagent.paths import Paths
from azcmagent.release import Release
from azcmagent.service import end_on_signal, run_forever
from azcmagent.state import himds_owner, read_json, write_json

PERIOD_S = 300  # Source: agent overview: a heartbeat every five minutes
_RETRY_S = 5  # Assumed: how soon a heartbeat is repeated that did not get through
_PAUSE_S = 0.04


class Himds:
    """The daemon. One thread sends heartbeats; others answer locally."""

    def __init__(self, paths, release):
        self.paths = paths
        self.release = release
        self.config = LocalConfig(paths, release)
        self.log = Log(paths.himds_log)
        self.client = HttpClient(self.config)
        self.identity = Identity(paths, self.client)
        self.challenges = Challenges(paths.tokens)
        self.lock = threading.RLock()
        self._facts = azure.machine_facts(paths)
        self._due = self._first_due()

    def _first_due(self):
        """Say when to begin: at once after a change of version, else when the next one is due."""
        state = read_json(self.paths.agent_state)
        if state.get("agentVersion") != self.release.version:
            return 0
        return state.get("lastHeartbeatEpoch", 0) + PERIOD_S

    def due(self):
        """Give when the next heartbeat is due; never, while the machine is not connected."""
        return self._due if self.identity.agent() else float("inf")

    def beat(self):
        """Send a heartbeat and note what became of it; gives an empty text or what went wrong."""
        with self.lock:
            started = time.time()
            again_s = _RETRY_S
            try:
                answer = self._send()
                error = "" if answer.status == 200 else "%d %s: %s" % (answer.status, *azure.arm_error(answer))
                again_s = max(again_s, azure.retry_after(answer))
                told = answer.json()
            except (NetworkError, AgentError, CryptoError, OSError) as problem:
                error, told = str(problem), {}
            self._due = started + (again_s if error else PERIOD_S)
            self._note(started, error, told)
            return error

    def _send(self):
        """Send a heartbeat, once more after a token or a region that is no longer good; gives the last answer."""
        self._renew()
        answer = self._heartbeat()
        if answer.status == 401:
            self.identity.forget()
            answer = self._heartbeat()
        if answer.status == 421:
            self._rediscover()
            answer = self._heartbeat()
        return answer

    def _heartbeat(self):
        return self.identity.heartbeat(
            regional(self.paths, "hisEndpoint", azure.HIS_GLOBAL), self.release, self._facts, self._services(),
            agent_configuration(self.config), read_json(self.paths.upgrade_attempt),
        )  # fmt: skip

    def _renew(self):
        """Renew the certificate when it is time. A renewal that fails stops no heartbeat; the next one tries again."""
        try:
            if not self.identity.needs_renewal():
                return
            self.identity.renew(regional(self.paths, "hisEndpoint", azure.HIS_GLOBAL))
            self.log.write("info", "Certificate renewed")
        except (NetworkError, AgentError, CryptoError) as problem:
            self.log.write("error", "Renewing the certificate failed: %s" % problem)

    def _rediscover(self):
        """Ask for the regional endpoint again. Source: release 1.64."""
        endpoints = azure.discover(self.client, self.identity.agent()["location"])
        write_json(self.paths.cloud_config, endpoints, 0o644, himds_owner())

    def _services(self):
        """Assumed: both services are told as running; systemd is not asked at each heartbeat."""
        return {"extensionService": {"status": "active", "startupType": "enabled"},
                "guestConfigurationService": {"status": "active", "startupType": "enabled"}}  # fmt: skip

    def _note(self, started, error, told):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started))
        state = read_json(self.paths.agent_state)
        if error:
            if state.get("errorDetails") != error:
                self.log.write("error", "Heartbeat failed: " + error)
            state.update(errorCode="AZCM0026" if " " not in error[:4] else "", errorDetails=error, errorTimestamp=stamp)
            expired = "IdentityExpired" in error or self.identity.has_ended()
            state["expired"] = bool(state.get("expired")) or expired  # until a heartbeat is taken
        else:
            state = {"lastHeartbeat": stamp, "lastHeartbeatEpoch": int(started), "agentVersion": self.release.version}
            state.update(tags=told.get("tags") or {}, automaticUpgrade=bool(told.get("automaticUpgrade")))
            self.log.write("info", "Heartbeat sent")
        try:
            write_json(self.paths.agent_state, state)
        except OSError as problem:
            self.log.write("error", "The state could not be written: %s" % problem)

    def answer(self, request):
        """Answer the command line."""
        if request.get("command") == "status":
            return {"version": self.release.version, "connected": bool(self.identity.agent())}
        if request.get("command") == "reload":
            with self.lock:
                self.identity.forget()
                self.client.close()
                self._due = 0
                return {"error": self.beat() if self.identity.agent() else ""}
        return {"error": "unknown command"}


class _Line(socketserver.StreamRequestHandler):
    """One JSON line in, one out."""

    def handle(self):
        try:
            request = json.loads(self.rfile.readline(65536))
        except ValueError:
            request = {}
        self.wfile.write(json.dumps(self.server.daemon.answer(request)).encode() + b"\n")


class _SocketServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 32

    def __init__(self, path, daemon):
        self.daemon = daemon
        if os.path.exists(path):
            os.unlink(path)
        super().__init__(path, _Line)
        os.chmod(path, 0o660)


def main():
    """Run the daemon."""
    end_on_signal()
    paths = Paths()
    daemon = Himds(paths, Release(paths))
    daemon.log.write("info", "himds %s starts" % daemon.release.version)
    server = _SocketServer(paths.socket, daemon)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    serve_locally(daemon)
    run_forever(daemon.due, daemon.beat, _PAUSE_S, daemon.lock)


def serve_locally(daemon):
    """Open the local endpoints; one that cannot be opened is told in the log. That over TLS follows a moment later."""
    families = [(socket.AF_INET, "127.0.0.1")]
    if daemon.release.has("ipv6-listener"):
        families.append((socket.AF_INET6, "::1"))
    _listen(daemon, families, PORT, None)
    threading.Thread(target=_listen_with_tls, args=(daemon, families), daemon=True).start()


def _listen_with_tls(daemon, families):
    try:
        context = local_tls()
    except (CryptoError, OSError) as error:
        daemon.log.write("warning", "No certificate for localhost: %s" % error)
        return
    _listen(daemon, families, TLS_PORT, context)


def _listen(daemon, families, port, context):
    for family, address in families:
        try:
            serve_http(daemon, family, address, port, context)
        except OSError as error:
            daemon.log.write("warning", "No listener on %s port %d: %s" % (address, port, error))
