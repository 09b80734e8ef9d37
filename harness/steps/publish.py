"""publish: publish a release in the repository, or withdraw one; clients see it at their next refresh."""

from __future__ import annotations

from harness.context import Context
from harness.model.repository_steps import Publish
from simulator.contract import RepositoryChange


def run(context: Context, arguments: Publish) -> None:
    """Change what the repository offers."""
    if arguments.version:
        found = context.every.resolve(arguments.version)
        context.control.change_repository(RepositoryChange(publish=(found.release,)))
        context.published = context.published.with_release(found, context.every)
    else:
        found = context.published.resolve(arguments.withdraw)
        context.control.change_repository(RepositoryChange(withdraw=(found.release,)))
        context.published = context.published.without(found)
