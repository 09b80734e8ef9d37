"""Pending updates are what the package manager says: apt itself here, the others by what they print."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Import = Callable[[str], ModuleType]
Fake = Callable[[str, str], None]

DNF = """#!/bin/sh
echo "$@" >> @LOG@
case "$*" in
  *--sec-severity*) echo; echo 'kernel.x86_64    5.14.0-503.el9    updates'; exit 100;;
  *--security*) echo; echo 'kernel.x86_64    5.14.0-503.el9    updates'
    echo 'openssl-libs.x86_64    1:3.2.2-6.el9    updates'; exit 100;;
  *check-update*) echo; echo 'bash.noarch    5.2-1    updates'; echo 'kernel.x86_64    5.14.0-503.el9    updates'
    echo 'openssl-libs.x86_64    1:3.2.2-6.el9    updates'
    echo 'Obsoleting Packages'; echo 'new.x86_64    1-1    updates'; exit 100;;
  *broken*) echo 'no such package' >&2; exit 1;;
esac
"""
ZYPPER = """#!/bin/sh
echo "$@" >> @LOG@
case "$*" in
  *list-updates*) cat <<'XML'
<?xml version='1.0'?><stream><update-status version="0.6"><update-list>
<update kind="package" name="bash" edition="5-2" edition-old="5-1"><summary>s</summary></update>
<update kind="package" name="openssl" edition="3-2" edition-old="3-1"/>
<update kind="patch" name="SUSE-2026-1" edition="1"/>
</update-list></update-status></stream>
XML
  ;;
  *'patch --category security --dry-run'*) cat <<'XML'
<?xml version='1.0'?><stream><install-summary download-size="1">
<to-upgrade><solvable type="package" name="openssl" edition="3-2"/></to-upgrade>
<to-install><solvable type="patch" name="SUSE-2026-1"/></to-install></install-summary></stream>
XML
  exit 102;;
  *needs-rebooting*) exit 102;;
esac
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Give a maker of programs, the only ones on the path but the shell's; they log their arguments in `asked`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "cat").symlink_to("/bin/cat")
    monkeypatch.setenv("PATH", str(folder))

    def make(name: str, text: str) -> None:
        path = folder / name
        path.write_text(text.replace("@LOG@", str(tmp_path / "asked")))
        path.chmod(0o755)

    return make


def asked(tmp_path: Path) -> list[str]:
    """Give the arguments of all calls."""
    return (tmp_path / "asked").read_text().splitlines()


@pytest.mark.process
def test_yum_has_classifications_of_its_advisories(fake: Fake, agent_module: Import, tmp_path: Path) -> None:
    """The most serious counts; what obsoletes is no update; an update is installed by its name."""
    fake("dnf", DNF)
    manager = agent_module("package_updates").package_manager("rpm")
    manager.install("bash")

    assert manager.name == "YUM"
    assert manager.pending() == {"bash": "Other", "kernel": "Critical", "openssl-libs": "Security"}
    assert asked(tmp_path)[0] == "-q -y update bash"
    assert manager.needs_reboot() is False


@pytest.mark.process
def test_a_refusal_is_told(fake: Fake, agent_module: Import) -> None:
    """What the program said is in the error."""
    fake("yum", DNF)
    manager = agent_module("package_updates").package_manager("rpm")

    with pytest.raises(agent_module("errors").AgentError, match="no such package"):
        manager.install("broken")


@pytest.mark.parametrize(("status", "expected"), [(0, False), (1, True)])
@pytest.mark.process
def test_yum_knows_of_reboots_by_a_tool(fake: Fake, agent_module: Import, status: int, expected: bool) -> None:
    """`needs-restarting -r` ends with 1."""
    fake("dnf", DNF)
    fake("needs-restarting", f"#!/bin/sh\nexit {status}\n")

    assert agent_module("package_updates").package_manager("rpm").needs_reboot() == expected


@pytest.mark.process
def test_zypper_knows_security_by_its_patches(fake: Fake, agent_module: Import, tmp_path: Path) -> None:
    """What a security patch would upgrade is Security; patches themselves are no updates."""
    fake("zypper", ZYPPER)
    manager = agent_module("package_updates").package_manager("rpm")
    manager.install("bash")

    assert (manager.name, manager.pending()) == ("Zypper", {"bash": "Other", "openssl": "Security"})
    assert (manager.needs_reboot(), asked(tmp_path)[0]) == (True, "--non-interactive update bash")


@pytest.mark.process
def test_an_answer_that_is_no_xml(fake: Fake, agent_module: Import) -> None:
    """It is an error, not an empty list."""
    fake("zypper", "#!/bin/sh\necho 'System management is locked'\n")

    with pytest.raises(agent_module("errors").AgentError, match="cannot be read"):
        agent_module("package_updates").package_manager("rpm").pending()


def test_a_machine_without_a_package_manager(fake: Fake, agent_module: Import) -> None:
    """Nothing is guessed."""
    with pytest.raises(agent_module("errors").AgentError, match="no package manager"):
        agent_module("package_updates").package_manager("rpm")


