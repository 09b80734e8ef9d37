"""apt on Debian and Ubuntu.

Source: the document's "Linux - apt", "Upgrade the agent on Ubuntu" and "Uninstall the agent"; the repository's
set-up from "Linux Software Repository for Microsoft Products".
"""

from __future__ import annotations

import shlex

from harness.machines.package_managers.base import PackageManager, Patience, Script

#: What is asked about a configuration file that differs from its package's is answered as administrators do: keep it.
#: Source: dpkg's prompt with its default; ucf's, which debconf asks without one where there is no dialogue.
_KEEP = (
    (r"\*\*\* \S+ \(Y/I/N/O/D/Z\) \[default=N\] \? $", "N"),
    (r"What do you want to do about modified configuration file \S+\? $", "2"),
)
_YES = (*_KEEP, (r"(Do you want to continue|Continue)\? \[Y/n\] $", "y"))  # apt 3 asks shorter
_REINSTALL = "reinst-required"

_SUSPICIOUS = ((r"continue updating from this repository\? \[y/N\] $", "n"),)
#: Leave out what dpkg misses because the machine's own configuration has told it not to unpack it.
#: Source: dpkg(1), `path-exclude` and `path-include`: shell patterns in which `*` matches a slash too, the last that
#: fits a path wins. Machines of containers leave documentation out so.
_WITHOUT_EXCLUDED = (
    "while IFS= read -r line; do excluded=; [[ $line != missing* ]] || while IFS='=' read -r word pattern; do"
    " [[ /${line#*/} != $pattern ]] || excluded=${word#path-include}; done"
    " < <(grep -hE '^path-(ex|in)clude=' /etc/dpkg/dpkg.cfg.d/* /etc/dpkg/dpkg.cfg 2> /dev/null);"
    ' [ -n "$excluded" ] || echo "$line"; done'
)


