"""Print the commands."""

from azcmagent import cli


def options(parser, release):
    """Take no options."""


def run(context):
    """Print the commands that this release has."""
    lines = ["Usage: azcmagent COMMAND [OPTIONS]", "", "Commands:"]
    names = [name for name, (feature, _) in sorted(cli.COMMANDS.items()) if not feature or context.release.has(feature)]
    context.console.result(
        {"commands": names}, [*lines, *("  " + name for name in names), "", "azcmagent COMMAND --help tells more."]
    )
