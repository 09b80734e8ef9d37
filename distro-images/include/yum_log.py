"""dnf plugin: write /var/log/yum.log the way yum 3 did, which the agent's documentation still points at."""

import time

import dnf

_WORDS = {
    "Install": "Installed",
    "Upgrade": "Updated",
    "Downgrade": "Downgraded",
    "Reinstall": "Reinstalled",
    "Erase": "Erased",
    "Removed": "Erased",
}


class YumLog(dnf.Plugin):
    """One line for each package of a transaction: time, word, package."""

    name = "yum_log"

    def transaction(self):
        """Append the transaction's lines. Erased packages are named without their version, as yum 3 did."""
        now = time.strftime("%b %d %H:%M:%S")
        lines = []
        for item in self.base.transaction:
            word = _WORDS.get(item.action_name)
            if word:
                lines.append(f"{now} {word}: {item.pkg.name if word == 'Erased' else item.pkg}\n")
        with open("/var/log/yum.log", "a") as log:
            log.writelines(lines)
