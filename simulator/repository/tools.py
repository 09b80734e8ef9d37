"""Run the programs that make and sign repositories: gpg, rpmsign, createrepo_c. The cloud's image has them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from simulator.errors import SimulatorError

_PACKAGE = {"gpg": "gnupg", "rpmsign": "rpm", "createrepo_c": "createrepo-c"}


def run_tool(command: list[str], data: bytes = b"", *, home: Path | None = None) -> bytes:
    """Run a program and give what it prints. `home` is its HOME and gpg home.

    Raises: SimulatorError when it is not installed or fails.
    """
    environment = {**os.environ, "LC_ALL": "C.UTF-8"} | ({"GNUPGHOME": str(home), "HOME": str(home)} if home else {})
    try:
        done = subprocess.run(command, input=data, capture_output=True, check=False, env=environment)
    except FileNotFoundError as error:
        raise SimulatorError(
            "repository-tool", f"'{command[0]}' is not installed.", hint=f"apt-get install {_PACKAGE[command[0]]}"
        ) from error
    if done.returncode != 0:
        text = done.stderr.decode(errors="replace")[-800:]
        raise SimulatorError("repository-tool-failed", f"'{command[0]}' ended with {done.returncode}.", hint=text)
    return done.stdout
