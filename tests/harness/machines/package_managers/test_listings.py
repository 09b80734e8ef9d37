"""What the package managers print is read: each output was taken from the real tool."""

from __future__ import annotations

import pytest

from harness.machines.package_managers import PACKAGE_MANAGERS
from harness.model.distro import Family

_APT = """ azcmagent | 1.50.02986.239 | https://packages.microsoft.com/debian/12/prod bookworm/main amd64 Packages
 azcmagent | 1.28.02260.736 | https://packages.microsoft.com/debian/12/prod bookworm/main amd64 Packages
"""
_YUM = """Last metadata expiration check: 0:00:01 ago on Mon Nov 23 08:00:00 2026.
Installed Packages
azcmagent.x86_64            1.28.02260-755               @packages-microsoft-com-prod
Available Packages
azcmagent.x86_64            1.28.02260-755               packages-microsoft-com-prod
azcmagent.x86_64            1.50.02986-239               packages-microsoft-com-prod
"""
_ZYPPER = """Loading repository data...
Reading installed packages...

S | Name      | Type    | Version         | Arch   | Repository
--+-----------+---------+-----------------+--------+--------------------
v | azcmagent | package | 1.50.02986-239  | x86_64 | Microsoft Production
i | azcmagent | package | 1.28.02260-755  | x86_64 | Microsoft Production
"""


@pytest.mark.parametrize(
    ("family", "output", "versions"),
    [
        ("apt", _APT, ["1.50.02986.239", "1.28.02260.736"]),
        ("yum", _YUM, ["1.28.02260-755", "1.50.02986-239"]),
        ("zypper", _ZYPPER, ["1.50.02986-239", "1.28.02260-755"]),
    ],
    ids=["apt", "yum", "zypper"],
)
def test_reads_the_listed_versions(family: Family, output: str, versions: list[str]) -> None:
    """Each version is named once; headings and notices are no versions."""
    assert PACKAGE_MANAGERS[family].listed_versions("azcmagent", output) == versions


_YUM_NEWER = """Available Packages
azcmagent.x86_64    1:1.67.03504-1320    packages-microsoft-com-prod
azcmagent-tools.x86_64    2.0-1    packages-microsoft-com-prod
"""


@pytest.mark.parametrize(
    ("family", "output", "versions"),
    [
        ("apt", "", []),
        ("apt", " azcmagent-tools | 2.0 | https://packages.microsoft.com bookworm/main amd64 Packages\n", []),
        ("yum", "Error: No matching Packages to list\n", []),
        ("yum", _YUM_NEWER, ["1.67.03504-1320"]),
        ("zypper", "No matching items found.\n", []),
        ("zypper", "  | azcmagent-x | package | 1-1 | x86_64 | r\n  | azcmagent | srcpackage | 1-1 | noarch | r\n", []),
    ],
    ids=["apt none", "apt other", "yum none", "yum epoch and other", "zypper none", "zypper other"],
)
def test_reads_no_version_where_there_is_none(family: Family, output: str, versions: list[str]) -> None:
    """Other packages, headings and errors are no versions; an epoch is none of the document's four parts."""
    assert PACKAGE_MANAGERS[family].listed_versions("azcmagent", output) == versions


@pytest.mark.parametrize(
    ("output", "state"),
    [
        ("installed 1.2\n", ("installed", "1.2")),
        ("half-installed 1.2\n", ("half-installed", "1.2")),
        ("absent\n", ("absent", "")),
        ("half-installed installed 1-1 installed 2-1\n", ("half-installed", "installed 1-1 installed 2-1")),
        ("", ("absent", "")),
    ],
    ids=["installed", "half-installed", "absent", "two versions", "nothing"],
)
def test_reads_the_state_of_a_package(output: str, state: tuple[str, str]) -> None:
    """A package is installed, half-installed or absent."""
    assert PACKAGE_MANAGERS["apt"].installed(output) == state
