"""What the installer reports, and how it gets there without root or curl."""

from __future__ import annotations

import json

import pytest

from tests.simulator.services.installer.doubles import (
    Install,
)

pytestmark = pytest.mark.process


def test_a_failure_says_what_it_was_run_for(install: Install) -> None:
    """The service hears of the portal's variables, at the host that was asked for; the text is cut."""
    variables = {"subscriptionId": "s-1", "resourceGroup": 'g "1"', "correlationId": "c-1"}
    done = install(
        "--althisendpoint", "https://his.example", "-d", "9" * 600, environment=variables, installed=("azcmagent",)
    )
    call = next(call for call in done.called("curl") if "PUT" in call)
    told = json.loads(call[call.index("{") : call.rindex("}") + 1])

    assert call.endswith("https://his.example/log")
    assert (told["subscriptionId"], told["resourceGroup"], told["operation"]) == ("s-1", 'g "1"', "upgrading")
    assert (told["messageType"], len(told["message"])) == ("AZCM0147", 500)


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("character", ["é", "€", "😀"])
@pytest.mark.parametrize("before", range(4))
def test_a_report_is_cut_between_characters(install: Install, locale: str, character: str, before: int) -> None:
    """Wherever the limit falls, and whatever the locale."""
    wanted = "9" * before + character * 600
    done = install("-d", wanted, environment={"LC_ALL": locale})
    call = next(call for call in done.called("curl") if "PUT" in call)
    told = json.loads(call[call.index("{") : call.rindex("}") + 1])["message"]

    assert f"The version '{wanted}".startswith(told)
    assert 500 - len(character.encode()) < len(told.encode()) <= 500


def test_a_result_is_json_whatever_it_quotes(install: Install) -> None:
    """Quotes, backslashes and line ends of an option come back as text."""
    done = install("--desiredversion", 'a"b\\c\td\n')

    assert done.result["error"] == {
        "code": "AZCM0147", "message": "The version 'a\"b\\c d ' of azcmagent is not in the repository.",
    }  # fmt: skip


def test_who_is_not_root_uses_sudo(install: Install) -> None:
    """Only what needs it."""
    done = install(id="echo 1000", sudo='exec "$@"')

    assert done.exit == 0, done.stderr
    assert any(call.endswith("apt-get -q -y install azcmagent") for call in done.called("sudo"))
    assert not any("curl" in call for call in done.called("sudo"))


def test_wget_does_where_curl_is_missing(install: Install) -> None:
    """Downloads, the question for Azure's metadata, and reports."""
    done = install("-d", "9", curl=None, wget="case $* in *169.254*) exit 4;; esac")

    assert done.code == "AZCM0147"
    assert [("169.254" in call, "config/" in call, "/log" in call) for call in done.called("wget")] == [
        (True, False, False), (False, True, False), (False, False, True),
    ]  # fmt: skip
