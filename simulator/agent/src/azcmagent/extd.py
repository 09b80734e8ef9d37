"""extd: asks the extension service for operations, carries them out, and reports."""

import time

from azcmagent import azure
from azcmagent.crypto import CryptoError
from azcmagent.errors import AgentError
from azcmagent.extensions import Extensions
from azcmagent.http_client import HttpClient, NetworkError
from azcmagent.identity import Identity, regional
from azcmagent.localconfig import LocalConfig
from azcmagent.log import Log
from azcmagent.paths import Paths
from azcmagent.release import Release
from azcmagent.service import end_on_signal, run_forever

POLL_S = 300  # Source: extension status check every five minutes
REPORT_S = 900  # Source: status report every 15 minutes
_API = "2026-01-01"
_PAUSE_S = 0.25


class ExtensionService:
    """The daemon."""

    def __init__(self, paths, release):
        self._paths = paths
        self._config = LocalConfig(paths, release)
        self._client = HttpClient(self._config)
        self._identity = Identity(paths, self._client)
        self._store = Extensions(paths)
        self._log = Log(paths.ext_log)
        self._due = self._report_due = 0

    def due(self):
        """Give when to ask next; never, while not connected or switched off."""
        enabled = self._identity.agent() and self._config.effective("extensions.enabled")
        return self._due if enabled else float("inf")

    def poll(self):
        """Ask, and do what is asked."""
        self._due = time.time() + POLL_S
        try:
            for operation in self._send("GET", "extensions").json().get("operations", ()):
                self._carry_out(operation)
            if time.time() >= self._report_due:
                self._report()
        except (NetworkError, AgentError, CryptoError, OSError) as error:
            self._log.write("error", "The extension service failed: %s" % error)

    def _send(self, method, path, body=None):
        agent = self._identity.agent()
        token = self._identity.token(azure.AGENT_SERVICE)["access_token"]
        base = regional(self._paths, "gasEndpoint", "https://%s-gas.guestconfiguration.azure.com" % agent["location"])
        url = "%s/virtualMachines/%s/%s?api-version=%s" % (base, agent["vmId"], path, _API)
        return self._client.request(method, url, body, {"Authorization": "Bearer " + token})

    def _allowed(self, operation):
        """Apply the lists. Source: the allow and block matrix; deleting is always allowed."""
        name = "%s/%s" % (operation["publisher"], operation["type"])
        allow, block = self._config.effective("extensions.allowlist"), self._config.effective("extensions.blocklist")
        return operation["action"] == "uninstall" or (name not in block and (not allow or name in allow))

    def _carry_out(self, operation):
        self._log.write("info", "Operation %s of %s" % (operation["action"], operation["name"]))
        if not self._allowed(operation):
            code, output = 1, "The extension is not allowed by the agent's configuration."
        elif operation["action"] == "uninstall":
            item = self._store.find(operation["name"])
            code, output = self._store.uninstall(item) if item else (0, "not installed")
        else:
            old = self._store.find(operation["name"])
            package = self._client.request("GET", operation["package"]["uri"])
            code, output = (
                self._store.install(operation, package.body)
                if package.status == 200
                else (1, "download answered %d" % package.status)
            )
            if old and old["version"] != operation["version"]:
                operation = self._settle_versions(operation, old, code)
        self._send("PUT", "extensions/%s/status" % operation["name"], {
            "operationId": operation["operationId"], "status": "succeeded" if code == 0 else "failed",
            "code": str(code), "message": output[-2000:], "version": operation.get("version", ""),
        })  # fmt: skip

    def _settle_versions(self, operation, old, code):
        """Remove the old version after a good update; after a bad one go back to it. Source: release notes.

        Assumed: the update is told as failed, with the version that is there.
        """
        if code == 0:
            self._store.uninstall(old)
            return operation
        self._store.return_to(old, operation)
        return dict(operation, version=old["version"])

    def _report(self):
        self._report_due = time.time() + REPORT_S
        keys = ("name", "publisher", "type", "version", "state")
        self._send(
            "PUT",
            "extensionReport",
            {"extensions": [{key: item[key] for key in keys} for item in self._store.installed()]},
        )


def main():
    """Run the daemon."""
    end_on_signal()
    paths = Paths()
    service = ExtensionService(paths, Release(paths))
    run_forever(service.due, service.poll, _PAUSE_S)
