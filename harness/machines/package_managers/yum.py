"""yum (dnf) on Red Hat, Oracle, Rocky and Amazon Linux.

Source: the document's "Linux - yum", "Upgrade the agent on Red Hat/Oracle Linux/Amazon Linux" and "Uninstall the
agent".
"""

from __future__ import annotations

import re

from harness.machines.package_managers.base import PackageManager, Script

_YES = ((r"Is this ok \[y/N\]: $", "y"),)  # the transaction, and each new key
_RPM_QUERY = "rpm -q --qf 'installed %{{VERSION}}-%{{RELEASE}}\\n' {package}"


class Yum(PackageManager):
    name = "yum"
    own_log = "/var/log/yum.log"
    database = "/var/lib/rpm"

    def configure_repository(self, config_url: str) -> list[Script]:
        return [
            Script(f"curl -sSLf -O {config_url}", timeout_s=60),
            Script("sudo rpm -i packages-microsoft-prod.rpm", timeout_s=60),
            Script("rm packages-microsoft-prod.rpm", timeout_s=10),
        ]

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

    def use_proxy(self, url: str) -> str:
        path = "/etc/dnf/dnf.conf"
        return f"sed -i '/^proxy=/d' {path}" + (f"; echo 'proxy={url}' >> {path}" if url else "")

    def remove(self, package: str) -> Script:
        return self.uninstall(package)

    def reinstall(self, package: str, version: str) -> Script:  # noqa: ARG002 - yum knows what is installed
        return Script(f"sudo yum reinstall {package}", dialogue=_YES)

    def downgrade(self, package: str, version: str) -> Script:
        return Script(f"sudo yum downgrade {package}-{version}", dialogue=_YES)

    def find_problems(self, package: str) -> str:
        return rpm_problems(package)

    def list_files(self, package: str) -> str:
        return rpm_files(package)

    def list_configuration(self, package: str) -> str:
        return rpm_configuration(package)

    def query(self, package: str) -> str:
        return rpm_query(package)

    def list_packages(self) -> str:
        return rpm_list()

    @property
    def volatile(self) -> tuple[str, ...]:
        return ("/var/lib/rpm", "/var/lib/dnf", "/var/cache/dnf", "/var/log/dnf.log", "/var/log/dnf.rpm.log",
                "/var/log/dnf.librepo.log", "/var/log/hawkey.log", "/var/log/yum.log",
                "/var/tmp/dnf-*")  # noqa: S108 - a path of the machine  # fmt: skip


def rpm_query(package: str) -> str:
    """Give the shell line of `query` for an rpm database; two versions at once are a half-finished upgrade."""
    command = _RPM_QUERY.format(package=package)
    return (
        f"s=$({command} 2>/dev/null) || s=absent; "
        '[ "$(echo "$s" | wc -l)" = 1 ] || s="half-installed $(echo $s)"; echo "$s"'
    )


def rpm_list() -> str:
    """Give the shell line that lists an rpm database; keys, which it keeps like packages, are left out."""
    return "rpm -qa --qf '%{NAME} %{VERSION}-%{RELEASE}\\n' | grep -v '^gpg-pubkey ' | LC_ALL=C sort"


def rpm_problems(package: str) -> str:
    """Give the shell line that lets rpm compare an installed package with the disk."""
    return f"! rpm -q --quiet {package} || rpm -V {package} | grep -v '^.\\{{9\\}}  c ' || true"


def rpm_files(package: str) -> str:
    """Give the shell line that lists the paths of an installed package."""
    return f"! rpm -q --quiet {package} || rpm -ql {package} | grep '^/' || true"


def rpm_configuration(package: str) -> str:
    """Give the shell line that lists the configuration files of an installed package."""
    return f"rpm -qc {package} | grep '^/' || true"
