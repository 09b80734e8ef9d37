"""upgrade: the documented commands in their order, after the package manager has forgotten where it is to."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from harness.context import Context
from harness.machines.package_managers import PACKAGE_MANAGERS, Script
from harness.model.plan import PackageVersion
from harness.model.scenario import Install, Uninstall, Upgrade
from harness.steps import install, uninstall, upgrade
from harness.versions import Versions


def _types_into(typed: list[str]) -> Callable[[Script], SimpleNamespace]:
    def run_script(script: Script) -> SimpleNamespace:
        typed.append(script.line)
        return SimpleNamespace(exit=0)

    return run_script


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (Upgrade(), ["sudo yum check-update", "sudo yum update azcmagent"]),
        (Upgrade(sudo=False), ["yum check-update", "yum update azcmagent"]),
        (Upgrade(everything=True), ["sudo yum check-update", "sudo yum update"]),
        (Upgrade(anew=True), ["yum --quiet clean all", "sudo yum check-update", "sudo yum update azcmagent"]),
    ],
    ids=["as documented", "without sudo", "everything", "anew"],
)
def test_what_is_typed(make_context: Callable[..., Context], arguments: Upgrade, lines: list[str]) -> None:
    """Each word changes one thing."""
    typed: list[str] = []
    context = make_context()
    context.machine = cast(
        "Any",
        SimpleNamespace(
            package_manager=PACKAGE_MANAGERS["yum"],
            run_script=_types_into(typed),
            must=lambda line, _: typed.append(line),
        ),
    )
    upgrade.run(context, arguments)

    assert typed == lines


@pytest.mark.parametrize(("state", "last"), [("installed 1-1", "sudo yum install azcmagent"),
                                              ("absent", "sudo yum update azcmagent")])  # fmt: skip
def test_an_earlier_name_is_upgraded_by_asking_for_the_new_one(
    make_context: Callable[..., Context], state: str, last: str
) -> None:
    """Where nothing of that name is there, the upgrade is as documented."""
    typed: list[str] = []
    context = make_context()
    context.product = msgspec.structs.replace(context.product, formerly=("old-agent",))
    context.machine = cast(
        "Any",
        SimpleNamespace(
            package_manager=PACKAGE_MANAGERS["yum"], must=lambda *_: state,
            run_script=_types_into(typed),
        ),
    )  # fmt: skip
    upgrade.run(context, Upgrade())

    assert typed == ["sudo yum check-update", last]


def test_names_of_installations_and_removals(make_context: Callable[..., Context]) -> None:
    """An earlier release by the name that its package had, the newest by the present one."""
    typed: list[str] = []
    context = make_context()
    context.product = msgspec.structs.replace(context.product, formerly=("old-agent",))
    context.every = context.published = Versions(
        (PackageVersion("previous", "1-1", "old-agent"), PackageVersion("candidate", "2-1", "azcmagent"))
    )
    context.machine = cast(
        "Any",
        SimpleNamespace(
            package_manager=PACKAGE_MANAGERS["yum"],
            run_script=_types_into(typed),
        ),
    )
    install.run(context, Install("previous"))
    install.run(context, Install("latest"))
    uninstall.run(context, Uninstall(formerly=True))
    uninstall.run(context, Uninstall())

    assert typed == ["sudo yum install old-agent-1-1", "sudo yum install azcmagent-2-1", "sudo yum remove old-agent",
                     "sudo yum remove azcmagent"]  # fmt: skip
