"""Install Debian packages on the host, where arclab may: as root, with apt."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence

from harness.errors import EnvironmentProblem

_LOCK_PATIENCE_S = 300.0
_LOCKED = "Could not get lock"
_APT = ["apt-get", "-o", f"DPkg::Lock::Timeout={_LOCK_PATIENCE_S:.0f}", "--quiet", "--yes"]


def can_install() -> bool:
    """Say whether packages can be installed: root, and a system with apt."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def ensure_programs(packages: Mapping[str, str], purpose: str, say: Callable[[str], None]) -> None:
    """Install what has programs that are missing: program -> Debian's package. Not for several threads at once.

    Raises: EnvironmentProblem when one is missing and arclab may not install it, or apt fails.
    """
    missing = {program: package for program, package in packages.items() if not shutil.which(program)}
    if not missing:
        return
    if not can_install():
        raise EnvironmentProblem(
            "host-program", f"'{', '.join(missing)}' is missing, and needed for {purpose}.",
            hint=f"apt-get install {' '.join(missing.values())} (Debian, Ubuntu)",
        )  # fmt: skip
    install_on_host([*missing.values()], say)


def install_on_host(packages: Sequence[str], say: Callable[[str], None]) -> None:
    """Update the index and install packages without their recommendations. `say` hears each command line.

    Waits for other runs of apt; the lock of the index has no time-out of its own, so the update is repeated.
    Raises: EnvironmentProblem with apt's last lines.
    """
    for command in ([*_APT, "update"], [*_APT, "install", "--no-install-recommends", *packages]):
        say(" ".join(command))
        deadline = time.monotonic() + _LOCK_PATIENCE_S
        while (done := _run(command)).returncode != 0:
            if _LOCKED not in done.stderr or time.monotonic() > deadline:
                raise EnvironmentProblem(
                    "host-package", f"'{' '.join(command)}' ended with {done.returncode}.",
                    hint=(done.stderr or done.stdout).strip()[-1500:],
                )  # fmt: skip
            time.sleep(1)


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
