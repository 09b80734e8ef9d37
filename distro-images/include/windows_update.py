#!/usr/bin/python3
"""The update client of this machine: what Windows' own does with an update server, as far as the agent's updates go.

`windows-update` looks for updates, downloads, verifies and installs them, and reports. `windows-update automatic` does
so by itself, as the policy of Automatic Updates says: it looks once an hour of the machine's clock whether it has to.
The server is Microsoft Update, where that is registered, or the organization's own, where the policy names one.
"""

import base64
import fcntl
import hashlib
import http.client
import os
import socket
import sys
import time
import urllib.request
import uuid

import windows
import windows_update_rules as rules
from windows_update_protocol import Connection, Refused

MICROSOFT_UPDATE = "7971f918-a847-4430-9279-4a52d1efe18d"
PLACES = ("https://fe2.update.microsoft.com/v6", "https://statsfe2.update.microsoft.com")
KEY = r"HKLM\Software\Microsoft\Windows\CurrentVersion\WindowsUpdate"
POLICY = r"HKLM\Software\Policies\Microsoft\Windows\WindowsUpdate"
FOLDER = windows.PREFIX + "/drive_c/windows/SoftwareDistribution"
HANDLER = "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/WindowsInstaller"
NOBODY = "00000000-0000-0000-0000-000000000000"
#: What a server that breaks off, refuses or sends what the protocol does not know ends with.
BROKEN = (OSError, http.client.HTTPException, Refused, rules.Unsupported)
LOOKS_EVERY_S = 22 * 3600
#: Source: numbers and names of MS-WUSP's table of events, and of the file of Windows that has them.
EVENTS = {
    147: "AGENT_DETECTION_FINISHED", 148: "AGENT_DETECTION_FAILED", 161: "AGENT_DOWNLOAD_FAILED",
    162: "AGENT_DOWNLOAD_SUCCEEDED", 181: "AGENT_INSTALLING_STARTED", 182: "AGENT_INSTALLING_FAILED",
    183: "AGENT_INSTALLING_SUCCEEDED", 190: "AU_SCHEDULED_INSTALL_SUCCESS", 195: "AU_SCHEDULED_INSTALL_FAILED",
}  # fmt: skip
# Source: error codes of the Windows Update Agent and of Windows.
WRONG_DIGEST, NO_FILE, NO_SERVER, NOT_INSTALLED, NO_HANDLER = (
    0x80246002, 0x80246007, 0x80072EFD, 0x80070643, 0x80242007,
)  # fmt: skip


class Failed(Exception):
    """Something that an update ends with: a code of Windows, and words."""

    def __init__(self, code, words):
        super().__init__(words)
        self.code = code


class Settings:
    """What the registry says of updates on this machine."""

    def __init__(self):
        found = rules.read_registry(windows.run, [KEY, POLICY])
        policy, automatic = rules.values(found, POLICY), rules.values(found, POLICY + r"\AU")
        services = rules.values(found, KEY + "\\Services\\" + MICROSOFT_UPDATE)
        self.client = rules.values(found, KEY).get("susclientid", "")
        self.server = policy.get("wuserver", "") if number(automatic, "usewuserver") else ""
        self.takes_microsoft_update = 1 in (
            number(services, "registeredwithau"), number(automatic, "allowmuupdateservice"),
        )  # fmt: skip
        # Assumed: without a policy it downloads and does not install, which is what Windows Server is set to.
        self.option = 1 if number(automatic, "noautoupdate") else number(automatic, "auoptions", 3)
        self.day, self.hour = number(automatic, "scheduledinstallday"), number(automatic, "scheduledinstalltime", 3)

    def connect(self):
        """Give a connection to the server that is asked; None for none."""
        if self.server:
            return Connection(self.server.rstrip("/"), self.server.rstrip("/"), self.client, socket.gethostname())
        return Connection(*PLACES, self.client, socket.gethostname()) if self.takes_microsoft_update else None


def number(values, name, default=0):
    """Read a number of the registry."""
    try:
        return int(values[name], 0)
    except (KeyError, ValueError):
        return default


def main(words):
    """Do what the program is asked for; give the exit status."""
    os.makedirs(FOLDER + "/Download", exist_ok=True)
    if words == ["automatic"]:
        return keep_up()
    if words:
        print("usage: windows-update [automatic]", file=sys.stderr)
        return 2
    return look(known_settings(), installs=True)


def known_settings():
    """Read the settings; a client without an id gets one, as Windows' does."""
    settings = Settings()
    if not settings.client:
        settings.client = str(uuid.uuid4())
        windows.run(["reg", "add", KEY, "/v", "SusClientId", "/d", settings.client, "/f"])
    return settings


