"""List and remove extensions on this machine."""

from azcmagent.errors import AgentError
from azcmagent.extensions import Extensions


def options(parser, release):
    """Take an action and a name."""
    parser.add_argument("action", choices=["list", "remove"])
    parser.add_argument("-n", "--name")
    parser.add_argument("-a", "--all", action="store_true")


def run(context):
    """Carry out the action. Raises: AgentError 16, 23, 72."""
    store = Extensions(context.paths)
    found = store.installed()
    if context.arguments.action == "list":
        lines = []
        for item in found:
            lines += [
                "Extension: %s" % item["name"],
                "Version: %s" % item["version"],
                "Extension Path: %s" % item["path"],
                "State: %s" % item["state"],
                "",
            ]
        return context.console.result({"extensions": found}, lines)
    if not context.arguments.all and not context.arguments.name:
        raise AgentError(16, "Name the extension with --name, or give --all.")
    chosen = [item for item in found if context.arguments.all or item["name"] == context.arguments.name]
    if not chosen and not context.arguments.all:
        raise AgentError(23, "There is no extension '%s' on this machine." % context.arguments.name)
    for item in chosen:
        code, output = store.uninstall(item)
        if code != 0:
            raise AgentError(72, "Removing '%s' failed with exit code %d: %s" % (item["name"], code, output[-300:]))
        context.console.info("Removed extension %s" % item["name"])
    return None
