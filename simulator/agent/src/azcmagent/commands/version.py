"""Print the version."""


def options(parser, release):
    """Take no options."""


def run(context):
    """Print it. Source: published logs show two blanks before the number."""
    version = context.release.version
    context.console.result({"version": version}, ["azcmagent version  " + version])
