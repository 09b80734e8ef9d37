"""A call reads of its request what Starlette would read, in less time."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from simulator.call import Answer, Call, check_host
from simulator.errors import ApiError


def make_call(**scope: Any) -> Call:
    """Give a call whose request has the scope, and nothing else of its own."""
    empty = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    return Call(Request({**empty, **scope}), "", 0.0)


@given(
    st.lists(st.tuples(st.sampled_from([b"host", b"authorization", b"x-a"]), st.binary(max_size=4))),
    st.binary(max_size=12),
)
def test_headers_and_path_are_starlettes(headers: list[tuple[bytes, bytes]], query: bytes) -> None:
    """Of several headers of a name the first counts; path and query are those of the URL."""
    call = make_call(headers=headers, query_string=query, path="/a b", server=("h", 80), scheme="http")

    assert call.header("x-a") == call.request.headers.get("x-a", "")
    assert (call.method, call.path, call.client) == ("GET", "/a b", "")
    assert call.path_and_query == ("/a b?" + query.decode("latin-1") if query else "/a b")


@pytest.mark.parametrize(
    ("version", "hosts", "is_good"),
    [
        ("1.1", [b"management.azure.com"], True), ("1.1", [b"a_b.example:8443"], True), ("1.1", [b"[::1]:8443"], True),
        ("1.1", [b""], True), ("1.0", [], True), ("1.1", [], False), ("1.1", [b"a", b"a"], False),
        ("1.0", [b"a", b"b"], False), ("1.1", [b"man agement"], False), ("1.1", [b"[::1"], False),
        ("1.0", [b"a, b"], False), ("1.1", [b"a/b"], False), ("1.1", [b"a@b"], False), ("1.1", [b"a:b"], False),
        ("1.1", [b"\xe9"], False), ("1.1", [b"a%2"], False), ("1.1", [b"a\n"], False),
    ],
)  # fmt: skip
def test_a_request_names_one_host(version: str, hosts: list[bytes], is_good: bool) -> None:
    """A name or an address, with or without a port; none only in HTTP/1.0, or where it is empty."""
    call = make_call(http_version=version, headers=[(b"host", host) for host in hosts])
    with contextlib.nullcontext() if is_good else pytest.raises(ApiError, match="BadRequest"):
        check_host(call)


@pytest.mark.parametrize("path", ["/a/b", "/a//b", "//a///b"])
def test_empty_segments_count_for_nothing(path: str) -> None:
    """Clients write `//` where a resource has no parent."""
    assert make_call(path=path).path == "/a/b"


@given(st.text("aA=&%20+;", max_size=12))
def test_a_query_is_starlettes(query: str) -> None:
    """A parameter is found by its name in any case, the first that is so called."""
    call = make_call(query_string=query.encode())
    expected = next((value for name, value in call.request.query_params.items() if name.lower() == "a"), "")

    assert (call.query("A"), call.query("a")) == (expected, expected)


@pytest.mark.parametrize(
    ("header", "expected"),
    [(b"Bearer abc", "abc"), (b"bearer  abc ", "abc"), (b"Basic abc", ""), (b"Bearer", ""), (b"", "")],
)
def test_a_bearer_token_is_taken_out(header: bytes, expected: str) -> None:
    """The scheme's case does not matter; another scheme brings no token."""
    assert make_call(headers=[(b"authorization", header)]).bearer == expected


def test_the_peer_is_named() -> None:
    """A connection over TCP has an address, one over a unix socket has none."""
    assert (make_call(client=("10.0.0.5", 4000)).client, make_call(client=None).client) == ("10.0.0.5", "")


_DEEP = b'{"a":' * 200 + b"1" + b"}" * 200


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{", b"1", b'{"a":' * 100_000, _DEEP, b'{"a":' + b"[" * 128 + b"]" * 128 + b"}", b'{"a":"\xe9"}',
     '{"a":1}'.encode("utf-16")],
    ids=["list", "half", "number", "endless", "deep", "deep list", "Latin-1", "UTF-16"],
)  # fmt: skip
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    """ARM says so with 400, also of one that is nested too deep; no body at all is an empty object."""
    call = make_call()
    assert call.json() == {}

    call.body = body
    with pytest.raises(ApiError, match="InvalidRequestContent"):
        call.json()


def test_a_byte_order_mark_counts_for_nothing() -> None:
    """Some libraries write one before UTF-8."""
    call = make_call()
    call.body = '{"a":"é"}'.encode("utf-8-sig")

    assert call.json() == {"a": "é"}


@pytest.mark.parametrize("status", [200, 204, 304, 404])
@pytest.mark.parametrize("headers", [{}, {"X-A": "b"}], ids=["none", "one"])
def test_headers_of_answers_are_starlettes(status: int, headers: dict[str, str]) -> None:
    """An answer has the same headers as Starlette would give it."""
    mine, theirs = (kind(b"{}", status, headers, "application/json") for kind in (Answer, Response))

    assert sorted(mine.raw_headers) == sorted(theirs.raw_headers)


def test_a_body_may_be_wide_and_not_flat() -> None:
    """Many objects beside one another, and some inside one another, are taken."""
    call = make_call()
    call.body = b'{"a":[' + b",".join([b"{}"] * 500) + b'],"b":' + b"[" * 100 + b"]" * 100 + b"}"

    assert len(call.json()["a"]) == 500
