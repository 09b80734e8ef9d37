"""Make a key pair and print its public half."""

from azcmagent.crypto import new_private_key, public_key
from azcmagent.state import himds_owner, write_bytes


def options(parser, release):
    """Take no options."""


def run(context):
    """Keep the private half for 'connect existing', print the public one."""
    key = new_private_key()
    write_bytes(context.paths.generated_key, key, 0o640, himds_owner())
    text = public_key(key)
    context.console.result({"publicKey": text}, [text])
