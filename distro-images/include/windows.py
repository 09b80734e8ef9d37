#!/usr/bin/python3
"""Run a program of Windows by its own name, and read what Windows knows of services and products.

`msiexec.exe WORDS`, `reg.exe WORDS` ..: a status that does not fit into eight bits is the last line, `errorlevel 1603`,
and this program then ends with 254. `windows-services NAME ..` prints a block for each, in systemctl's words, and
without a name `name start-type` of all; `windows-look [NAME ..]` prints the same blocks, then the machine's variables;
`windows-products [NAME]` prints `code version name` of what the Uninstall key lists.
"""

import os
import re
import subprocess
import sys
import tempfile

PREFIX = "/var/lib/windows"
SCRATCH = "/run"
WINE = "/usr/lib/wine/wine64"
AGENT = r"C:\Program Files\AzureConnectedMachineAgent\azcmagent.exe"
UNINSTALL = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall"
SERVICES = r"HKLM\System\CurrentControlSet\Services"
VARIABLES = r"HKLM\System\CurrentControlSet\Control\Session Manager\Environment"
STATES = {"RUNNING": "active", "STOPPED": "inactive", "START_PENDING": "activating", "STOP_PENDING": "deactivating"}
STARTS = {"0x2": "enabled", "0x3": "manual", "0x4": "disabled"}
TOLD = "errorlevel"
WIDE = 254
TRIALS = 3
VARIABLE = r"(?m)^([^=\s][^=\n]*)=(.*)$"  # as `set` prints it
VALUE = r"(?m)^ +(\S+) +REG_(?:EXPAND_)?SZ *(.*?) *$"


def main(name, words):
    """Do what the program of this name does; give the exit status."""
    if name == "windows-services":
        return show_services(words) if words else show_all_services()
    if name == "windows-look":
        return look(words)
    if name == "windows-products":
        return show_products(words)
    if name == "azcmagent" and not os.path.exists(unix_path(AGENT)):
        print("azcmagent: command not found", file=sys.stderr)
        return 127
    program = AGENT if name == "azcmagent" else name
    status, out, err = run([program, *words])
    sys.stdout.write(out)
    sys.stderr.write(err)
    if 0 <= status < WIDE:
        return status
    print(TOLD, status, file=sys.stderr)
    return WIDE


def unix_path(path):
    """Give where a path of drive C is in the prefix."""
    return PREFIX + "/drive_c/" + path[3:].replace("\\", "/")


def run(*commands):
    """Run command lines one after the other at a prompt of Windows; give the last status, and what all printed.

    The status is asked of the prompt: that of Wine's own process has eight bits. Outputs go to files, since services
    that a command starts may keep what they inherit. A prompt that did not begin has done nothing, and is tried again:
    on a busy machine Wine's server turns one away now and then.
    """
    for _ in range(TRIALS):
        with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
            ended = prompt(folder, commands)
            if os.path.exists(folder + "/began"):
                try:
                    with open(folder + "/status", encoding="ascii") as file:
                        status = int(file.read())
                except (FileNotFoundError, ValueError):
                    break
                return status, text_of(folder + "/out"), text_of(folder + "/err")
    raise SystemExit(f"Wine's prompt broke: it ended with {ended}, and told no status")


