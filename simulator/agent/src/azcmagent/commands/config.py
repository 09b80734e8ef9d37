"""Show and change local settings: config get|set|clear|list|info."""

from azcmagent.errors import AgentError
from azcmagent.localconfig import PROPERTIES


def options(parser, release):
    """Take an action, a property and a value."""
    parser.add_argument("action", choices=["get", "set", "clear", "list", "info"])
    parser.add_argument("property", nargs="?")
    parser.add_argument("value", nargs="?")
    parser.add_argument("-a", "--add", action="store_true", help="add to a list")
    parser.add_argument("-r", "--remove", action="store_true", help="remove from a list")


def run(context):
    """Carry out the action. Raises: AgentError 16, 23, 69, 101."""
    arguments = context.arguments
    if arguments.action == "list":
        return _list(context)
    if arguments.action == "info" and not arguments.property:
        lines = [
            "%s: %s, default %s" % (name, PROPERTIES[name][0], shown(PROPERTIES[name][1]))
            for name in context.config.names()
        ]
        return context.console.result({"properties": context.config.names()}, lines)
    if not arguments.property:
        raise AgentError(16, "The name of a property is missing.")
    return {"get": _get, "set": _set, "clear": _clear, "info": _info}[arguments.action](context, arguments.property)


def shown(value):
    """Give a value as the list of settings shows it."""
    if isinstance(value, bool):
        return str(value).lower()
    return "[%s]" % ",".join(value) if isinstance(value, list) else str(value)


def _get(context, name):
    value = context.config.get(name)
    context.console.result({"key": name, "value": shown(value)}, [shown(value)])


def _info(context, name):
    value = context.config.get(name)
    kind, default = PROPERTIES[name][:2]
    context.console.result(
        {"key": name, "type": kind}, ["%s: %s, default %s, now %s" % (name, kind, shown(default), shown(value))]
    )


def _set(context, name):
    arguments = context.arguments
    if arguments.value is None:
        raise AgentError(16, "The value of '%s' is missing." % name)
    if arguments.add and arguments.remove:
        raise AgentError(27, "--add and --remove exclude each other.")
    value = context.config.set(
        name, arguments.value, "add" if arguments.add else "remove" if arguments.remove else "replace"
    )
    context.console.info("Config property %s set to value %s." % (name, shown(value)))


def _clear(context, name):
    context.config.clear(name)
    context.console.info("Config property %s cleared." % name)


def _list(context):
    names = context.config.names()
    values = {name: shown(context.config.get(name)) for name in names}
    titles = {name: name + (" (preview)" if context.config.is_preview(name) else "") for name in names}
    lines = ["Local Configuration Settings", *("  %-40s: %s" % (titles[name], values[name]) for name in names)]
    context.console.result({"localsettings": [{"Key": name, "value": values[name]} for name in names]}, lines)