class Apt(PackageManager):
    name = "apt"
    unattended_switches = "--yes"
    own_log = "/var/log/dpkg.log"
    database = "/var/lib/dpkg/status"
    programs = ("apt", "apt-get", "dpkg", "dpkg-deb")
    published_as = "pool/main/a/azcmagent/{package}_{version}_amd64.deb"
    complaints = (
        r"^Err:.*\n +(.+)",
        r"^(?:E|Error): (.+)",
        r"^(?:W|Warning): (.+)",
        r"^(Not upgrading yet due to phasing|The following upgrades have been deferred due to phasing)",
    )
    lock = "/var/lib/dpkg/lock-frontend"
    cache = "/var/cache/apt/archives"

    def configure_repository(self, config_url: str) -> list[Script]:
        return [
            Script(f"curl -sSLf -O {config_url}", timeout_s=60),
            Script("sudo dpkg -i packages-microsoft-prod.deb", timeout_s=60),
            Script("rm packages-microsoft-prod.deb", timeout_s=10),
        ]

    def renew_key(self, config_url: str) -> list[Script]:
        return self.configure_repository(config_url)

    def set_patience(self, patience: Patience) -> str:
        path = "/etc/apt/apt.conf.d/90-patience"
        words = 'Acquire::Retries "0";' + (' Acquire::https::Timeout "1";' if patience == "brief" else "")
        return f"rm -f {path}" if patience == "usual" else f"echo '{words}' > {path}"

    def forget(self) -> str:
        return "rm -rf /var/lib/apt/lists/*; apt-get clean"

    def impatient(self, line: str) -> str:
        return line.replace("apt ", "apt -o DPkg::Lock::Timeout=1 ", 1)  # `apt` itself waits for two minutes

    def refresh(self) -> Script:
        return Script("sudo apt update", dialogue=_SUSPICIOUS, timeout_s=300)

    def list_versions(self, package: str) -> Script:
        return Script(f"sudo apt-cache madison {package}", timeout_s=60)

    def listed_versions(self, package: str, output: str) -> list[str]:
        rows = [line.split("|") for line in output.splitlines()]
        return list(dict.fromkeys(row[1].strip() for row in rows if len(row) == 3 and row[0].strip() == package))

    def install(self, package: str, version: str | None) -> Script:
        name = f"{package}={version}" if version else package
        return Script(f"sudo apt install {name}", dialogue=_YES)

    def upgrade(self, package: str) -> Script:
        return Script(f"sudo apt upgrade {package}".rstrip(), dialogue=_YES)

    def uninstall(self, package: str) -> Script:
        return Script(f"sudo apt purge {package}", dialogue=_YES)

    def hold(self, package: str, *, release: bool) -> Script:
        return Script(f"sudo apt-mark {'unhold' if release else 'hold'} {package}", timeout_s=60)

    def set_up_unattended(self) -> str:
        # Assumed: as if from Debian's own repository, which machines do not reach.
        return "DEBIAN_FRONTEND=noninteractive dpkg --install /usr/lib/arclab/upgrade-job/*.deb"

    def upgrade_unattended(self) -> list[Script]:
        return [Script("sudo apt-get update", timeout_s=300), Script("sudo unattended-upgrade --verbose")]

    def let_upgrade_unattended(self, host: str) -> str:
        # Source: unattended-upgrades' README, "Unattended-Upgrade::Origins-Pattern".
        words = f'Unattended-Upgrade::Origins-Pattern {{ "site={host}"; }};'
        return f"echo '{words}' > /etc/apt/apt.conf.d/52unattended-upgrades-local"

    def use_proxy(self, url: str) -> str:
        path = "/etc/apt/apt.conf.d/90proxy"
        return f"echo 'Acquire::https::Proxy \"{url}\";' > {path}" if url else f"rm -f {path}"

    def remove(self, package: str) -> Script:
        return Script(f"sudo apt remove {package}", dialogue=_YES)

    def reinstall(self, package: str, version: str) -> Script:
        return Script(f"sudo apt install --reinstall {package}={version}", dialogue=_YES)

    def downgrade(self, package: str, version: str) -> Script:
        return Script(f"sudo apt install --allow-downgrades {package}={version}", dialogue=_YES)

    def repair(self, package: str, version: str, state: str) -> list[Script]:
        if state.endswith(_REINSTALL):  # Source: dpkg(1); it may refuse to configure what has to be installed again
            return [Script("sudo dpkg --configure -a", accept=(1,)), self.install(package, version)]
        return [
            Script("sudo dpkg --configure -a"),
            Script("sudo apt --fix-broken install", dialogue=_YES),
            self.install(package, version),
        ]

    def repair_removal(self, package: str, state: str) -> list[Script]:  # noqa: ARG002 - the same in every state
        return [
            Script("sudo dpkg --configure -a"),
            Script("sudo apt --fix-broken install", dialogue=_YES),
            self.uninstall(package),
        ]

    def refuse_next(self, package: str, work: str) -> Script:
        # Source: Debian policy 6.6: where the new preinst fails, the old postinst is called with `abort-upgrade`.
        lines = (
            f"cd {work}; rm -rf next* {package}_*.deb; apt-get -qq download {package}",
            f"dpkg-deb -R {package}_*.deb next; sed -i 's/^Version: .*/&+next/' next/DEBIAN/control",
            "printf '#!/bin/sh\\nexit 1\\n' > next/DEBIAN/preinst; chmod 0755 next/DEBIAN/preinst",
            "dpkg-deb -b next next.deb > /dev/null; dpkg -i next.deb",
        )
        return Script(f"sudo sh -ec {shlex.quote('; '.join(lines))}")

    def find_problems(self, package: str) -> str:
        is_installed = f"[ \"$(dpkg-query -W -f='${{db:Status-Status}}' {package} 2>/dev/null)\" = installed ]"
        edited = "grep -v '^.\\{9\\} c '"
        return f"dpkg --audit; ! {is_installed} || dpkg --verify {package} | {edited} | {_WITHOUT_EXCLUDED} || true"

    def list_scripts(self, package: str) -> str:
        return f"dpkg-query --control-list {package} | grep -E 'inst|rm' || true"

    def list_files(self, package: str) -> str:
        return f"cat /var/lib/dpkg/info/{package}.list 2>/dev/null || true"

    def list_configuration(self, package: str) -> str:
        return f"dpkg-query -W -f='${{Conffiles}}\\n' {package} | awk 'NF {{print $1}}'"

    def query(self, package: str) -> str:
        return (
            f"s=$(dpkg-query -W -f='${{db:Status-Status}} ${{Version}} ${{db:Status-Eflag}}' {package} 2>/dev/null)"
            ' || s=absent; case "$s" in "installed "*) echo "${s% *}";; '
            f'*" reinstreq") s=${{s#* }}; echo "half-installed ${{s% *}} {_REINSTALL}";; '
            '"unpacked "*|"half-"*|"triggers-"*) s=${s#* }; echo "half-installed ${s% *}";; *) echo absent;; esac'
        )

    def installed(self, output: str) -> tuple[str, str]:
        state, version = super().installed(output)
        return state, version.removesuffix(f" {_REINSTALL}")

    def list_packages(self) -> str:
        return "dpkg-query -W -f='${Package} ${Version} ${db:Status-Status}\\n'"

    @property
    def registers(self) -> tuple[str, ...]:
        """Source: dpkg-divert(1), dpkg-statoverride(1), update-alternatives(1)."""
        return "/var/lib/dpkg/diversions", "/var/lib/dpkg/statoverride", "/var/lib/dpkg/alternatives/*"

    @property
    def volatile(self) -> tuple[str, ...]:
        return ("/var/lib/dpkg", "/var/lib/apt", "/var/cache/apt", "/var/cache/debconf", "/var/log/apt",
                "/var/log/dpkg.log", "/var/log/alternatives.log", "/var/log/unattended-upgrades")  # fmt: skip
