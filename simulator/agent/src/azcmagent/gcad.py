"""gcad: asks for machine configuration assignments every 15 minutes. It applies none: it knows no policies."""

import time

from azcmagent import azure
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
        """Ask for assignments."""
        self._due = time.time() + POLL_S
        agent = self._identity.agent()
        base = regional(
            self._paths, "gasEndpoint", "https://%s-gas.guestconfiguration.azure.com" % agent.get("location", "")
        )
        try:
            token = self._identity.token(azure.AGENT_SERVICE)["access_token"]
            url = "%s/virtualMachines/%s/assignments?api-version=2026-01-01" % (base, agent["vmId"])
            answer = self._client.request("GET", url, None, {"Authorization": "Bearer " + token})
            self._log.write("info", "%d assignments" % len(answer.json().get("assignments", ())))
        except (NetworkError, AgentError, CryptoError, KeyError) as error:
            self._log.write("error", "Asking for assignments failed: %s" % error)


def main():
    """Run the daemon."""
    end_on_signal()
    paths = Paths()
    service = GuestConfiguration(paths, Release(paths))
    run_forever(service.due, service.poll, _PAUSE_S)
