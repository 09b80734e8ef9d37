"""connect: run `azcmagent connect` with the case's tenant, subscription, resource group and location."""

from __future__ import annotations

from harness.context import Context
from harness.model.scenario import Connect
from harness.steps.sign_in import run_signed_in


def run(context: Context, arguments: Connect) -> None:
    """Connect the machine, signed in as one of the case's principals."""
    azure = context.azure
    words = ["connect", "--subscription-id", azure.subscription_id, "--resource-group", azure.resource_group,
             "--location", azure.location, "--tenant-id", azure.tenant_id]  # fmt: skip
    if arguments.name:
        words += ["--resource-name", arguments.name]
    run_signed_in(context, words, auth=arguments.auth, principal=arguments.principal, user=arguments.user)
    context.remember_machines()
