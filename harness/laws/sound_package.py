"""The package itself is sound: digests that strict clients demand, configuration marked as such, names that sort."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.laws.trial import Finding, Trial
from simulator.contract import PayloadFile

#: Source: rpm in FIPS mode and crypto policies of RHEL 9 refuse packages without SHA-256 of header and all.
_DEMANDED = {"rpm": ("header-sha256", "payload-sha256", "files-sha256"), "deb": ("files-md5",)}
_DEB_VERSION = re.compile(r"^(\d+:)?\d[A-Za-z0-9.+~-]*$")


def judge(trial: Trial) -> Iterator[Finding]:
    """Read the package."""
    package = trial.new.package
    for digest in _DEMANDED[package.format]:
        if digest not in trial.new.digests:
            there = ", ".join(trial.new.digests) or "none"
            yield Finding(
                None, f"the package has no {digest} digest", (f"digests there: {there}",), (), "", package.path
            )
    if package.format == "deb" and not _DEB_VERSION.match(package.version):
        yield Finding(None, f"its version '{package.version}' is not one that dpkg sorts", ())
    for file in trial.new.files:
        if file.path.startswith("/etc/") and file.kind == "f":
            yield from _configuration(file)


def _configuration(file: PayloadFile) -> Iterator[Finding]:
    if not file.config:
        yield Finding(
            None, f"{file.path} is not marked as configuration: an upgrade overwrites edits", (), (file.path,)
        )
    elif file.replaced:
        why = "it is %config without noreplace"
        yield Finding(None, f"an edited {file.path} gives way to the new one on upgrade", (why,), (file.path,))
