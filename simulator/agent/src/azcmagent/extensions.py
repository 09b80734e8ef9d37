"""Extensions on the disk: unpacking, handlers, state. Source: the public VM extension handler contract."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import tempfile
import zipfile

from azcmagent.state import read_json, write_json

_LIMIT_S = 300


class Extensions:
    """What is installed below /var/lib/waagent, a folder `Publisher.Type-version` each."""

    def __init__(self, paths):
        self._paths = paths

    def installed(self):
        """List the installed ones as mappings: name, publisher, type, version, path, state."""
        found = []
        try:
            folders = sorted(os.listdir(self._paths.waagent))
        except OSError:
            return found
        for folder in folders:
            path = os.path.join(self._paths.waagent, folder)
            facts = read_json(os.path.join(path, "arclab-extension.json"))
            if facts:
                found.append(dict(facts, path=path, state=self._state(facts)))
        return found

    def install(self, operation, package):
        """Check, unpack and run install and enable; gives (exit code, output). A broken package changes nothing."""
        wanted = operation["package"]["sha256"]
        if hashlib.sha256(package).hexdigest() != wanted:
            return 1, "the package's checksum is not %s" % wanted
        target = self._folder(operation)
        os.makedirs(self._paths.waagent, mode=0o700, exist_ok=True)
        staging = tempfile.mkdtemp(dir=self._paths.waagent, prefix=".unpack-")
        try:
            with zipfile.ZipFile(io.BytesIO(package)) as archive:
                archive.extractall(staging)
            for root, _, files in os.walk(staging):
                for file in files:
                    os.chmod(os.path.join(root, file), 0o755 if file.endswith((".sh", ".py")) else 0o644)
            shutil.rmtree(target, ignore_errors=True)
            os.chmod(staging, 0o755)
            os.rename(staging, target)
        except (zipfile.BadZipFile, OSError) as error:
            shutil.rmtree(staging, ignore_errors=True)
            return 1, "the package cannot be unpacked: %s" % error
        facts = {key: operation[key] for key in ("name", "publisher", "type", "version")}
        write_json(os.path.join(target, "arclab-extension.json"), facts)
        self._write_settings(target, operation)
        for step in ("install", "enable"):
            code, output = self._run(target, facts, step)
            if code != 0:
                return code, output
        return 0, output

    def uninstall(self, item):
        """Run disable and uninstall, then remove the folder; gives (exit code, output)."""
        for step in ("disable", "uninstall"):
            code, output = self._run(item["path"], item, step)
            if code != 0:
                return code, output
        shutil.rmtree(item["path"], ignore_errors=True)
        shutil.rmtree(self._log_folder(item), ignore_errors=True)
        return 0, output

    def return_to(self, old, operation):
        """Take away what a bad update has left, and enable the version of before again."""
        target = self._folder(operation)
        shutil.rmtree(target, ignore_errors=True)
        shutil.rmtree(self._log_folder(operation), ignore_errors=True)
        self._run(old["path"], old, "enable")

    def find(self, name):
        """Give the installed extension of a resource name, or None."""
        return next((item for item in self.installed() if item["name"] == name), None)

    def _write_settings(self, target, operation):
        number = operation.get("sequenceNumber", 0)
        settings = {
            "publicSettings": operation.get("settings") or {},
            "protectedSettings": operation.get("protectedSettings") or {},
        }
        write_json(os.path.join(target, "config", "%d.settings" % number), settings, 0o600)
        folders = {
            "configFolder": os.path.join(target, "config"),
            "logFolder": self._log_folder(operation),
            "statusFolder": os.path.join(target, "status"),
        }
        environment = {"version": 1.0, "handlerEnvironment": folders}
        os.makedirs(os.path.join(target, "status"), exist_ok=True)
        with open(os.path.join(target, "HandlerEnvironment.json"), "w", encoding="utf-8") as file:
            json.dump([environment], file)

    def _run(self, target, facts, step):
        """Run one command of the handler's manifest in a folder of its own; gives (exit code, output)."""
        try:
            with open(os.path.join(target, "HandlerManifest.json"), encoding="utf-8") as file:
                manifest = json.load(file)[0]["handlerManifest"]
        except (OSError, ValueError, LookupError) as error:
            return 1, "HandlerManifest.json cannot be read: %s" % error
        command = os.path.join(target, manifest[step + "Command"])
        try:
            done = subprocess.run(command, shell=True, cwd=target, capture_output=True, check=False, timeout=_LIMIT_S)
        except (OSError, subprocess.TimeoutExpired) as error:
            return 1, str(error)
        output = (done.stdout + done.stderr).decode("utf-8", "replace").strip()
        self._note(facts, step, done.returncode, output)
        return done.returncode, output

    def _note(self, facts, step, code, output):
        reached = "ENABLED" if step == "enable" else step.upper()
        state = {
            "ExtensionState": reached if code == 0 else "FAILED",
            "SequenceNumberFinished": 0,
            "EnableEndTelemetrySent": True,
            "ErrorMsg": "" if code == 0 else output[-500:],
        }
        write_json(os.path.join(self._log_folder(facts), "state.json"), state)

    def _state(self, facts):
        return read_json(os.path.join(self._log_folder(facts), "state.json")).get("ExtensionState", "UNKNOWN")

    def _folder(self, facts):
        return os.path.join(self._paths.waagent, "%s.%s-%s" % (facts["publisher"], facts["type"], facts["version"]))

    def _log_folder(self, facts):
        return os.path.join(
            self._paths.extension_logs, "%s.%s-%s" % (facts["publisher"], facts["type"], facts["version"])
        )
