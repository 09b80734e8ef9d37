"""What the tests of the Linux installer share.

The installer decides, refuses and reports as docs/wire/installer.md says, whatever stands around it. It runs in a
system made of doubles. That real package managers do what they are told, the scenarios of `onboarding/` show.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.simulator.services.installer.doubles import DOUBLE, REAL, SCRIPT, SYSTEMS, Done, Install


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Give a runner of the installer in a system of doubles.

    `system` names a family of `SYSTEMS`; `release` is /etc/os-release instead of the family's, "" for none; `programs`
    are bodies of doubles beside the family's, None takes a program away.
    """

    def run(
        *options: str,
        system: str = "apt",
        release: str | None = None,
        centos: str = "",
        installed: tuple[str, ...] = (),
        output: bool = True,
        environment: dict[str, str] | None = None,
        **programs: str | None,
    ) -> Done:
        lab, etc, programs_folder = (tmp_path / name for name in ("lab", "etc", "bin"))
        for folder in (lab, etc, programs_folder):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        family_release, family = SYSTEMS[system]
        text = family_release if release is None else release
        for name, content in (("os-release", text), ("centos-release", centos)):
            if content:
                (etc / name).write_text(content)
        doubles: dict[str, str | None] = {
            "id": "echo 0", "uname": "[ $1 = -m ] && echo x86_64 || echo Linux", "systemctl": "", "sleep": "",
            "curl": "case $* in *169.254*) exit 7;; esac", "azcmagent": "", **family,
            **{name.replace("_", "-"): body for name, body in programs.items()},
        }  # fmt: skip
        for name in {*REAL} - {*doubles}:
            (programs_folder / name).symlink_to(str(shutil.which(name)))
        for name, body in doubles.items():
            if body is not None:
                with (programs_folder / name).open("x") as double:  # never through a link to the real program
                    double.write(DOUBLE + body)
                (programs_folder / name).chmod(0o755)
        for name in installed:
            (lab / name).touch()
        script = tmp_path / "install.sh"
        script.write_text(SCRIPT.read_text().replace("/etc/", f"{etc}/"))
        result = tmp_path / "result.json"
        result.unlink(missing_ok=True)
        done = subprocess.run(
            [str(programs_folder / "bash"), str(script), *options, *(["--output", str(result)] if output else [])],
            capture_output=True, text=True, check=False, timeout=60,
            env={"PATH": str(programs_folder), "LAB": str(lab), "TMPDIR": str(tmp_path), **(environment or {})},
        )  # fmt: skip
        calls = (lab / "calls").read_text().splitlines() if (lab / "calls").exists() else []
        written = json.loads(result.read_text()) if result.exists() else {}
        return Done(done.returncode, done.stdout, done.stderr, calls, written)

    return run
