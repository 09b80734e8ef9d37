"""Run commands: scripts that Azure has this machine run, each in a process of its own that outlives the daemon.

Source: the public handler for Linux and the documentation: named parameters are environment variables, nameless ones
arguments; output and error are told by their last 4 KB; no time limit without `timeoutInSeconds`; another user needs no
password. Assumed: where files lie, and the built-in scripts.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

from azcmagent.crypto import CryptoError
from azcmagent.errors import AgentError
from azcmagent.http_client import NetworkError
from azcmagent.state import read_json, write_bytes, write_json

STORAGE = "https://storage.azure.com/"
_BUILT_IN = {"ifconfig": "ifconfig || ip address\n"}
_TOLD_BYTES = 4096
_COMPLETED = "RunCommand script execution completed"
# What the process leaves is its exit status, in a file that appears whole: so that the daemon may end meanwhile.
_KEEPER = 'exit_file=$0; "$@"; echo $? > "$exit_file.part"; mv "$exit_file.part" "$exit_file"'
_APPEND_BLOB = {"x-ms-version": "2021-12-02", "x-ms-blob-type": "AppendBlob"}


class RunCommands:
    """The scripts of this machine, a folder for each run. `token` gives a token of the machine for a resource."""

    def __init__(self, paths, client, token):
        self._folder = paths.run_commands
        self._client = client
        self._token = token
        self._children = {}

    def start(self, operation):
        """Start a script, and stop one of the same name; what has been started already is left.

        Raises: AgentError when it cannot be started, or when that was broken off: nothing is run twice.
        """
        folder = os.path.join(self._folder, operation["operationId"])
        if os.path.exists(os.path.join(folder, "run.json")):
            return
        if os.path.isdir(folder):
            shutil.rmtree(folder, ignore_errors=True)
            raise AgentError(1, "The start of the script was broken off.")
        self.stop(operation["name"])
        try:
            script = self._script(operation["source"])
            os.makedirs(folder, mode=0o700)
            self._run(operation, folder, script)
        except (NetworkError, CryptoError, OSError, KeyError, ValueError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise AgentError(1, "The script could not be started: %s" % error) from error

    def stop(self, name):
        """Kill the script of a name, if it runs, and forget it."""
        for run in self._runs():
            if run["name"] == name:
                self._kill(run)
                self._forget(run)

    def has_news(self, now):
        """Say whether something has happened that was not told."""
        return any(not run["told"] or self._is_over(run, now) for run in self._runs())

    def news(self, now):
        """Give (run, status, result) for what was not told: beginnings and ends."""
        found = []
        for run in self._runs():
            if self._is_over(run, now):
                found.append((run, "succeeded", self._end(run, now)))
            elif not run["told"]:
                found.append((run, "transitioning", {"executionState": "Running", "startTime": _stamp(run["started"])}))
        return found

    def was_told(self, run, status):
        """Note that Azure knows; a run that has ended is forgotten."""
        if status == "transitioning":
            write_json(os.path.join(run["folder"], "run.json"), dict(run, told=True), 0o600)
        else:
            self._forget(run)

    def _runs(self):
        try:
            names = sorted(os.listdir(self._folder))
        except OSError:
            return []
        folders = [os.path.join(self._folder, name) for name in names]
        runs = [dict(read_json(os.path.join(folder, "run.json")), folder=folder) for folder in folders]
        return [run for run in runs if "pid" in run]

    def _script(self, source):
        if source.get("script"):
            return source["script"].encode()
        if source.get("scriptUri"):
            headers = self._authorization(source.get("scriptUriManagedIdentity"))
            answer = self._client.request("GET", source["scriptUri"], None, headers)
            if answer.status != 200:
                raise AgentError(1, "The download of the script answered %d." % answer.status)
            return answer.body
        if source.get("commandId") in _BUILT_IN:
            return _BUILT_IN[source["commandId"]].encode()
        raise AgentError(1, "The command id '%s' is not known." % source.get("commandId", ""))

    def _run(self, operation, folder, script):
        path, environment, command = os.path.join(folder, "script.sh"), dict(os.environ), []
        place, owner = folder, None
        if operation.get("runAsUser"):
            account = pwd.getpwnam(operation["runAsUser"])
            place = tempfile.mkdtemp(prefix="run-command-")
            owner, path = (account.pw_uid, account.pw_gid), os.path.join(place, "script.sh")
            os.chown(place, *owner)
            command = ["runuser", "-u", account.pw_name, "--"]
            environment.update(HOME=account.pw_dir, USER=account.pw_name, LOGNAME=account.pw_name)
        write_bytes(path, script, 0o500, owner)
        given = operation.get("parameters", []) + operation.get("protectedParameters", [])
        environment.update((item["name"], item["value"]) for item in given if item["name"])
        command += [path] + [item["value"] for item in given if not item["name"]]
        keeper = ["/bin/bash", "-c", _KEEPER, os.path.join(folder, "exit"), *command]
        with open(os.path.join(folder, "stdout"), "wb") as out, open(os.path.join(folder, "stderr"), "wb") as err:
            child = subprocess.Popen(keeper, cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=out,
                                     stderr=err, start_new_session=True)  # fmt: skip
        self._children[child.pid] = child
        limit_s, now = operation.get("timeoutInSeconds") or 0, time.time()
        names = ("operationId", "name", "outputBlobUri", "errorBlobUri", "outputBlobManagedIdentity",
                 "errorBlobManagedIdentity")  # fmt: skip
        facts = {key: operation[key] for key in names if key in operation}
        write_json(os.path.join(folder, "run.json"), dict(facts, pid=child.pid, started=now, told=False, place=place,
                                                          deadline=now + limit_s if limit_s else 0), 0o600)  # fmt: skip

    def _is_over(self, run, now):
        return os.path.exists(os.path.join(run["folder"], "exit")) or _is_late(run, now) or not self._lives(run)

    def _end(self, run, now):
        """Give the result of a run that is over; one that is late ends here."""
        late = _is_late(run, now) and not os.path.exists(os.path.join(run["folder"], "exit"))
        self._kill(run)
        status = _read(os.path.join(run["folder"], "exit")).strip()
        code = int(status) if status.isdigit() else -1
        state, message = ("Succeeded", _COMPLETED) if code == 0 else ("Failed", _COMPLETED)
        if late:
            state, message = "TimedOut", "The script did not end in time and was stopped."
        elif not status:
            state, message = "Failed", "The script was ended from outside."
        result = {"executionState": state, "exitCode": code, "startTime": _stamp(run["started"]),
                  "endTime": _stamp(now)}  # fmt: skip
        for name, file in (("output", "stdout"), ("error", "stderr")):
            content = _read(os.path.join(run["folder"], file))
            result[name] = content.encode()[-_TOLD_BYTES:].decode("utf-8", "ignore")
            message += self._upload(run, name, content)
        return dict(result, executionMessage=message)

    def _upload(self, run, name, content):
        """Put a whole stream into its append blob; give what went wrong, as a further sentence."""
        uri = run.get(name + "BlobUri")
        if not uri:
            return ""
        try:
            headers = dict(_APPEND_BLOB, **self._authorization(run.get(name + "BlobManagedIdentity")))
            made = self._client.request("PUT", uri, b"", headers)
            block = uri + ("&" if "?" in uri else "?") + "comp=appendblock"
            answer = self._client.request("PUT", block, content.encode(), headers) if made.status == 201 else made
        except (NetworkError, CryptoError, AgentError, OSError) as error:
            return " The %s could not be uploaded: %s." % (name, error)
        return "" if answer.status == 201 else " The upload of the %s answered %d." % (name, answer.status)

    def _authorization(self, identity):
        """Give the header for a managed identity; None is no identity. Raises: AgentError for a user-assigned one."""
        if identity is None:
            return {}
        if identity:
            raise AgentError(1, "The machine has no user-assigned identity that could be used.")
        return {"Authorization": "Bearer " + self._token(STORAGE)}

    def _lives(self, run):
        """Say whether the process is there: our child, or one of before a restart, which names the run's folder."""
        child = self._children.get(run["pid"])
        if child is not None:
            return child.poll() is None
        line = _read("/proc/%d/cmdline" % run["pid"])
        if line:
            return run["folder"] in line
        state = _read("/proc/%d/stat" % run["pid"]).rpartition(")")[2].split()
        return bool(state) and state[0] != "Z"  # the kernel shows no line while a process becomes another program

    def _kill(self, run):
        if self._lives(run):
            try:
                os.killpg(run["pid"], signal.SIGKILL)
            except ProcessLookupError:
                pass
        child = self._children.pop(run["pid"], None)
        if child is not None:
            child.wait()

    def _forget(self, run):
        if run["place"] != run["folder"]:
            shutil.rmtree(run["place"], ignore_errors=True)
        shutil.rmtree(run["folder"], ignore_errors=True)


def _is_late(run, now):
    return bool(run["deadline"]) and now >= run["deadline"]


def _read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _stamp(seconds):
    """Give a moment as recorded instance views write it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + ".%07d+00:00" % int(seconds % 1 * 10**7)
