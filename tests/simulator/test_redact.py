"""Secrets in a query never reach the journal; the rest of the path stays readable."""

from __future__ import annotations

import pytest

from simulator.redact import redacted_path


@pytest.mark.parametrize(
    "name",
    [
        "sig", "secret", "password", "client_secret", "assertion", "client_assertion", "code", "device_code",
        "user_code", "token", "access_token", "refresh_token", "id_token", "SIG", "Client_Secret",
    ],
)  # fmt: skip
def test_secret_parameters_are_hidden(name: str) -> None:
    """The value of a secret parameter is hidden, wherever it stands and however it is spelt."""
    found = redacted_path(f"/path?{name}=hush%2Bhush&api-version=1&{name}=again")

    assert found == f"/path?{name}=***&api-version=1&{name}=***"


@pytest.mark.parametrize(
    "path",
    ["/a?api-version=2026-07-15&%24skiptoken=100", "/a?region_code=eus", "/secret/token", "/a?design=1", ""],
    ids=["page token", "region code", "words in the path", "part of a word", "nothing"],
)
def test_other_text_stays(path: str) -> None:
    """What is no secret stays as it was."""
    assert redacted_path(path) == path
