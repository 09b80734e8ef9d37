"""The installer's options: the proxy, those it does not know, and values that are missing."""

from __future__ import annotations

import pytest

from tests.simulator.services.installer.doubles import (
    Install,
)

pytestmark = pytest.mark.process


def test_a_proxy_is_for_downloads_packages_and_agent(install: Install) -> None:
    """Each that fetches something is told, and the agent keeps it."""
    done = install("--proxy", "http://p:3128", env='echo "$*" >> "$LAB/calls"; exec /usr/bin/env "$@"')

    assert done.exit == 0, done.stderr
    assert all("--proxy http://p:3128" in call or "169.254" in call for call in done.called("curl"))
    assert "azcmagent config set proxy.url http://p:3128" in done.calls
    assert all("https_proxy=http://p:3128" in call for call in done.calls if "LC_ALL=C" in call)
    assert "http_proxy=" not in " ".join(done.calls).replace("https_proxy=", "")


def test_an_empty_proxy_clears_the_agents(install: Install) -> None:
    """And without the option the agent's setting is left alone."""
    assert "azcmagent config clear proxy.url" in install("--proxy", "").calls
    assert install().called("azcmagent") == []


def test_a_proxy_that_the_agent_refuses_is_a_failure(install: Install) -> None:
    """The package is installed, and still the agent would not get out."""
    assert install("--proxy", "http://p", azcmagent="exit 23").code == "AZCM0069"


@pytest.mark.parametrize("options", [["--verbose"], ["extra"], ["--desiredversion", "1.50", "-x"]])
def test_an_unknown_argument_is_refused(install: Install, options: list[str]) -> None:
    """Nothing is called but for the report; the result is written wherever --output stands."""
    done = install(*options)

    assert (done.exit, done.code) == (1, "AZCM0129")
    assert "Usage:" in done.stderr
    assert not done.called("apt-get")


def test_an_option_without_its_value_is_refused(install: Install) -> None:
    """The last one's is not guessed."""
    done = install("--proxy", output=False)

    assert done.exit == 1
    assert "AZCM0129: The option '--proxy' needs a value." in done.stderr


@pytest.mark.parametrize(
    "options",
    [("--proxy", "--forceupgrade"), ("-d", "-p", ""), ("--tempdir", "--altdownload", "/x"), ("-e", "-"), ("-a", "-x")],
)
def test_the_next_option_is_no_value(install: Install, options: tuple[str, ...]) -> None:
    """It is named whose value is missing, and the result is written where a later option says."""
    done = install(*options)

    assert (done.exit, done.code) == (1, "AZCM0129")
    assert f"The option '{options[0]}' needs a value." in done.stderr
    assert not done.called("apt-get")


def test_help_does_nothing_else(install: Install) -> None:
    """It names each option."""
    done = install("--help")

    assert (done.exit, done.calls, done.result) == (0, [], {})
    for option in ("proxy", "output", "altdownload", "althisendpoint", "tempdir", "desiredversion", "forceupgrade"):
        assert f"--{option}" in done.stdout
