"""Collect the agent's logs in a zip file."""

import os
import socket
import subprocess
import time
import zipfile

from azcmagent.service import SERVICES


def options(parser, release):
    """Take the output's path."""
    parser.add_argument("-o", "--output")
    if release.has("logs-full"):
        parser.add_argument("-f", "--full", action="store_true")


def run(context):
    """Write the zip file and say where it is."""
    paths = context.paths
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    name = context.arguments.output or "azcmagent-%s-%s.zip" % (stamp, socket.gethostname())
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in (paths.logs, os.path.dirname(paths.ext_log), os.path.dirname(paths.gc_log), paths.extension_logs):
            for root, _, files in os.walk(folder):
                for file in sorted(files):
                    path = os.path.join(root, file)
                    archive.write(path, os.path.relpath(path, paths.root))
        if context.release.has("logs-full"):
            for unit, _ in SERVICES:
                done = subprocess.run(["journalctl", "--no-pager", "-u", unit], capture_output=True, check=False)
                archive.writestr("journal/%s.log" % unit, done.stdout)
    os.chmod(name, 0o600)
    context.console.result({"path": os.path.abspath(name)}, ["Logs are in " + os.path.abspath(name)])
