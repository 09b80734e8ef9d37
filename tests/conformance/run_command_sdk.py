"""A run command is changed, by the one SDK that does so; run by the interpreter that has it.

    python -m tests.conformance.run_command_sdk BASE CA TOKEN SUBSCRIPTION GROUP MACHINE

Prints what it has seen, as JSON.
"""

from __future__ import annotations

import json
import sys

from azure.mgmt.hybridcompute import HybridComputeManagementClient

from tests.conformance.given import Given, settings


def main() -> None:
    """Change the tags of the run command `hello`: all that this SDK sends."""
    base, ca, token, subscription, group, name = sys.argv[1:]
    commands = HybridComputeManagementClient(Given(token), subscription, **settings(base, ca)).machine_run_commands
    tagged = commands.begin_update(group, name, "hello", {"tags": {"by": "preview"}}).result()
    print(json.dumps({"tags": tagged.tags, "output": tagged.instance_view.output}))  # noqa: T201 - what the test reads


if __name__ == "__main__":
    main()
