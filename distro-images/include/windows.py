#!/usr/bin/python3
"""Run a program of Windows by its own name, and read what Windows knows of services and products.

`msiexec.exe WORDS`, `reg.exe WORDS` ..: a status that does not fit into eight bits is the last line, `errorlevel 1603`,
and this program then ends with 254. `windows-services NAME ..` prints a block for each, in systemctl's words;
`windows-products [NAME]` prints `code version name` of what the Uninstall key lists.
"""

import os
import re
import subprocess
import sys
import tempfile

PREFIX = "/var/lib/windows"
WINE = "/usr/lib/wine/wine64"
AGENT = r"C:\Program Files\AzureConnectedMachineAgent\azcmagent.exe"
UNINSTALL = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall"
SERVICES = r"HKLM\System\CurrentControlSet\Services"
STATES = {"RUNNING": "active", "STOPPED": "inactive", "START_PENDING": "activating", "STOP_PENDING": "deactivating"}
STARTS = {"0x2": "enabled", "0x3": "manual", "0x4": "disabled"}
TOLD = "errorlevel"
WIDE = 254


def main(name, words):
    """Do what the program of this name does; give the exit status."""
    if name == "windows-services":
        return show_services(words)
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
    that a command starts may keep what they inherit.
    """
    with tempfile.TemporaryDirectory(dir="/run") as folder:
        with open(folder + "/line.bat", "w", encoding="utf-8", newline="\r\n") as batch:
            batch.write("@echo off\n")
            batch.writelines(" ".join(quoted(word) for word in words) + "\n" for words in commands)
            batch.write("> Z:" + folder.replace("/", "\\") + "\\status echo %errorlevel%\n")
        with open(folder + "/out", "wb") as out, open(folder + "/err", "wb") as err:
            done = subprocess.run(
                [WINE, "cmd", "/c", "Z:" + folder.replace("/", "\\") + "\\line.bat"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                check=False,
                env={**os.environ, "WINEPREFIX": PREFIX, "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml="},
            )
        try:
            with open(folder + "/status", encoding="ascii") as file:
                status = int(file.read())
        except (FileNotFoundError, ValueError):
            raise SystemExit(f"Wine's prompt broke: it ended with {done.returncode}, and told no status") from None
        return status, text_of(folder + "/out"), text_of(folder + "/err")


def quoted(word):
    """Quote a word for a batch file where that is needed."""
    word = word.replace("%", "%%")
    return '"' + word.replace('"', '\\"') + '"' if re.search(r'[\s&|<>^()"]', word) or not word else word


def text_of(path):
    """Read what a program of Windows printed."""
    with open(path, "rb") as file:
        return file.read().decode("utf-8", "replace").replace("\r\n", "\n")


def show_services(names):
    """Print state and start type of services."""
    lines = [["sc", "query", name] for name in names]
    status, out, _ = run(*lines, ["reg", "query", SERVICES, "/v", "Start", "/s"])
    if status != 0:
        print(f"the registry cannot be read: {out}", file=sys.stderr)
        return 1
    states = dict(re.findall(r"SERVICE_NAME: (\S+)(?s:.*?)STATE\s*: \d+\s+(\w+)", out))
    starts = dict(re.findall(r"\\Services\\([^\\\n]+)\n\s+Start\s+REG_DWORD\s+(\w+)", out))
    for name in names:
        state = STATES.get(states.get(name, ""), states.get(name, "inactive"))
        load = "loaded" if name in states else "not-found"
        start = STARTS.get(starts.get(name, ""), "")
        print(f"Id={name}.service\nLoadState={load}\nActiveState={state}\nUnitFileState={start}\n")
    return 0


def show_products(names):
    """Print what is installed; with a name only what is called so."""
    status, out, _ = run(["reg", "query", UNINSTALL, "/s"])
    if status != 0:
        print(f"the registry cannot be read: {out}", file=sys.stderr)
        return 1
    for block in out.split("\n\n"):
        code = re.search(r"\\Uninstall\\(\S+)", block)
        values = dict(re.findall(r"^ +(\w+) +REG_SZ *(.*?) *$", block, re.MULTILINE))
        if code and "DisplayName" in values and (not names or values["DisplayName"] in names):
            print(code[1], values.get("DisplayVersion", ""), values["DisplayName"])
    return 0


if __name__ == "__main__":
    sys.exit(main(os.path.basename(sys.argv[0]).removesuffix(".exe"), sys.argv[1:]))
