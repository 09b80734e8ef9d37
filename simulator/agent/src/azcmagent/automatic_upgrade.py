"""The daily job: where Azure has switched automatic upgrades on, upgrade the agent by the machine's package manager.

Source: release notes and documentation of the preview: a daily job that does nothing unless it is switched on, release
1.57 and later, repeated until it succeeds; ARM shows how the last attempt went. Assumed: that the switch comes with
heartbeats, that the newest release is asked for, and the file in which the attempt is kept for the next heartbeat.
"""

import sys
import time

from azcmagent.errors import AgentError
from azcmagent.log import Log
from azcmagent.package_updates import package_manager
from azcmagent.paths import Paths
from azcmagent.release import Release
from azcmagent.state import himds_owner, read_json, write_json

PACKAGE = "azcmagent"


def run(paths, find_manager=package_manager):
    """Do it, if there is anything to do; gives the exit status."""
    release = Release(paths)
    if not (release.has("automatic-upgrade") and read_json(paths.agent_state).get("automaticUpgrade")):
        return 0
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    attempt = {"lastAttemptTimestamp": stamp, "lastAttemptStatus": "Success"}
    try:
        manager = find_manager(release.format)
        if PACKAGE not in manager.pending():
            return 0
        manager.install(PACKAGE)
        version = attempt["lastAttemptDesiredVersion"] = Release(paths).version
        if version == release.version:
            raise AgentError(1, "The package manager reports success, and the version is still %s." % version)
    except AgentError as error:
        attempt.update(lastAttemptStatus="Failed", lastAttemptMessage=error.message)
    try:
        write_json(paths.upgrade_attempt, attempt, 0o644, himds_owner())
    except OSError as error:
        sys.stderr.write("The attempt could not be kept for the next heartbeat: %s\n" % error)
        return 1
    failed = attempt["lastAttemptStatus"] == "Failed"
    text = "Automatic upgrade: %s %s" % (attempt["lastAttemptStatus"], attempt.get("lastAttemptMessage", ""))
    Log(paths.agent_log).write("error" if failed else "info", text.strip())
    return 1 if failed else 0


def main():
    """Run the job."""
    sys.exit(run(Paths()))