def look(settings, *, installs, scheduled=False):
    """Look for updates and download them; with `installs` install what was downloaded. Gives an exit status."""
    with open(FOLDER + "/lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        connection = settings.connect()
        if connection is None:
            print("No server has updates for other products: Microsoft Update is not registered.")
            return 0
        report = Report(connection)
        try:
            return go_through(connection, report, installs, scheduled)
        except BROKEN as error:
            print(f"{connection.place}: {error}", file=sys.stderr)
            report.note(148, code=NO_SERVER, texts=[f"0x{NO_SERVER:08x}"])
            return 1
        finally:
            report.send()


def go_through(connection, report, installs, scheduled):
    """Look, download and install; give an exit status."""
    offered = find_offered(connection)
    report.note(147, texts=[str(len(offered))])
    print(f"{connection.place}: {len(offered)} update(s) to install")
    done = 0
    for update in offered:
        event = 161
        try:
            file = download(update)
            report.note(162, update)
            print(f"{update['title']}: downloaded and verified")
            if installs:
                event = 195 if scheduled else 182
                report.note(181, update, texts=[update["title"]])
                install(update, file)
                report.note(190 if scheduled else 183, update, texts=[update["title"]])
                print(f"{update['title']}: installed")
        except Failed as error:
            texts = [f"0x{error.code:08x}", update["title"]] if event != 161 else []
            report.note(event, update, error.code, texts)
            print(f"{update['title']}: {error} (0x{error.code:08x})", file=sys.stderr)
            done = 1
    return done


def find_offered(connection):
    """Give the updates that the server wants installed here, that fit, and that no other of them takes the place of."""
    known = [rules.Core(info) for info in connection.sync(rules.is_installed_category)]
    registry = rules.read_registry(windows.run, sorted({key for core in known for key in core.looked_at()}))
    fitting = [core for core in known if core.action == "Install" and core.fits(registry)]
    replaced = {identity for core in fitting for identity in core.replaces}
    wanted = [core for core in fitting if core.identity not in replaced]
    pieces, places = connection.details([core.revision for core in wanted])
    return [rules.offered(core, pieces[core.revision], places) for core in wanted if core.revision in pieces]


def download(update):
    """Get an update's file, or keep the one that is there; give its path. Raises: Failed."""
    path = os.path.join(FOLDER, "Download", update["file"])
    if not os.path.exists(path):
        partial = path + ".part"
        if not update["url"].startswith(("http://", "https://")):
            raise Failed(NO_FILE, f"cannot be downloaded from '{update['url']}'")
        try:
            with urllib.request.urlopen(update["url"], timeout=60) as answer, open(partial, "wb") as file:
                while block := answer.read(1 << 16):
                    file.write(block)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Failed(NO_FILE, f"cannot be downloaded: {error}") from error
        os.rename(partial, path)
    with open(path, "rb") as file:
        content = file.read()
    for name, wanted in update["digests"].items():
        if base64.b64encode(hashlib.new(name, content).digest()).decode() != wanted:
            os.unlink(path)
            raise Failed(WRONG_DIGEST, f"the file is not the one that was promised: its {name} differs")
    return path


def install(update, path):
    """Let Windows Installer install an update. Raises: Failed."""
    if update["handler"] != HANDLER:
        raise Failed(NO_HANDLER, f"nobody here installs what '{update['handler']}' is for")
    status, out, err = windows.run(
        ["msiexec", "/i", "Z:" + path.replace("/", "\\"), "/qn", *update["command_line"].split()]
    )
    if status not in (0, 3010):
        raise Failed(NOT_INSTALLED, f"msiexec ended with {status}: {out}{err}".strip())


class Report:
    """What the server is told at the end, and what Windows writes down."""

    def __init__(self, connection):
        self.connection, self.events = connection, []

    def note(self, event, update=None, code=0, texts=()):
        """Write down an event."""
        identity = update["identity"] if update else NOBODY
        self.events.append((event, identity, code, list(texts), time.time()))
        moment = time.strftime("%Y-%m-%d %H:%M:%S:000+0000", time.gmtime())
        fields = (f"{{{uuid.uuid4()}}}", moment, "1", f"{event} [{EVENTS[event]}]", "101", f"{{{identity}}}", "1",
                  f"{code:x}", "AutomaticUpdates", "Failure" if code else "Success", " ".join(texts))  # fmt: skip
        path = FOLDER + "/ReportingEvents.log"
        is_new = not os.path.exists(path)
        with open(path, "ab") as file:
            file.write((("\ufeff" if is_new else "") + "\t".join(fields) + "\r\n").encode("utf-16-le"))

    def send(self):
        """Tell the server; one that does not answer is told no more, as events are not kept."""
        try:
            self.connection.report(self.events)
        except BROKEN as error:
            print(f"{self.connection.place}: the report was not taken: {error}", file=sys.stderr)


def keep_up():
    """Look for updates when it is time, for ever."""
    seen_hour, looked, scheduled = None, 0.0, time.time()
    while True:
        now = time.time()
        if now // 3600 != seen_hour:
            seen_hour = now // 3600
            settings = known_settings()
            if settings.option == 4 and last_moment(settings, now) > scheduled:
                look(settings, installs=True, scheduled=True)
                scheduled = looked = now
            elif settings.option in (3, 4) and now - looked >= LOOKS_EVERY_S:
                look(settings, installs=False)
                looked = now
            sys.stdout.flush()
        time.sleep(0.5)


def last_moment(settings, now):
    """Give the last moment at which installations were due. Days of the policy: 0 is each day, 1 Sunday.

    Source: "Configure Automatic Updates by Using Group Policy".
    """
    for days_ago in range(8):
        day = time.gmtime(now - days_ago * 86400)
        moment = now - now % 86400 - days_ago * 86400 + settings.hour * 3600
        if moment <= now and settings.day in (0, (day.tm_wday + 1) % 7 + 1):
            return moment
    return 0.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
