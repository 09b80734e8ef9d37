"""Steps: each acts, none judges. One line for each word of a scenario; the file has the word's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.context import Context
from harness.steps import (
    advance,
    azcmagent,
    azure,
    clone,
    command,
    configure_repository,
    connect,
    disconnect,
    downgrade,
    edit,
    extension,
    fault,
    hold,
    install,
    list_versions,
    network,
    onboard,
    patches,
    policy,
    publish,
    reboot,
    refresh,
    reinstall,
    remove,
    run_command,
    service,
    uninstall,
    upgrade,
)

STEPS: dict[str, Callable[[Context, Any], None]] = {
    "advance": advance.run,
    "azcmagent": azcmagent.run,
    "azure": azure.run,
    "clone": clone.run,
    "command": command.run,
    "configure-repository": configure_repository.run,
    "connect": connect.run,
    "disconnect": disconnect.run,
    "downgrade": downgrade.run,
    "edit": edit.run,
    "extension": extension.run,
    "fault": fault.run,
    "hold": hold.run,
    "install": install.run,
    "list-versions": list_versions.run,
    "network": network.run,
    "onboard": onboard.run,
    "patches": patches.run,
    "policy": policy.run,
    "publish": publish.run,
    "reboot": reboot.run,
    "refresh": refresh.run,
    "reinstall": reinstall.run,
    "remove": remove.run,
    "run-command": run_command.run,
    "service": service.run,
    "uninstall": uninstall.run,
    "upgrade": upgrade.run,
}
