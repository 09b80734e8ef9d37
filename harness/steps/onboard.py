"""onboard: download the Linux installer and run it as documented, by hand or in the portal's script.

Source: the public onboarding pages, and the outline of the script that the portal generates. Assumed: that it need not
wait between the installer and `connect`, which gives the agent's service time; the portal's waits five seconds.
"""

from __future__ import annotations

import contextlib
import shlex
import uuid

from harness.context import Context
from harness.machines.crash import held_lock
from harness.machines.package_managers import Script
from harness.model.machine_steps import Onboard
from harness.wait import duration_s
from simulator.contract import HIS_GLOBAL_HOST, PACKAGES_HOST, SHORT_LINK_HOST

_BY_HAND = f"https://{SHORT_LINK_HOST}/azcmagent"
_IN_THE_PORTAL = f"https://{HIS_GLOBAL_HOST}/azcmagent-linux"
_SAVED_AS = "/tmp/install_linux_azcmagent.sh"  # noqa: S108 - a path of the machine
_PORTAL_SCRIPT = "/tmp/OnboardingScript.sh"  # noqa: S108 - a path of the machine
_OWN_INSTALLER = "/run/installer.sh"  # where no look takes it for the package's
_LIMIT_S = 300.0
_TAGS = "--tags 'ArcSQLServerExtensionDeployment=Disabled'"
_CONNECT_OPTIONS = {
    "service-principal-id": "servicePrincipalClientId", "service-principal-secret": "servicePrincipalSecret",
    "resource-group": "resourceGroup", "tenant-id": "tenantId", "location": "location",
    "subscription-id": "subscriptionId", "cloud": "cloud", "correlation-id": "correlationId",
}  # fmt: skip


def run(context: Context, arguments: Onboard) -> None:
    """Run the commands, stopping at the first that fails. Raises: LabError when a lock cannot be held."""
    machine = context.machine
    with contextlib.ExitStack() as stack:
        if arguments.locked:
            stack.enter_context(held_lock(machine, machine.package_manager.lock, duration_s(arguments.locked)))
        for line in _lines(context, arguments):
            status = machine.run_unattended(Script(line, timeout_s=_LIMIT_S)).exit
            if status != 0:
                break
    if arguments.in_vain and status is not None:
        context.accepted_exits = (status,)
    context.remember_machines()


def _lines(context: Context, arguments: Onboard) -> list[str]:
    """Give the commands, having written the scripts that they run."""
    options = _options(context, arguments)
    if arguments.installer:
        _write(context, _OWN_INSTALLER, arguments.installer)
        return [shlex.join(["bash", _OWN_INSTALLER, *options])]
    address = _IN_THE_PORTAL if arguments.connect else _BY_HAND
    lines = installer_lines(address, options, proxy=arguments.proxy)
    if arguments.connect:
        _write_portal_script(context, arguments, lines)
        lines = [f"bash {_PORTAL_SCRIPT}"]
    return lines


def installer_lines(address: str, options: list[str], *, proxy: str) -> list[str]:
    """Give the two documented commands: download, run."""
    through = f"-e use_proxy=yes -e https_proxy={shlex.quote(proxy)} " if proxy else ""
    return [
        f"wget --no-verbose {through}{address} -O {_SAVED_AS}",
        shlex.join(["bash", _SAVED_AS, *(["--proxy", proxy] if proxy else []), *options]),
    ]


def _options(context: Context, arguments: Onboard) -> list[str]:
    version = context.version(arguments.version).version if arguments.full else arguments.version
    desired = ["--desiredversion", version] if version else []
    alternative = ["--altdownload", _address_of(context, arguments.alternative)] if arguments.alternative else []
    return [*desired, *alternative, *arguments.arguments]


def _address_of(context: Context, release: str) -> str:
    """Give where the repository has the package of a release."""
    version = context.version(release).version
    path = context.machine.package_manager.published_as.format(package=context.product.package, version=version)
    return f"https://{PACKAGES_HOST}/{context.distro.repository}/{path}"


def portal_script(exported: dict[str, str], secret: str, name: str, installer: list[str]) -> str:
    """Give the script that the portal generates for a service principal: variables, the installer, the connection.

    `exported` are the variables by which the installer tells the service what it was run for.
    """
    download, install = installer
    options = " ".join(f'--{option} "${variable}"' for option, variable in _CONNECT_OPTIONS.items())
    return "\n".join([
        "#!/bin/bash",
        *(f"export {variable}={shlex.quote(value)}" for variable, value in exported.items()),
        f"servicePrincipalSecret={shlex.quote(secret)}",
        f"rm -f {_SAVED_AS}",
        f"{download} || exit 1",
        f"{install} || exit 1",
        f"sudo azcmagent connect --resource-name {shlex.quote(name)} {options} {_TAGS}",
    ]) + "\n"  # fmt: skip


def _write_portal_script(context: Context, arguments: Onboard, installer: list[str]) -> None:
    azure, someone = context.azure, context.principal(arguments.principal)
    exported = {
        "subscriptionId": azure.subscription_id, "resourceGroup": azure.resource_group, "tenantId": azure.tenant_id,
        "location": azure.location, "authType": "principal", "cloud": "AzureCloud",
        "correlationId": str(uuid.uuid5(uuid.NAMESPACE_URL, context.case.id)),
        "servicePrincipalClientId": someone.client_id,
    }  # fmt: skip
    machine = context.machine
    script = portal_script(exported, someone.secret, arguments.connect, installer)
    script = machine.package_manager.at_seat(Script(script), machine.seat).line
    _write(context, _PORTAL_SCRIPT, script)


def _write(context: Context, path: str, script: str) -> None:
    text = script if script.endswith("\n") else f"{script}\n"
    context.machine.must(
        f"umask 077; cat > {path} <<'ARCLAB_SCRIPT'\n{text}ARCLAB_SCRIPT\nchown tester {path}", f"keep {path}"
    )
