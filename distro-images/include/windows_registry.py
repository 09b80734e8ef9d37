#!/usr/bin/python3
"""Tell what Windows keeps in its registry: what differs from the first look, and a product's files.

`windows-registry FOLDER` prints JSON: `{path: [then, now]}` of each value that is not as it was at the first look,
which FOLDER keeps; null where there is none. A path is `HKLM\\KEY\\NAME`, `@` the value without a name, and a key
without values ends with `\\`. Windows Installer's own records are left out. `windows-files NAME` prints what the
components of a product are known by: paths of files on this machine, and of values of the registry.
"""

import json
import os
import re
import sys
import tempfile

import windows

HIVES = {"HKLM\\Software": "HKEY_LOCAL_MACHINE", "HKLM\\System": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER"}
SHORT = {"HKEY_LOCAL_MACHINE": "HKLM", "HKEY_CURRENT_USER": "HKCU"}
#: What Windows Installer and Wine write for themselves; certificates Wine copies from the machine's own.
OWN = re.compile(
    r"(?i)HKLM\\Software\\(Microsoft\\Windows\\CurrentVersion\\(Installer|Uninstall|SharedDLLs)|Classes\\Installer)(\\|$)"
    r"|HKLM\\Software\\(Wow6432Node\\)?Microsoft\\Windows NT\\CurrentVersion\\(Print|NetworkCards|Fonts)(\\|$)"
    r"|(HKLM|HKCU)\\Software\\(Wow6432Node\\)?Microsoft\\SystemCertificates(\\|$)"
    r"|HKLM\\System\\CurrentControlSet\\(Enum|Control\\(ServiceCurrent|Video|Class|DeviceClasses))(\\|$)"
    r"|HKCU\\(Software\\Wine|Volatile Environment)(\\|$)"
)
COMPONENTS = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Components"
ALWAYS = r"HKLM\Software\Microsoft\Windows\CurrentVersion"
#: Of a key path; the second ten are of components of 64 bits. Classes of the whole machine are below HKLM.
ROOTS = {"0": r"HKLM\Software\Classes", "1": "HKCU", "2": "HKLM", "3": "HKU"}


def main(name, words):
    """Do what the program of this name does; give the exit status."""
    if name == "windows-files":
        for path in component_paths(words[0]):
            print(path)
        return 0
    kept = os.path.join(words[0], "registry.first")
    now = read_registry()
    if not os.path.exists(kept):
        with open(kept + ".new", "w", encoding="utf-8") as file:
            json.dump(now, file)
        os.rename(kept + ".new", kept)
    with open(kept, encoding="utf-8") as file:
        print(json.dumps(differences(json.load(file), now)))
    return 0


def differences(first, now):
    """Give (then, now) by path of all that is not alike; of keys only those below which nothing else is."""
    paths = sorted(path for path in first.keys() | now.keys() if first.get(path) != now.get(path))
    above = {path[: end + 1] for path in paths for end, letter in enumerate(path[:-1]) if letter == "\\"}
    return {path: [first.get(path), now.get(path)] for path in paths if path not in above}


def read_registry():
    """Read the watched parts of the registry: data by path."""
    found = {}
    with tempfile.TemporaryDirectory(dir=windows.SCRATCH) as folder:
        targets = {hive: f"{folder}/{number}.reg" for number, hive in enumerate(HIVES)}
        windows_path = "Z:" + folder.replace("/", "\\")
        status, out, err = windows.run(
            *(["reg", "export", hive, f"{windows_path}\\{number}.reg", "/y"] for number, hive in enumerate(HIVES))
        )
        for target in targets.values():
            if not os.path.exists(target):
                raise SystemExit(f"the registry cannot be read: {status}: {out}{err}")
            with open(target, encoding="utf-16") as file:
                found.update(parse_export(file.read()))
    return {path: data for path, data in found.items() if not OWN.match(path)}


def parse_export(text):
    """Read what `reg export` writes."""
    found, key = {}, ""
    for line in text.replace("\\\n  ", "").split("\n"):
        if line.startswith("["):
            root, _, rest = line[1:].rstrip("]").partition("\\")
            key = f"{SHORT.get(root, root)}\\{rest}"
            found[f"{key}\\"] = ""
            continue
        value = re.match(r'(?:@|"((?:[^"\\]|\\.)*)")=(.*)', line)
        if value and key:
            name = re.sub(r"\\(.)", r"\1", value[1]) if value[1] is not None else "@"
            found[f"{key}\\{name or '@'}"] = value[2]
    return found


def component_paths(name):
    """Give what the components of the products of a name are known by."""
    status, out, _ = windows.run(
        ["reg", "query", windows.UNINSTALL, "/s"], ["reg", "query", COMPONENTS, "/s"], ["reg", "query", ALWAYS, "/ve"]
    )
    if status != 0:  # of the last one: there are no components before the first installation
        raise SystemExit(f"the registry cannot be read: {out}")
    codes = [packed(code) for code, _, title in windows.products(out) if title == name]
    values = re.findall(r"(?m)^ +([0-9A-F]{32}) +REG_SZ *(.*?) *$", out)
    return sorted({here(path) for code, path in values if code in codes and path})


def here(path):
    """Give a component's key path as this machine has it: a file's path, or a registry value's."""
    root = re.match(r"[02]([0-3]):\\?(.*)", path)
    if root:
        return f"{ROOTS[root[1]]}\\{root[2]}"
    return windows.unix_path(path)


def packed(code):
    """Give a product code as Windows Installer writes it in its records.

    Source: the format that msi.dll's records have: the first three groups backwards, the rest with each pair swapped.
    """
    one, two, three, *rest = code.strip("{}").split("-")
    pairs = "".join(rest)
    return "".join(part[::-1] for part in (one, two, three)) + "".join(
        pairs[i + 1] + pairs[i] for i in range(0, len(pairs), 2)
    )


if __name__ == "__main__":
    sys.exit(main(os.path.basename(sys.argv[0]), sys.argv[1:]))
