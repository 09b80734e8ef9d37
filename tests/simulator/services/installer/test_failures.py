"""The installer waits for locks, and gives up on what does not work."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulator.services.installer.doubles import (
    APT,
    INSTALLS,
    SYSTEMS,
    Install,
)

pytestmark = pytest.mark.process


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_failed_package_manager_is_no_success(install: Install, system: str) -> None:
    """Also that of rpm systems; and neither is one that says it has installed what is not there."""
    name = "apt-get" if system == "apt" else system
    failing = {name.replace("-", "_"): 'case " $* " in *" install "*) exit 4;; esac'}

    assert install(system=system, **failing).code == "AZCM0143"
    assert install(system=system, **{name.replace("-", "_"): ""}).code == "AZCM0143"


@pytest.mark.parametrize(("held_for", "outcome"), [(0, "success"), (3, "success"), (99, "AZCM0145")])
def test_a_lock_is_waited_for(install: Install, held_for: int, outcome: str) -> None:
    """Five minutes, in which unattended upgrades may end."""
    tries = f'echo x >> "$LAB/tries"; [ $(sed -n "$=" "$LAB/tries") -gt {held_for} ]'
    body = tries + ' || { echo "E: Could not get lock /var/lib/dpkg/lock-frontend" >&2; exit 100; }\n'
    done = install(apt_get=body + INSTALLS)

    assert done.code == outcome
    assert len(done.called("sleep")) == min(held_for, 30)


@pytest.mark.parametrize(
    "error",
    [
        "dpkg frontend lock was locked by another process with pid 7",
        "dpkg frontend is locked by another process",
        "dpkg status database is locked by another process",
    ],
)
@pytest.mark.parametrize(("held_for", "outcome"), [(3, "success"), (99, "AZCM0145")])
def test_a_lock_of_dpkg_is_waited_for(install: Install, error: str, held_for: int, outcome: str) -> None:
    """The repository's definition is installed without apt, and waits as long."""
    tries = f'echo x >> "$LAB/tries"; [ $(sed -n "$=" "$LAB/tries") -gt {held_for} ]'
    done = install(dpkg=f'{tries} || {{ echo "dpkg: error: {error}" >&2; exit 2; }}\n{APT["dpkg"]}')

    assert done.code == outcome
    assert len(done.called("sleep")) == min(held_for, 30)


def test_a_definition_that_dpkg_refuses_is_not_tried_again(install: Install) -> None:
    """Only a lock is worth waiting for."""
    done = install(dpkg='echo "dpkg: error: it is no package" >&2; exit 1')

    assert (done.code, len(done.called("dpkg")), done.called("sleep")) == ("AZCM0143", 1, [])
    assert "it is no package" in done.stderr


def test_the_temporary_folder_has_to_be_one(install: Install, tmp_path: Path) -> None:
    """Downloads go there when it is."""
    assert install("--tempdir", str(tmp_path / "nowhere")).code == "AZCM0129"
    assert any(
        f"-o {tmp_path}/packages-microsoft-prod.deb" in call for call in install("-t", str(tmp_path)).called("curl")
    )
