"""The words of steps that act in Azure, as the subscription's owner; the step never waits for the agent."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from harness.model.words import Duration, WordsBase


class Azure(WordsBase, frozen=True):
    """Act in Azure as the operator: make a machine resource that no agent has, delete, lock or unlock one.

    `vm` makes a connected machine an Arc VM on Azure Local. `automatic-upgrade` switches the preview on for a machine,
    `manual-upgrade` off.
    """

    create: str = ""
    vm: str = ""
    delete: str = ""
    lock: str = ""
    unlock: str = ""
    automatic_upgrade: str = msgspec.field(name="automatic-upgrade", default="")
    manual_upgrade: str = msgspec.field(name="manual-upgrade", default="")


class Extension(WordsBase, frozen=True):
    """Deploy an extension to the connected machine over ARM, or remove one; the step does not wait for the agent.

    `note` writes down how an installed one is configured, `redeploy` deploys it so again, also to another machine.
    """

    install: str = ""
    note: str = ""
    redeploy: str = ""
    remove: str = ""
    publisher: str = "Microsoft.Azure.Extensions"
    type: str = "CustomScript"
    version: str = ""
    settings: dict[str, Any] = msgspec.field(default_factory=dict)


class RunCommand(WordsBase, frozen=True):
    """Let the connected machine run a script over ARM, or remove a run command; the step does not wait for the agent.

    `parameters` are environment variables of the script, `arguments` its words; `user` runs it instead of root.
    """

    name: Annotated[str, msgspec.Meta(min_length=1)]
    script: str = ""
    parameters: dict[str, str] = msgspec.field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    user: str = ""
    timeout: Duration = ""
    remove: bool = False


class Patches(WordsBase, frozen=True):
    """Ask ARM to look for the machine's pending updates, or to install them; the step does not wait for the agent.

    `patches: assess` means `action`. `only` are masks of package names.
    """

    action: Literal["assess", "install"]
    only: tuple[str, ...] = ()


class Policy(WordsBase, frozen=True):
    """Assign a policy to the subscription, over ARM: one that deploys an extension to each machine that lacks it.

    Or `assign` a built-in one by its name, a GUID.
    """

    deploy: str = ""
    assign: str = ""
    publisher: str = "Microsoft.Azure.Extensions"
    type: str = "CustomScript"
    settings: dict[str, Any] = msgspec.field(default_factory=dict)
