"""upgrade: the two documented commands, one for the index and one for the package.

Where an earlier release has another name, whoever upgrades asks for the new one.
"""

from __future__ import annotations

from harness.context import Context
from harness.model.scenario import Upgrade
from harness.steps.documented import run_documented


def run(context: Context, arguments: Upgrade) -> None:
    """Run both commands, with or without sudo; the second is not run when the first fails."""
    manager, product = context.machine.package_manager, context.product
    if arguments.anew:
        context.machine.must(manager.forget(), "forget what it has read of its repositories")
    script = manager.upgrade("" if arguments.everything else product.package)
    if any(_is_there(context, name) for name in product.formerly):
        script = manager.install(product.package, None)
    run_documented(context, manager.refresh(), script, sudo=arguments.sudo)


def _is_there(context: Context, package: str) -> bool:
    manager = context.machine.package_manager
    answer = context.machine.must(manager.query(package), "tell what is installed")
    return manager.installed(answer)[0] != "absent"
