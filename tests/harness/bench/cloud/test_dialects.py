"""Requests are what HTTP and the services want; a create makes another resource each time."""

from __future__ import annotations

import itertools

import httptools
import msgspec
import pytest

from harness.bench.cloud import dialects
from harness.bench.cloud.dialects import OPERATIONS, Dialect

_DIALECTS = {
    "groups": dialects.groups("T"), "machines": dialects.machines("T"), "aws": dialects.aws_groups(),
    "empty": dialects.empty(),
}  # fmt: skip


class Parsed:
    """A request as a server reads it."""

    def __init__(self, data: bytes) -> None:
        self.body, self.is_whole, self.headers = b"", False, dict[bytes, bytes]()
        parser = httptools.HttpRequestParser(self)
        parser.feed_data(data)
        self.method = parser.get_method().decode()

    def on_url(self, url: bytes) -> None:
        self.url = url.decode()

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.lower()] = value

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.is_whole = True


@pytest.mark.parametrize("dialect", _DIALECTS.values(), ids=_DIALECTS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_request_is_whole(dialect: Dialect, operation: dialects.Operation) -> None:
    """A server finds one request in the bytes, with a host, and a body that is JSON where there is one."""
    parsed = Parsed(dialect.request(operation, "box-1"))

    assert (parsed.is_whole, b"host" in parsed.headers) == (True, True)
    assert not parsed.body or isinstance(msgspec.json.decode(parsed.body), dict)


def test_creates_are_of_new_names() -> None:
    """Names come from the numbers that are given; the other operations ask for the same again."""
    creates = _DIALECTS["groups"].endless("create", itertools.count(7))
    gets = _DIALECTS["groups"].endless("get", itertools.count(7))

    assert [Parsed(next(creates)).url.partition("?")[0].rpartition("/")[2] for _ in range(2)] == ["box-7", "box-8"]
    assert next(gets) == next(gets)


def test_statuses_are_those_of_the_services() -> None:
    """ARM answers the creation of a group with 201, and everything else here with 200."""
    assert [_DIALECTS["groups"].wanted(operation) for operation in OPERATIONS] == [200, 200, 201]
    assert {_DIALECTS[name].wanted("create") for name in ("machines", "aws", "empty")} == {200}
