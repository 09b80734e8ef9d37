"""onboard: the documented commands, by hand and in the portal's script."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.context import Context
from harness.machines.package_managers import PACKAGE_MANAGERS, Script
from harness.model.environment import ORDINARY_SEAT, Seat
from harness.model.machine_steps import Onboard
from harness.steps import onboard
from simulator.contract import MachineState

MakeContext = Callable[..., Context]
_DOWNLOAD = "wget --no-verbose https://aka.ms/azcmagent -O /tmp/install_linux_azcmagent.sh"
_RUN = "bash /tmp/install_linux_azcmagent.sh"
_POOL = "https://packages.microsoft.com/debian/12/prod/pool/main/a/azcmagent"


class _Machine:
    """Writes down what it is told to do; commands end with one status."""

    package_manager = PACKAGE_MANAGERS["apt"]

    def __init__(self, status: int, seat: Seat) -> None:
        self.done: list[str] = []
        self.seat = seat
        self._status = status

    def run_unattended(self, script: Script) -> Any:
        assert (script.user, script.timeout_s) == ("tester", 300.0)
        self.done.append(script.line)
        return SimpleNamespace(exit=self._status)

    def must(self, script: str, what: str) -> str:
        self.done.append(script)
        return ""


def _done(context: Context, arguments: Onboard, status: int = 0, seat: Seat = ORDINARY_SEAT) -> list[str]:
    machine = _Machine(status, seat)
    context.machine = cast("Any", machine)
    onboard.run(context, arguments)
    return machine.done


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (Onboard(), [_DOWNLOAD, _RUN]),
        (Onboard(version="1.50"), [_DOWNLOAD, f"{_RUN} --desiredversion 1.50"]),
        (Onboard(alternative="1.28"),
         [_DOWNLOAD, f"{_RUN} --altdownload {_POOL}/azcmagent_1.28.1.2_amd64.deb"]),
        (Onboard(version="1.50", full=True), [_DOWNLOAD, f"{_RUN} --desiredversion 1.50.3.4"]),
        (Onboard(version="9.9", arguments=("--output", "/a b")),
         [_DOWNLOAD, f"{_RUN} --desiredversion 9.9 --output '/a b'"]),
        (Onboard(proxy="http://p:1"),
         [_DOWNLOAD.replace("verbose", "verbose -e use_proxy=yes -e https_proxy=http://p:1"),
          f"{_RUN} --proxy http://p:1"]),
    ],
    ids=["newest", "partial", "alternative", "full", "arguments", "proxy"],
)  # fmt: skip
def test_the_installer_is_downloaded_and_run(make_context: MakeContext, arguments: Onboard, lines: list[str]) -> None:
    """The options are the document's."""
    assert _done(make_context(), arguments) == lines


def test_a_failed_download_is_the_end(make_context: MakeContext) -> None:
    """An installer of an earlier step is not run in its place."""
    assert _done(make_context(), Onboard(), status=4) == [_DOWNLOAD]


@pytest.mark.parametrize("sudo", [True, False])
def test_the_portals_script_is_written_and_run(make_context: MakeContext, sudo: bool) -> None:
    """It is the user's alone, since it holds a secret; machines that it connects are noted. Root needs no sudo."""
    context = make_context(machines=[MachineState("/m/box-1", "box-1", "vm", "Connected", "Succeeded")])
    someone = SimpleNamespace(name="onboarding", client_id="id", secret="canary")
    context.azure = cast("Any", SimpleNamespace(
        subscription_id="s", resource_group="g", tenant_id="t", location="eastus", principals=(someone,)
    ))  # fmt: skip
    context.case = cast("Any", SimpleNamespace(id="case-1"))

    written, ran = _done(context, Onboard(connect="box-1", version="1.50"), seat=Seat(sudo=sudo))

    assert written.startswith("umask 077; cat > /tmp/OnboardingScript.sh")
    assert "https://gbl.his.arc.azure.com/azcmagent-linux" in written
    assert "--desiredversion 1.50" in written
    assert ("\nsudo azcmagent connect" in written, "\nazcmagent connect" in written) == (sudo, not sudo)
    assert ran == "bash /tmp/OnboardingScript.sh"
    assert context.vm_ids == {"box-1": "vm"}


@pytest.mark.process
@pytest.mark.parametrize(
    ("failing", "calls"), [("", ["wget", "bash", "sudo"]), ("bash", ["wget", "bash"]), ("wget", ["wget"])]
)
def test_the_portals_script_connects_what_it_installed(tmp_path: Path, failing: str, calls: list[str]) -> None:
    """Each value arrives as it is; what fails is the end."""
    exported = {
        name: f"{name} $x"
        for name in ("servicePrincipalClientId", "resourceGroup", "tenantId", "location", "subscriptionId", "cloud",
                     "correlationId", "authType")
    }  # fmt: skip
    text = onboard.portal_script(exported, "it's", "box 1", onboard.installer_lines("https://x", [], proxy=""))
    doubles = "\n".join(
        f'{name}() {{ printf "%s\\n" {name} "$@" >> {tmp_path}/{name}; [ {name} != "{failing}" ]; }}'
        for name in ("wget", "bash", "sudo")
    )
    done = subprocess.run(
        ["bash", "-c", f"rm() {{ :; }}\n{doubles}\n{text}"], capture_output=True, text=True, check=False
    )

    assert [name for name in ("wget", "bash", "sudo") if (tmp_path / name).exists()] == calls
    assert done.returncode == (1 if failing else 0)
    if not failing:
        words = (tmp_path / "sudo").read_text().splitlines()
        assert words[:5] == ["sudo", "azcmagent", "connect", "--resource-name", "box 1"]
        assert words[words.index("--service-principal-secret") + 1] == "it's"
        assert words[words.index("--service-principal-id") + 1] == "servicePrincipalClientId $x"
        assert words[words.index("--correlation-id") + 1] == "correlationId $x"


def test_somebodys_own_installer(make_context: MakeContext) -> None:
    """Its text is written, as it is, and run; nothing is downloaded."""
    written, run = _done(make_context(), Onboard(installer="#!/bin/sh\ntrue", version="1.50"))

    assert "<<'ARCLAB_SCRIPT'\n#!/bin/sh\ntrue\nARCLAB_SCRIPT\n" in written
    assert run == "bash /run/installer.sh --desiredversion 1.50"


def test_somebody_else_has_the_lock(make_context: MakeContext) -> None:
    """For as long as it is said, and no longer than the installer runs."""
    held, *done, released = _done(make_context(), Onboard(locked="20s"))

    assert "/var/lib/dpkg/lock-frontend" in held
    assert "time.sleep(20" in held
    assert done == [_DOWNLOAD, _RUN]
    assert released.startswith("kill ")


@pytest.mark.parametrize(("in_vain", "accepted"), [(True, (1,)), (False, ())])
def test_an_installer_that_cannot_succeed(make_context: MakeContext, in_vain: bool, accepted: tuple[int, ...]) -> None:
    """What it answers is for the laws to judge."""
    context = make_context()
    _done(context, Onboard(installer="false", in_vain=in_vain), 1)

    assert context.accepted_exits == accepted