def prompt(folder, commands):
    """Let a prompt run command lines, with its files in a folder; give the status of Wine's own process."""
    windows_path = "Z:" + folder.replace("/", "\\")
    with open(folder + "/line.bat", "w", encoding="utf-8", newline="\r\n") as batch:
        batch.write(f"@echo off\n> {windows_path}\\began echo begun\n")
        batch.writelines(" ".join(quoted(word) for word in words) + "\n" for words in commands)
        batch.write(f"> {windows_path}\\status echo %errorlevel%\n")
    with open(folder + "/out", "wb") as out, open(folder + "/err", "wb") as err:
        return subprocess.run(
            [WINE, "cmd", "/c", f"{windows_path}\\line.bat"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            check=False,
            env={**os.environ, "WINEPREFIX": PREFIX, "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml="},
        ).returncode


def quoted(word):
    """Quote a word for a batch file where that is needed."""
    word = word.replace("%", "%%")
    return '"' + word.replace('"', '\\"') + '"' if re.search(r'[\s&|<>^()"]', word) or not word else word


def text_of(path):
    """Read what a program of Windows printed."""
    with open(path, "rb") as file:
        return file.read().decode("utf-8", "replace").replace("\r\n", "\n")


def show_services(names):
    """Print state, start type and main process of services."""
    status, out, _ = run(*questions(names))
    if status != 0:
        print(f"the registry cannot be read: {out}", file=sys.stderr)
        return 1
    print_services(names, out)
    return 0


def look(names):
    """Print services and variables; one prompt is asked for all, so that one has to begin."""
    status, out, _ = run(*questions(names), ["reg", "query", VARIABLES])
    services, key, variables = out.rpartition(VARIABLES.removeprefix("HKLM"))
    if status != 0 or not key or SERVICES.removeprefix("HKLM") not in services:
        print(f"the registry cannot be read: {out}", file=sys.stderr)
        return 1
    print_services(names, services)
    print("\n".join(sorted(f"{name}={value}" for name, value in re.findall(VALUE, variables))))
    return 0


def questions(names):
    """Give the lines whose answers say all of services."""
    return [["set"], *(["sc", "query", name] for name in names), ["reg", "query", SERVICES, "/s"]]


def print_services(names, out):
    """Print what the answers say of each."""
    states = dict(re.findall(r"SERVICE_NAME: (\S+)(?s:.*?)STATE\s*: \d+\s+(\w+)", out))
    facts, running, variables = registered(out), processes(), dict(re.findall(VARIABLE, out))
    for name in names:
        state = STATES.get(states.get(name, ""), states.get(name, "inactive"))
        known = facts.get(name, {})
        load = "loaded" if name in states else "not-found"
        start = STARTS.get(known.get("Start", ""), "")
        line = command_line(expanded(known.get("ImagePath", ""), variables))
        pid = running.get(line, 0) if state != "inactive" else 0
        path = f"{SERVICES}\\{name}" if known else ""
        print(f"Id={name}.service\nLoadState={load}\nActiveState={state}\nUnitFileState={start}\nMainPID={pid}")
        print(f"FragmentPath={path}\n")


def command_line(text):
    """Give a command line as it is compared: in small letters, without quotes, one blank between words."""
    return " ".join(text.replace('"', "").split()).casefold()


def expanded(text, variables):
    """Put in the values of variables, %NAME%, in letters of any size; what is unknown stays, as at the prompt."""
    known = {name.casefold(): value for name, value in variables.items()}
    return re.sub("%([^%]+)%", lambda found: known.get(found[1].casefold(), found[0]), text)


def registered(out):
    """Read what `reg query` prints of the services' keys: the values of each, by name."""
    found = {}
    for block in re.split(r"\n\s*\n", out):
        key = re.search(r"(?i)\\Services\\([^\\\n]+)\n", block)
        if key:
            values = dict(re.findall(r"(?m)^ +(\w+) +REG_\w+ +(.*?) *$", block))
            found.setdefault(key[1].strip(), {}).update(values)
    return found


def processes():
    """Give the oldest process of each command line, as it is compared; a program of Windows has its path of Windows."""
    found = {}
    for pid in sorted(map(int, filter(str.isdigit, os.listdir("/proc")))):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                line = file.read().decode("utf-8", "replace").replace("\0", " ")
        except OSError:
            continue  # it has just ended
        found.setdefault(command_line(line), pid)
    return found


def show_all_services():
    """Print name and start type of all services; drivers have none of these types, or one of the kernel's."""
    status, out, _ = run(["reg", "query", SERVICES, "/s"])
    if status != 0:
        print(f"the registry cannot be read: {out}", file=sys.stderr)
        return 1
    for name, values in sorted(registered(out).items()):
        if "ImagePath" in values and values.get("Start") in STARTS:
            print(f"{name.replace(' ', '-')}.service", STARTS[values["Start"]])
    return 0


def show_products(names):
    """Print what is installed; with a name only what is called so."""
    status, out, _ = run(["reg", "query", UNINSTALL, "/s"])
    if status != 0:
        print(f"the registry cannot be read: {out}", file=sys.stderr)
        return 1
    for code, version, title in products(out):
        if not names or title in names:
            print(code, version, title)
    return 0


def products(out):
    """Read code, version and name of what the Uninstall key lists from what `reg query` prints of it."""
    found = []
    for block in out.split("\n\n"):
        code = re.search(r"\\Uninstall\\(\S+)", block)
        values = dict(re.findall(r"^ +(\w+) +REG_SZ *(.*?) *$", block, re.MULTILINE))
        if code and "DisplayName" in values:
            found.append((code[1], values.get("DisplayVersion", ""), values["DisplayName"]))
    return found


if __name__ == "__main__":
    sys.exit(main(os.path.basename(sys.argv[0]).removesuffix(".exe"), sys.argv[1:]))
