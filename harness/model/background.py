"""What changes on any machine by itself when packages come and go, or is the harness's own."""

from __future__ import annotations

#: Copies, locks, caches and logs that system tools write for themselves.
BACKGROUND = ("/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-", "/etc/subuid-", "/etc/subgid-",
              "/etc/.pwd.lock", "/etc/passwd.lock", "/etc/group.lock", "/etc/shadow.lock", "/etc/gshadow.lock",
              "/var/log/faillog", "/etc/ld.so.cache", "/var/cache/ldconfig", "/var/log/apt",
              "/var/log/tallylog", "/var/log/alternatives.log", "/var/lib/alternatives", "/var/lib/dpkg",
              "/var/lib/ucf")  # fmt: skip
#: Where accounts are written down; laws read the accounts themselves.
ACCOUNT_FILES = ("/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/subuid", "/etc/subgid")
