"""The command line: which commands a release has, and how their failures end."""

import argparse
import importlib
import json
import os
import sys
import traceback

from azcmagent.console import Console
from azcmagent.errors import AgentError
from azcmagent.localconfig import LocalConfig
from azcmagent.paths import Paths
from azcmagent.release import Release

#: command -> (feature that brought it or "", needs root). Only the command's own module is loaded: a start costs 20 ms.
COMMANDS = {
    "check": ("check", True),
    "config": ("config", True),
    "connect": ("", True),
    "disconnect": ("", True),
    "extension": ("extension-command", True),
    "genkey": ("", True),
    "help": ("", False),
    "license": ("", False),
    "logs": ("", True),
    "show": ("", "show-unprivileged"),
    "version": ("", False),
}


class Parser(argparse.ArgumentParser):
    """A parser whose mistakes are AZCM0101."""

    def error(self, message):
        """Raise instead of ending the program."""
        raise AgentError(101, "The command line could not be parsed: %s. See 'azcmagent help'." % message)


class Context:
    """What a command gets: paths, release, settings, console, and its own arguments."""

    def __init__(self, paths, release, console, arguments):
        self.paths = paths
        self.release = release
        self.config = LocalConfig(paths, release)
        self.console = console
        self.arguments = arguments


def parser_for(name, module, release):
    """Give the parser of a command: its own flags and the global ones."""
    parser = Parser(prog="azcmagent " + name, description=module.__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("-j", "--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--log-stderr", action="store_true", help="print messages on stderr")
    parser.add_argument("--no-color", action="store_true", help="print without colours")
    parser.add_argument("-v", "--verbose", action="store_true", help="print more")
    parser.add_argument("--config", metavar="FILE", help="take options from a JSON or YAML file")
    module.options(parser, release)
    return parser


def with_file(parser, words):
    """Add the options of a --config file before those of the command line, which win. Raises: AgentError 19."""
    known = [action.dest for action in parser._actions]
    for index, word in enumerate(words):
        path = word[len("--config=") :] if word.startswith("--config=") else ""
        if word == "--config" and index + 1 < len(words):
            path = words[index + 1]
        for key, value in options_of(path).items() if path else ():
            name = key.replace("-", "_")
            if name not in known:
                raise AgentError(19, "The configuration file '%s' has the unknown key '%s'." % (path, key))
            parser.set_defaults(**{name: value})
    return parser.parse_args(words)


def options_of(path):
    """Read a file of options: a JSON object, or YAML of one `key: value` a line. Raises: AgentError 19."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, ValueError) as error:
        raise AgentError(19, "The configuration file '%s' cannot be read: %s." % (path, error)) from error
    try:
        options = json.loads(text) if text.lstrip().startswith("{") else dict(map(_yaml_line, _yaml_lines(text)))
    except ValueError as error:
        raise AgentError(
            19, "The configuration file '%s' is neither JSON nor simple YAML: %s." % (path, error)
        ) from error
    return options


def _yaml_lines(text):
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and line != "---" and not line.startswith("#")]


def _yaml_line(line):
    key, colon, value = line.partition(":")
    if not colon:
        raise ValueError("'%s' is no 'key: value'" % line)
    value = value.strip()
    if value[:1] in ("'", '"') and value[-1:] == value[:1] and len(value) > 1:
        return key.strip(), value[1:-1]
    return key.strip(), {"true": True, "false": False}.get(value, value)


def run(words, paths, release):
    """Run a command line; gives the exit status."""
    plain = Console(paths, as_json="-j" in words or "--json" in words, log_stderr="--log-stderr" in words)
    try:
        if not words or words[0] in ("-h", "--help"):
            words = ["help"]
        name = words[0]
        feature, needs_root = COMMANDS.get(name, ("-", False))
        if feature and not release.has(feature):
            raise AgentError(101, "Unknown command '%s'. See 'azcmagent help'." % name)
        if isinstance(needs_root, str):
            needs_root = not release.has(needs_root)
        module = importlib.import_module("azcmagent.commands." + name)
        arguments = with_file(parser_for(name, module, release), words[1:])
        if needs_root and os.geteuid() != 0:
            raise AgentError(18, "This command must be run as root, for example with sudo.")
        console = Console(paths, arguments.json, arguments.verbose, arguments.log_stderr)
        console.debug("azcmagent %s: command %s" % (release.version, name))
        return module.run(Context(paths, release, console, arguments)) or 0
    except AgentError as error:
        plain.failure(error)
        return error.code
    except Exception as error:
        plain.debug(traceback.format_exc())
        plain.failure(AgentError(1, "%s: %s" % (type(error).__name__, error)))
        return 1
    except KeyboardInterrupt:
        plain.failure(AgentError(11, "Interrupted."))
        return 11


def main():
    """Run the program."""
    paths = Paths()
    sys.exit(run(sys.argv[1:], paths, Release(paths)))
