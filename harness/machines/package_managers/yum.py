"""yum (dnf) on Red Hat, Oracle, Rocky and Amazon Linux.

Source: the document's "Linux - yum", "Upgrade the agent on Red Hat/Oracle Linux/Amazon Linux" and "Uninstall the
agent".
"""

from __future__ import annotations

import re

from harness.machines.package_managers.base import RPM_REMAINS, Patience, RpmPackageManager, Script

_YES = ((r"Is this ok \[y/N\]: $", "y"),)  # the transaction, and each new key


class Yum(RpmPackageManager):
    name = "yum"
    unattended_switches = "--assumeyes"
    own_log = "/var/log/yum.log"
    programs = ("yum", "dnf", "rpm")
    complaints = (r"^ +- ((?:Curl error|Status code).+)", r"^\[MIRROR\] \S+: (.+)", r"^Error: (.+)")
    cache = "/var/cache/dnf"

    def set_patience(self, patience: Patience) -> str:
        path = "/etc/dnf/dnf.conf"
        words = {"usual": "", "once": "retries=1\\n", "brief": "retries=1\\ntimeout=1\\n"}[patience]
        return f"sed -i '/^timeout=/d; /^retries=/d' {path}; printf '{words}' >> {path}"

    def forget(self) -> str:
        return "yum --quiet clean all"

    def refresh(self) -> Script:
        return Script("sudo yum check-update", dialogue=_YES, accept=(100,), timeout_s=300)

    def list_versions(self, package: str) -> Script:
        return Script(f"sudo yum list {package} --showduplicates", dialogue=_YES, timeout_s=120)

    def listed_versions(self, package: str, output: str) -> list[str]:
        found = re.findall(rf"^{re.escape(package)}\.\S+\s+(\S+)\s+\S+\s*$", output, re.MULTILINE)
        return list(dict.fromkeys(version.partition(":")[2] or version for version in found))

    def install(self, package: str, version: str | None) -> Script:
        name = f"{package}-{version}" if version else package
        return Script(f"sudo yum install {name}", dialogue=_YES)

    def upgrade(self, package: str) -> Script:
        return Script(f"sudo yum update {package}".rstrip(), dialogue=_YES)

    def uninstall(self, package: str) -> Script:
        return Script(f"sudo yum remove {package}", dialogue=_YES)

    def hold(self, package: str, *, release: bool) -> Script:
        if release:
            return Script(f"sudo sed -i '/^exclude={package}$/d' /etc/dnf/dnf.conf", timeout_s=60)
        return Script(f"echo exclude={package} | sudo tee -a /etc/dnf/dnf.conf", timeout_s=60)

    def set_up_unattended(self) -> str:
        return "command -v dnf-automatic"  # the image has it

    def upgrade_unattended(self) -> list[Script]:
        return [Script("sudo dnf-automatic")]

    def let_upgrade_unattended(self, host: str) -> str:  # noqa: ARG002 - it takes all repositories or none
        # Source: dnf-automatic's configuration, `apply_updates`: by default it downloads and tells, no more.
        return "sed -i 's/^apply_updates *=.*/apply_updates = yes/' /etc/dnf/automatic.conf"

    def use_proxy(self, url: str) -> str:
        path = "/etc/dnf/dnf.conf"
        return f"sed -i '/^proxy=/d' {path}" + (f"; echo 'proxy={url}' >> {path}" if url else "")

    def reinstall(self, package: str, version: str) -> Script:  # noqa: ARG002 - yum knows what is installed
        return Script(f"sudo yum reinstall {package}", dialogue=_YES)

    def downgrade(self, package: str, version: str) -> Script:
        return Script(f"sudo yum downgrade {package}-{version}", dialogue=_YES)

    @property
    def volatile(self) -> tuple[str, ...]:
        return (*RPM_REMAINS, "/var/lib/rpm",
                "/var/lib/dnf", "/var/cache/dnf", "/var/log/dnf.log", "/var/log/dnf.rpm.log",
                "/var/log/dnf.librepo.log", "/var/log/hawkey.log", "/var/log/yum.log",
                "/var/tmp/dnf-*")  # noqa: S108 - a path of the machine  # fmt: skip
