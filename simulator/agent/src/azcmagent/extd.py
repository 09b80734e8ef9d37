"""extd: asks the extension service for operations, carries them out, and reports."""

import time

from azcmagent import azure, patches
from azcmagent.crypto import CryptoError
from azcmagent.errors import AgentError
from azcmagent.extensions import Extensions
from azcmagent.http_client import HttpClient, NetworkError
from azcmagent.identity import Identity, regional
from azcmagent.localconfig import LocalConfig
from azcmagent.log import Log
from azcmagent.package_updates import package_manager
from azcmagent.paths import Paths
from azcmagent.release import Release
from azcmagent.run_commands import RunCommands
from azcmagent.service import end_on_signal, run_forever

POLL_S = 300  # Source: extension status check every five minutes
REPORT_S = 900  # Source: status report every 15 minutes
_API = "2026-01-01"
_RETRY_S = 5  # Assumed: how soon a report is repeated that did not get through
_PAUSE_S = 0.25
#: What the lists call work that is no extension's. Source: documentation of Run Command, list of extensions.
_UPDATES = "Microsoft.SoftwareUpdateManagement/LinuxOsUpdateExtension"
_HANDLERS = {"runCommand": "Microsoft.CPlat.Core/RunCommandHandlerLinux", "assessPatches": _UPDATES,
             "installPatches": _UPDATES}  # fmt: skip


class ExtensionService:
    """The daemon."""

    def __init__(self, paths, release):
        self._paths = paths
        self._release = release
        self._config = LocalConfig(paths, release)
        self._client = HttpClient(self._config)
        self._identity = Identity(paths, self._client)
        self._store = Extensions(paths)
        self._log = Log(paths.ext_log)
        self._due = self._report_due = self._patient_until = 0
        self._commands = RunCommands(paths, self._client, lambda it: self._identity.token(it)["access_token"])
        self._work = {"install": self._install, "update": self._install, "uninstall": self._uninstall}
        if release.has("patches"):
            self._work.update(
                assessPatches=self._patching(patches.assess), installPatches=self._patching(patches.install)
            )
        if release.has("run-command"):
            self._work.update(runCommand=self._start_script, deleteCommand=self._stop_script)

    def due(self):
        """Give when to ask next; never, while not connected or switched off."""
        enabled = self._identity.agent() and self._config.effective("extensions.enabled")
        if not enabled:
            return float("inf")
        now = time.time()
        return now if now >= self._patient_until and self._commands.has_news(now) else self._due

    def poll(self):
        """Tell what scripts have become, ask, and do what is asked."""
        self._due = time.time() + POLL_S
        try:
            self._tell_of_scripts()
            for operation in self._send("GET", "extensions").json().get("operations", ()):
                self._carry_out(operation)
            self._tell_of_scripts()
            if time.time() >= self._report_due:
                self._report()
        except (NetworkError, AgentError, CryptoError, OSError) as error:
            self._patient_until = time.time() + _RETRY_S
            self._log.write("error", "The extension service failed: %s" % error)

    def _send(self, method, path, body=None):
        agent = self._identity.agent()
        token = self._identity.token(azure.AGENT_SERVICE)["access_token"]
        base = regional(self._paths, "gasEndpoint", "https://%s-gas.guestconfiguration.azure.com" % agent["location"])
        url = "%s/virtualMachines/%s/%s?api-version=%s" % (base, agent["vmId"], path, _API)
        return self._client.request(method, url, body, {"Authorization": "Bearer " + token})

    def _allowed(self, operation):
        """Apply the lists. Source: the allow and block matrix, also for run commands; deleting is always allowed."""
        handler = _HANDLERS.get(operation["action"]) or "%s/%s" % (operation.get("publisher"), operation.get("type"))
        allow, block = (
            [item.lower() for item in self._config.effective(name)]
            for name in ("extensions.allowlist", "extensions.blocklist")
        )
        is_removal = operation["action"] in ("uninstall", "deleteCommand")
        return is_removal or (handler.lower() not in block and (not allow or handler.lower() in allow))

    def _carry_out(self, operation):
        self._log.write("info", "Operation %s of %s" % (operation["action"], operation["name"]))
        work = self._work.get(operation["action"])
        try:
            if work is None:
                raise AgentError(1, "This release of the agent cannot do '%s'." % operation["action"])
            if not self._allowed(operation):
                raise AgentError(1, "The extension is not allowed by the agent's configuration.")
            report = work(operation)
        except AgentError as error:
            report = {"status": "failed", "code": "1", "message": error.message}
        if report is not None:
            self._tell(operation["name"], operation["operationId"], **report)

    def _tell(self, name, operation_id, **report):
        answer = self._send("PUT", "extensions/%s/status" % name, dict(report, operationId=operation_id))
        if answer.status >= 500:
            raise NetworkError("the extension service answered %d" % answer.status)

    def _tell_of_scripts(self):
        for run, status, result in self._commands.news(time.time()):
            self._tell(run["name"], run["operationId"], status=status, code="0", message="", result=result)
            self._commands.was_told(run, status)

    def _start_script(self, operation):
        self._commands.start(operation)

    def _stop_script(self, operation):
        self._commands.stop(operation["name"])
        return {"status": "succeeded", "code": "0", "message": ""}

    def _patching(self, work):
        """Give a patch operation's work, which tells of its result."""

        def carry_out(operation):
            result = work(operation, package_manager(self._release.format), self._paths.patches)
            return {"status": "succeeded", "code": "0", "message": "", "result": result}

        return carry_out

    def _uninstall(self, operation):
        item = self._store.find(operation["name"])
        return _ended(*(self._store.uninstall(item) if item else (0, "not installed")), operation)

    def _install(self, operation):
        old = self._store.find(operation["name"])
        package = self._client.request("GET", operation["package"]["uri"])
        code, output = (
            self._store.install(operation, package.body)
            if package.status == 200
            else (1, "download answered %d" % package.status)
        )
        if old and old["version"] != operation["version"]:
            operation = self._settle_versions(operation, old, code)
        return _ended(code, output, operation)

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


def _ended(code, output, operation):
    """Give the report of an extension operation."""
    return {"status": "succeeded" if code == 0 else "failed", "code": str(code), "message": output[-2000:],
            "version": operation.get("version", "")}  # fmt: skip


def main():
    """Run the daemon."""
    end_on_signal()
    paths = Paths()
    service = ExtensionService(paths, Release(paths))
    run_forever(service.due, service.poll, _PAUSE_S)
