"""A package reaches no further into the machine than the previous release did, without saying so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.laws.trial import Finding, Trial

#: Folders whose files act on all of a machine: on its kernel, its people, its other services, its package manager.
#: Source: file-hierarchy(7), sysctl.d(5), modules-load.d(5), systemd.generator(7), sudoers(5), cron(8), pam.d(5).
_REACHES = {
    "settings of the kernel": r"/(etc|usr/lib|lib)/(sysctl|modules-load|modprobe|binfmt)\.d/",
    "the environment of all sessions": r"/etc/profile\.d/|/(etc|usr/lib)/environment\.d/|/etc/(environment|profile)$",
    "who may do what": r"/etc/(sudoers|pam|doas)\.d/|/etc/security/|/(etc|usr/share)/polkit-1/",
    "jobs of cron": r"/etc/cron\.(d|hourly|daily|weekly|monthly)/|/var/spool/cron/",
    "what is trusted and installed": r"/etc/apt/|/etc/yum\.repos\.d/|/etc/zypp/|/etc/dnf/|/etc/pki/"
    r"|/usr/share/keyrings/|/etc/ssl/certs/|/usr/(local/)?share/ca-certificates/",
    "how programs are linked": r"/etc/ld\.so\.",
    "devices": r"/(etc|usr/lib|lib)/udev/",
    "the network and its rules": r"/etc/(iptables|nftables|firewalld|ufw|NetworkManager|network|netplan|dnsmasq\.d)"
    r"|/usr/lib/firewalld/|/etc/nftables\.conf$|/(etc|usr/lib)/systemd/(network|resolved\.conf)",
    "who may sign in from afar": r"/etc/ssh/",
    "logs of all": r"/etc/(rsyslog|audit)|/(etc|usr/lib)/systemd/journald\.conf",
    "systemd itself": r"/(etc|usr/lib|lib)/systemd/(system|logind|user|sleep)\.conf|/(usr/)?lib/systemd/system-"
    r"(generators|preset|shutdown|sleep)/|/(etc|usr/lib|lib)/systemd/system/service\.d/",
}
_DROP_IN = re.compile(r"/(etc|usr/lib|lib)/systemd/system/(?P<unit>[^/]+)\.d/[^/]+$")


def judge(trial: Trial) -> Iterator[Finding]:
    """Compare the files of both packages; what the previous release reached already is known."""
    if trial.old is None:
        return
    known = {file.path for file in trial.old.files}
    delivered = {file.path.rpartition("/")[2] for file in trial.new.files}
    own = {*delivered, *(f"{unit}.service" for unit in trial.product.units)}
    for file in trial.new.files:
        if file.kind == "d" or file.path in known:
            continue
        what = next((what for what, pattern in _REACHES.items() if re.match(pattern, file.path)), "")
        drop_in = _DROP_IN.match(file.path)
        if drop_in and drop_in["unit"] not in own:
            what = what or f"the unit {drop_in['unit']}, which is not the package's"
        if what:
            yield Finding(None, f"new since the previous release: {file.path} changes {what}", (), (file.path,))
