"""Print the licence."""

_TEXT = (
    "This is arclab's stand-in for the Azure Connected Machine agent, under the Apache License 2.0. "
    "It is not Microsoft's agent."
)


def options(parser, release):
    """Take no options."""


def run(context):
    """Print it."""
    context.console.result({"license": _TEXT}, [_TEXT])