@pytest.mark.parametrize(("package_format", "name"), [("deb", "APT"), ("rpm", "YUM"), ("", "APT")])
def test_of_several_package_managers_the_agents_own_is_asked(
    fake: Fake, agent_module: Import, package_format: str, name: str
) -> None:
    """A system with rpm packages may have apt-get as well, and the other way round."""
    fake("dnf", DNF)
    fake("apt-get", "#!/bin/sh\n")

    assert agent_module("package_updates").package_manager(package_format).name == name


@pytest.mark.process
def test_a_program_outlives_the_agent(tmp_path: Path) -> None:
    """It writes to no pipe: an update that ends the agent goes on to its end."""
    script = tmp_path / "apt-get"
    script.write_text(f"#!/bin/sh\nkill -9 $PPID\nseq 100000\necho done > {tmp_path}/ended\n")
    script.chmod(0o755)
    source = Path(__file__).resolve().parents[3] / "simulator" / "agent" / "src"
    call = f"from azcmagent.package_updates import Apt; Apt({str(script)!r}).install('azcmagent')"
    with subprocess.Popen([sys.executable, "-c", call], env={"PYTHONPATH": str(source)}) as agent:
        agent.wait(20)
    deadline = time.monotonic() + 20
    while not (tmp_path / "ended").exists():
        assert time.monotonic() < deadline

    assert agent.returncode == -signal.SIGKILL


def package(folder: Path, name: str, version: str) -> str:
    """Build a .deb of nothing; gives its paragraph of an index."""
    root = folder / name
    (root / "DEBIAN").mkdir(parents=True, exist_ok=True)
    control = f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: m <m@example>\nDescription: d\n"
    (root / "DEBIAN" / "control").write_text(control)
    target = folder / f"{name}_{version}_all.deb"
    subprocess.run(
        ["dpkg-deb", "--build", "--root-owner-group", str(root), str(target)], check=True, capture_output=True
    )
    return f"{control}Filename: ./{target.name}\nSize: {target.stat().st_size}\n\n"


@pytest.fixture
def apt(tmp_path: Path, need_program: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let apt-get know a system of three packages and two repositories, one of them for security."""
    for program in ("apt-get", "dpkg-deb"):
        need_program(program)
    installed = "".join(
        f"Package: {name}\nStatus: install ok installed\nVersion: 1.0\nArchitecture: all\nMaintainer: m <m@example>\n"
        "Description: d\n\n" for name in ("leaky", "plain", "quiet")
    )  # fmt: skip
    sources = ""
    for suite, name in (("stable", "plain"), ("stable-security", "leaky")):
        folder = tmp_path / suite
        folder.mkdir()
        (folder / "Packages").write_text(package(folder, name, "2.0"))
        (folder / "Release").write_text(f"Origin: Lab\nLabel: Lab\nSuite: {suite}\nCodename: {suite}\n")
        sources += f"deb [trusted=yes] copy:{folder} ./\n"
    state = tmp_path / "state"
    for path in ("lists/partial", "cache/archives/partial", "etc/preferences.d", "etc/apt.conf.d", "dpkg/updates"):
        (state / path).mkdir(parents=True)
    (state / "dpkg" / "status").write_text(installed)
    (state / "etc" / "sources.list").write_text(sources)
    configuration = tmp_path / "apt.conf"
    configuration.write_text(
        f'Dir::State "{state}"; Dir::State::lists "{state}/lists"; Dir::State::status "{state}/dpkg/status";\n'
        f'Dir::Cache "{state}/cache"; Dir::Etc "{state}/etc"; Dir::Etc::sourcelist "{state}/etc/sources.list";\n'
        f'Dir::Etc::sourceparts "-"; Dir::Etc::parts "{state}/etc/apt.conf.d"; APT::Sandbox::User "root";\n'
        'APT::Architecture "amd64"; Debug::NoLocking "true";\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(configuration))
    return state


@pytest.mark.usefixtures("apt")
@pytest.mark.process
def test_apt_itself(agent_module: Import, need_program: Callable[[str], str]) -> None:
    """apt tells of both updates; the one from the security archive is Security."""
    manager = agent_module("package_updates").Apt(need_program("apt-get"))

    assert (manager.name, manager.pending()) == ("APT", {"leaky": "Security", "plain": "Other"})


@pytest.mark.process
def test_apt_without_its_repositories(apt: Path, agent_module: Import, need_program: Callable[[str], str]) -> None:
    """A list that cannot be read is an error, not an empty list."""
    (apt / "etc" / "sources.list").write_text("deb nonsense\n")
    manager = agent_module("package_updates").Apt(need_program("apt-get"))

    with pytest.raises(agent_module("errors").AgentError, match="ended with status 100"):
        manager.pending()


@pytest.mark.process
def test_apt_upgrades_only_what_it_is_told(fake: Fake, agent_module: Import, tmp_path: Path) -> None:
    """Configuration files stay; nothing else is installed."""
    fake("apt-get", '#!/bin/sh\necho "$DEBIAN_FRONTEND $@" >> @LOG@\n')
    manager: Any = agent_module("package_updates").package_manager("rpm")
    manager.install("bash")

    options = "-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=600"
    assert asked(tmp_path) == [f"noninteractive -q -y {options} --only-upgrade install bash"]
