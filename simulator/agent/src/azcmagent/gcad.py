"""gcad: asks for machine configuration assignments every 15 minutes, and reports how the machine complies."""

import time
import urllib.parse

from azcmagent import azure
from azcmagent.audits import audit
from azcmagent.crypto import CryptoError
from azcmagent.errors import AgentError
from azcmagent.http_client import HttpClient, NetworkError
from azcmagent.identity import Identity, regional
from azcmagent.localconfig import LocalConfig
from azcmagent.log import Log
from azcmagent.paths import Paths
from azcmagent.release import Release
from azcmagent.service import end_on_signal, run_forever

POLL_S = 900  # Source: machine configuration status check every 15 minutes
_PAUSE_S = 0.5


class GuestConfiguration:
    """The daemon."""

    def __init__(self, paths, release):
        self._paths = paths
        self._config = LocalConfig(paths, release)
        self._client = HttpClient(self._config)
        self._identity = Identity(paths, self._client)
        self._log = Log(paths.gc_log)
        self._due = 0

    def due(self):
        """Give when to ask next; never, while not connected, switched off or in monitor mode."""
        on = self._config.effective("guestconfiguration.enabled") and self._config.effective("config.mode") != "monitor"
        return self._due if on and self._identity.agent() else float("inf")

    def poll(self):
        """Ask for assignments, audit and report. What fails is tried again at the next time."""
        self._due = time.time() + POLL_S
        try:
            assignments = self._send("GET", "assignments").json().get("assignments", ())
            self._log.write("info", "%d assignments" % len(assignments))
            for assignment in assignments:
                self._report(assignment)
        except (NetworkError, AgentError, CryptoError, KeyError) as error:
            self._log.write("error", "Asking for assignments failed: %s" % error)

    def _report(self, assignment):
        name, started = assignment["name"], time.time()
        try:
            resources = audit(assignment["configuration"], self._paths.root)
        except AgentError as error:
            self._log.write("error", "The audit of %s failed: %s" % (name, error.message))
            return
        if resources is None:
            self._log.write("info", "%s is no configuration that this agent knows." % name)
            return
        report = {"assignmentHash": assignment["assignmentHash"], "startTime": _moment(started),
                  "endTime": _moment(time.time()), "resources": resources}  # fmt: skip
        answer = self._send("PUT", "assignments/%s/report" % urllib.parse.quote(name), report)
        self._log.write("info", "Reported %s: the service answered %d" % (name, answer.status))

    def _send(self, method, path, body=None):
        agent = self._identity.agent()
        base = regional(
            self._paths, "gasEndpoint", "https://%s-gas.guestconfiguration.azure.com" % agent.get("location", "")
        )
        token = self._identity.token(azure.AGENT_SERVICE)["access_token"]
        url = "%s/virtualMachines/%s/%s?api-version=2026-01-01" % (base, agent["vmId"], path)
        return self._client.request(method, url, body, {"Authorization": "Bearer " + token})


def _moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def main():
    """Run the daemon."""
    end_on_signal()
    paths = Paths()
    service = GuestConfiguration(paths, Release(paths))
    run_forever(service.due, service.poll, _PAUSE_S)
