"""What gcad knows how to audit: five of the configurations that Azure Policy brings for Linux, by their names.

Source: their published names and what each looks at. Assumed: the texts of reasons, and ids of resources but that of
msid121. Each audit gives the reasons why a machine does not comply: none for one that does.
"""

import os
import re
import shutil
import stat
import subprocess

from azcmagent.errors import AgentError

_PACKAGES = re.compile(r"packages:\s*\[(.*)\]")
_ASK_LIMIT_S = 60


def audit(configuration, root="/"):
    """Give the resources of a configuration as a report has them; None for a configuration that is not known.

    `configuration` is as the service hands it out. Raises: AgentError for a machine that cannot be looked at.
    """
    known = _AUDITS.get(configuration.get("name", "").lower())
    if known is None:
        return None
    resource, look = known
    try:
        reasons = look(configuration, root)
    except OSError as error:
        raise AgentError(1, "%s: %s" % (configuration["name"], error)) from error
    return [{
        "resourceId": resource,
        "complianceStatus": "NonCompliant" if reasons else "Compliant",
        "reasons": [{"code": "%s:%s" % (resource.strip("[").replace("]", ":"), code), "phrase": phrase}
                    for code, phrase in reasons],
        "properties": {"ConfigurationName": configuration["name"]},
    }]  # fmt: skip


def _passwd_mode(_configuration, root):
    mode = stat.S_IMODE(os.stat(os.path.join(root, "etc/passwd")).st_mode)
    return [] if mode == 0o644 else [("Mode", "The file /etc/passwd has the mode %04o, not 0644." % mode)]


def _accounts_without_passwords(_configuration, root):
    with open(os.path.join(root, "etc/shadow"), encoding="utf-8", errors="surrogateescape") as file:
        fields = [line.rstrip("\n").split(":") for line in file]
    names = [field[0] for field in fields if len(field) > 1 and not field[1]]
    return [("Password", "The account %s has no password." % name) for name in names]


def _remote_connections(_configuration, root):
    """Source: sshd takes the first value of a keyword, and `no` without one. Assumed: included files do not count."""
    try:
        with open(os.path.join(root, "etc/ssh/sshd_config"), encoding="utf-8", errors="surrogateescape") as file:
            words = [line.split() for line in file]
    except FileNotFoundError:
        return []
    first = next((word[1] for word in words if len(word) > 1 and word[0].lower() == "permitemptypasswords"), "no")
    reason = ("PermitEmptyPasswords", "The server for SSH lets accounts without passwords in.")
    return [reason] if first.lower() == "yes" else []


def _installed_applications(configuration, _root):
    return [("Package", "The package %s is not installed." % name)
            for name in _applications(configuration) if not _is_installed(name)]  # fmt: skip


def _not_installed_applications(configuration, _root):
    return [("Package", "The package %s is installed." % name)
            for name in _applications(configuration) if _is_installed(name)]  # fmt: skip


def _applications(configuration):
    """Give the packages that are meant. Source: `packages: [a, b]` in the parameter AttributesYmlContent."""
    for parameter in configuration.get("configurationParameter", ()):
        found = _PACKAGES.search(parameter.get("value", ""))
        if parameter.get("name", "").rpartition(";")[2].lower() == "attributesymlcontent" and found:
            return [name.strip(" '\"") for name in found.group(1).split(",") if name.strip(" '\"")]
    raise AgentError(1, "%s: no parameter AttributesYmlContent names packages" % configuration["name"])


def _is_installed(name):
    """Ask the machine's own package manager. Raises: AgentError."""
    if shutil.which("dpkg-query"):
        code, output = _asked(["dpkg-query", "--show", "--showformat", "${db:Status-Status}\n", "--", name])
        return code == 0 and "installed" in output.split("\n")
    if shutil.which("rpm"):
        return _asked(["rpm", "--query", "--quiet", "--", name])[0] == 0
    raise AgentError(1, "There is neither dpkg-query nor rpm.")


def _asked(words):
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              check=False, timeout=_ASK_LIMIT_S)  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AgentError(1, "%s: %s" % (words[0], error)) from error
    return done.returncode, done.stdout.decode("utf-8", "replace")


_INSTALLED = ("[ChefInSpec]InstalledApplicationLinux", _installed_applications)
_NOT_INSTALLED = ("[ChefInSpec]NotInstalledApplicationLinux", _not_installed_applications)
_AUDITS = {
    "passwordpolicy_msid110": ("[ChefInSpec]MSID110", _remote_connections),
    "passwordpolicy_msid121": ("[ChefInSpec]MSID121", _passwd_mode),
    "passwordpolicy_msid232": ("[ChefInSpec]MSID232", _accounts_without_passwords),
    "installed_application_linux": _INSTALLED,
    "installedapplicationlinux": _INSTALLED,
    "not_installed_application_linux": _NOT_INSTALLED,
    "notinstalledapplicationlinux": _NOT_INSTALLED,
}
