"""A package that is half there names the script that failed."""

from __future__ import annotations

import pytest

from harness.laws.package_database import judge
from tests.harness.laws.values import BARE, OLD, make_state, make_transition, make_trial, new_file, payload

SAID = "dpkg: error processing x (--unpack):\n new azcmagent package pre-installation script subprocess returned error"


def test_the_script_that_failed_is_named() -> None:
    """In the words of the package manager; nothing is named without them."""
    broken = make_state(package="half-installed")
    trial = make_trial(*(make_transition("install", BARE, broken, output=said) for said in (SAID, "")))

    assert [finding.script for finding in judge(trial)] == ["preinst", ""]


@pytest.mark.parametrize(
    ("was", "now", "edited", "found"),
    [
        (None, "changed", False, True),
        (None, "delivered", False, False),
        ("old", "changed", False, True),
        ("changed", "changed", False, False),
        ("old", "changed", True, False),
    ],
    ids=["new", "as delivered", "upgraded", "was so before", "of the administrator"],
)
def test_a_configuration_file_that_scripts_rewrite(was: str | None, now: str, edited: bool, found: bool) -> None:
    """The next upgrade would ask whoever has never edited it."""
    path = "/etc/azcmagent/agent.conf"
    before = make_state(installed=OLD, files={path: new_file(was)} if was else {})
    after = make_state(files={path: new_file(now)})
    step = make_transition("upgrade", before, after, edited=(path,) if edited else ())
    trial = make_trial(step, files=(payload(path, mode="644", config=True, sha256="delivered"),))
    told = f"the configuration file {path} is not as it was delivered, and nobody has edited it"

    assert [finding.summary for finding in judge(trial)] == [told] * found


def test_a_configuration_file_whose_content_is_not_verified_may_be_rewritten() -> None:
    """An rpm says so with %verify(not md5), and rpm does not compare it either."""
    path = "/etc/azcmagent/agent.conf"
    step = make_transition("install", BARE, make_state(files={path: new_file("changed")}))
    file = payload(path, mode="644", config=True, sha256="delivered", varies=True)

    assert not list(judge(make_trial(step, kind="rpm", files=(file,))))
