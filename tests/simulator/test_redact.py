"""Secrets never reach the journal; the rest stays readable."""

from __future__ import annotations

import pytest

from simulator.redact import redacted_body, redacted_headers, redacted_path


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


def test_a_secret_in_the_path_itself_is_hidden() -> None:
    """A client that forgets the question mark tells no secret either."""
    assert redacted_path("/path&sig=hush?api-version=1") == "/path&sig=***?api-version=1"


@pytest.mark.parametrize(
    "path",
    ["/a?api-version=2026-07-15&%24skiptoken=100", "/a?region_code=eus", "/secret/token", "/a?design=1", ""],
    ids=["page token", "region code", "words in the path", "part of a word", "nothing"],
)
def test_other_text_stays(path: str) -> None:
    """What is no secret stays as it was."""
    assert redacted_path(path) == path


def test_secret_headers_are_hidden() -> None:
    """Of credentials the scheme stays; cookies, signatures and keys are hidden whole; others stay, joined by name."""
    headers = [
        ("authorization", "Bearer abc"), ("cookie", "a=b"), ("signedmessage", "m:rsapss s"), ("x-api-key", "k"),
        ("x-ms-authorization-auxiliary", "t"), ("accept", "a"), ("accept", "b"),
    ]  # fmt: skip

    assert redacted_headers(headers) == {
        "authorization": "Bearer ***", "cookie": "***", "signedmessage": "***", "x-api-key": "***",
        "x-ms-authorization-auxiliary": "***", "accept": "a, b",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a": {"clientSecret": "x", "b": [{"Token": 1}]}}', b'{"a":{"clientSecret":"***","b":[{"Token":"***"}]}}'),
        (b'{ "a" : 1 }', b'{ "a" : 1 }'),
        (b"client_id=a&client_secret=b&scope=c", b"client_id=a&client_secret=***&scope=c"),
        (b"\xff\x00", b"\xff\x00"),
        (b"", b""),
        (b'{"password":"\xe9","a":"\xe9"}', '{"password":"***","a":"\ufffd"}'.encode()),
        (b'\xef\xbb\xbf{"password":"x"}', b'{"password":"***"}'),
        (b'{"a":' * 5000, b'{"a":' * 5000),
    ],
    ids=["JSON", "JSON without secrets", "form", "bytes", "nothing", "Latin-1", "byte order mark", "too deep"],
)
def test_secret_members_are_hidden(body: bytes, expected: bytes) -> None:
    """Members of JSON and fields of forms are hidden by their names; anything else stays byte for byte."""
    assert redacted_body(body) == expected
