"""A package that is half there names the script that failed."""

from __future__ import annotations

from harness.laws.package_database import judge
from tests.harness.laws.values import BARE, make_state, make_transition, make_trial

SAID = "dpkg: error processing x (--unpack):\n new azcmagent package pre-installation script subprocess returned error"


def test_the_script_that_failed_is_named() -> None:
    """In the words of the package manager; nothing is named without them."""
    broken = make_state(package="half-installed")
    trial = make_trial(*(make_transition("install", BARE, broken, output=said) for said in (SAID, "")))

    assert [finding.script for finding in judge(trial)] == ["preinst", ""]
