"""One file for each package manager. This and `distro-images/` alone know a distro's ways."""

from __future__ import annotations

from harness.machines.package_managers.apt import Apt
from harness.machines.package_managers.base import PackageManager, Script
from harness.machines.package_managers.msiexec import Msiexec
from harness.machines.package_managers.yum import Yum
from harness.machines.package_managers.zypper import Zypper
from harness.model.distro import Family

PACKAGE_MANAGERS: dict[Family, PackageManager] = {"apt": Apt(), "yum": Yum(), "zypper": Zypper(), "msiexec": Msiexec()}

__all__ = ["PACKAGE_MANAGERS", "PackageManager", "Script"]
