"""zypper on SUSE Linux Enterprise Server.

Source: the document's "Linux - zypper", "Upgrade the agent on SUSE Linux Enterprise" and "Uninstall the agent".
zypper ignores SIGTERM while it waits for a silent server, so its time limits end in SIGKILL.
"""

from __future__ import annotations

from harness.machines.package_managers.base import RPM_REMAINS, Patience, RpmPackageManager, Script

_NO = (
    (r"Continue\? \[yes/no\] \(no\): $", "no"),
    (r"Unblock or discard\? .*\(discard\): $", "discard"),
    (r"Abort, retry, ignore\? \[a/r/i.*\] \(a\): $", "a"),
)  # what a person answers who believes no stranger
_YES = (*_NO, (r"Continue\? \[y/n.*\] \(y\): $", "y"))
_TRUST = ((r"trust always\? \[r/t/a/\?\] \(r\): $", "a"), *_YES)


class Zypper(RpmPackageManager):
    name = "zypper"
    unattended_switches = "--non-interactive --gpg-auto-import-keys"
    own_log = "/var/log/zypper.log"
    programs = ("zypper", "Zypp-main", "rpm")
    complaints = (
        r"^Error message: (.+)",
        r"^History:\n - (?!\[\|\])(.+)",
        r"^Warning: (Digest verification failed)",
        r"^(File '.*' not found on medium.*)",
        r"^(No provider of .+)",
    )
    cache = "/var/cache/zypp"

    def set_patience(self, patience: Patience) -> str:  # noqa: ARG002 - Source: measured; no setting of libzypp's helps
        return "true"

    def forget(self) -> str:
        return "zypper --quiet clean --all"

    def refresh(self) -> Script:
        return Script("sudo zypper refresh", dialogue=_TRUST, timeout_s=300)

    def list_versions(self, package: str) -> Script:
        return Script(f"sudo zypper search -s {package}", dialogue=_TRUST, timeout_s=120)

    def listed_versions(self, package: str, output: str) -> list[str]:
        rows = [[cell.strip() for cell in line.split("|")] for line in output.splitlines()]
        return list(
            dict.fromkeys(row[3] for row in rows if len(row) == 6 and row[1] == package and row[2] == "package")
        )

    def install(self, package: str, version: str | None) -> Script:
        name = f"-f {package}-{version}" if version else package
        return Script(f"sudo zypper install {name}", dialogue=_YES)

    def upgrade(self, package: str) -> Script:
        return Script(f"sudo zypper update {package}".rstrip(), dialogue=_YES)

    def uninstall(self, package: str) -> Script:
        return Script(f"sudo zypper remove {package}", dialogue=_YES)

    def hold(self, package: str, *, release: bool) -> Script:
        return Script(f"sudo zypper {'removelock' if release else 'addlock'} {package}", timeout_s=60)

    def use_proxy(self, url: str) -> str:
        # Source: measured; libzypp heeds the variable, and Debian's build does not read SUSE's /etc/sysconfig/proxy.
        variables, rule = "/etc/environment.proxy", "/etc/sudoers.d/proxy"
        if not url:
            return f"rm -f {variables} {rule}"
        return f"echo https_proxy={url} > {variables}; echo 'Defaults env_file={variables}' > {rule}"

    def reinstall(self, package: str, version: str) -> Script:
        return Script(f"sudo zypper install -f {package}-{version}", dialogue=_YES)

    def downgrade(self, package: str, version: str) -> Script:
        return Script(f"sudo zypper install --oldpackage {package}-{version}", dialogue=_YES)

    @property
    def volatile(self) -> tuple[str, ...]:
        return (*RPM_REMAINS, "/var/tmp/zypp.*",  # noqa: S108 - a path of the machine
                "/var/lib/rpm", "/var/lib/zypp", "/var/cache/zypp", "/var/cache/zypper", "/var/log/zypper.log",
                "/var/log/zypp", "/var/lib/YaST2")  # fmt: skip
