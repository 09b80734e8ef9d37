"""Local configuration: properties, their defaults, their checks. Source: azcmagent config reference."""

import re

from azcmagent.errors import AgentError
from azcmagent.state import read_json, write_json

_URL = re.compile(r"^http://(?:[^/@\s]+@)?[A-Za-z0-9._-]+(?::[0-9]{1,5})?/?$")
_EXTENSION = re.compile(r"^[A-Za-z0-9.]+/[A-Za-z0-9.]+$")

#: name -> (type, default, feature that brought it, preview: yes, no, or the feature that ended it)
PROPERTIES = {
    "incomingconnections.enabled": ("bool", True, "config", True),
    "incomingconnections.ports": ("list", [], "config", True),
    "connection.type": ("connection", "default", "gateway", "connection-type-final"),
    "proxy.url": ("url", "", "config", False),
    "proxy.bypass": ("bypass", [], "proxy-bypass", False),
    "extensions.allowlist": ("extensions", [], "allow-lists", False),
    "extensions.blocklist": ("extensions", [], "allow-lists", False),
    "guestconfiguration.enabled": ("bool", True, "allow-lists", False),
    "extensions.enabled": ("bool", True, "extensions-enabled", False),
    "config.mode": ("mode", "full", "config-mode", False),
    "guestconfiguration.agent.cpulimit": ("percent", 5, "cpulimit", False),
    "extensions.agent.cpulimit": ("percent", 5, "cpulimit", False),
}
LISTS = ("list", "bypass", "extensions")
#: What monitor mode allows. Source: Microsoft's list is of monitoring and security. Assumed: which of those known here.
MONITORED = [
    "Microsoft.Azure.Monitor/AzureMonitorLinuxAgent",
    "Microsoft.Azure.Monitoring.DependencyAgent/DependencyAgentLinux",
    "Microsoft.Azure.AzureDefenderForServers/MDE.Linux",
]
BYPASS_FEATURES = {
    "AAD": "proxy-bypass",
    "ARM": "proxy-bypass",
    "Arc": "proxy-bypass",
    "ArcData": "bypass-arcdata",
    "AMA": "bypass-ama",
}


class LocalConfig:
    """The properties that a release knows. Reads the file at each look, so that services follow without a restart."""

    def __init__(self, paths, release):
        self._path = paths.local_config
        self._release = release

    def names(self):
        """List the properties of this release."""
        return [name for name, facts in PROPERTIES.items() if self._release.has(facts[2])]

    def is_preview(self, name):
        """Say whether this release calls a property a preview."""
        preview = PROPERTIES[name][3]
        return not self._release.has(preview) if isinstance(preview, str) else preview

    def get(self, name):
        """Give a property's value; in monitor mode the lists are Microsoft's. Raises: AgentError for an unknown one."""
        self._known(name)
        if self._is_given(name):
            return list(MONITORED) if name == "extensions.allowlist" else []
        value = read_json(self._path).get(name, PROPERTIES[name][1])
        return list(value) if isinstance(value, list) else value

    def effective(self, name):
        """Give a property's value, or its default where this release does not know it."""
        return self.get(name) if name in self.names() else PROPERTIES[name][1]

    def set(self, name, text, how="replace"):
        """Set a property from text; `how` is replace, add or remove, for lists. Raises: AgentError."""
        self._changeable(name)
        kind = PROPERTIES[name][0]
        if how != "replace" and kind not in LISTS:
            raise AgentError(23, "The property '%s' is not a list." % name)
        value = self._parsed(name, kind, text)
        if how == "add":
            old = self.get(name)
            value = old + [item for item in value if item not in old]
        elif how == "remove":
            value = [item for item in self.get(name) if item not in value]
        self._write(name, value)
        return value

    def clear(self, name):
        """Set a property back to its default. Raises: AgentError."""
        self._changeable(name)
        self._write(name, PROPERTIES[name][1])

    def _write(self, name, value):
        config = read_json(self._path)
        if config.get(name, PROPERTIES[name][1]) == value:
            return
        config[name] = value
        try:
            write_json(self._path, config)
        except OSError as error:
            raise AgentError(69, "The local configuration could not be written: %s." % error) from error

    def _is_given(self, name):
        """Say whether monitor mode rules a property. What was set before is kept, and is back in full mode."""
        return PROPERTIES[name][0] == "extensions" and self.effective("config.mode") == "monitor"

    def _changeable(self, name):
        self._known(name)
        if self._is_given(name):
            raise AgentError(23, "The property '%s' cannot be changed in monitor mode." % name)

    def _known(self, name):
        if name not in self.names():
            raise AgentError(23, "The property '%s' is not known. Known are: %s." % (name, ", ".join(self.names())))

    def _parsed(self, name, kind, text):
        if kind == "bool":
            if text.lower() not in ("true", "false"):
                raise AgentError(23, "'%s' is 'true' or 'false', not '%s'." % (name, text))
            return text.lower() == "true"
        if kind == "percent":
            if not text.isdigit() or not 1 <= int(text) <= 100:
                raise AgentError(23, "'%s' is a number from 1 to 100, not '%s'." % (name, text))
            return int(text)
        if kind == "url":
            if text and not _URL.match(text):
                raise AgentError(23, "'%s' must be http://HOST[:PORT]." % name)
            return text.rstrip("/")
        if kind in ("mode", "connection"):
            allowed = ("full", "monitor") if kind == "mode" else ("default", "direct", "gateway")
            if text not in allowed:
                raise AgentError(23, "'%s' is one of %s, not '%s'." % (name, ", ".join(allowed), text))
            return text
        return self._parsed_list(name, kind, [item.strip() for item in text.split(",") if item.strip()])

    def _parsed_list(self, name, kind, items):
        for item in items:
            good = True
            if kind == "bypass":
                good = item in BYPASS_FEATURES and self._release.has(BYPASS_FEATURES[item])
            elif kind == "extensions":
                good = bool(_EXTENSION.match(item))
            elif name == "incomingconnections.ports":
                good = item.isdigit() and 0 < int(item) < 65536
            if not good:
                raise AgentError(23, "'%s' is not a value of '%s'." % (item, name))
        return list(dict.fromkeys(items))
