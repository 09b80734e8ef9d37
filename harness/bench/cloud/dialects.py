"""What is asked: the same three calls about a small resource, of each server in its own words, as ready bytes.

The small resource is a resource group, which Azure and AWS both have. The cloud is asked about connected machines, too,
which are larger and what it is for.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import msgspec

from harness.bench.cloud.servers import CASE
from simulator.contract import ARM_HOST

Operation = Literal["list", "get", "create"]
OPERATIONS: tuple[Operation, ...] = ("list", "get", "create")  # creates come last: lists stay as long as they were
LISTED = 20  # resources that a list has

_SUBSCRIPTION = f"/subscriptions/{CASE.subscription_id}"
GROUPS = f"{_SUBSCRIPTION}/resourcegroups"
MACHINES = f"{GROUPS}/{CASE.resource_group}/providers/Microsoft.HybridCompute/machines"
MACHINES_VERSION = "2026-07-15"
_AWS_HOST = "resource-groups.us-east-1.amazonaws.com"
_AWS_SIGNATURE = (
    "AWS4-HMAC-SHA256 Credential=AKIDBENCH/20260101/us-east-1/resource-groups/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64
)
_EMPTY = b"GET / HTTP/1.1\r\nHost: empty.example\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"


class Dialect(NamedTuple):
    """How one kind of server is asked: an operation and a name give a request; creates are answered with `created`."""

    request: Callable[[Operation, str], bytes]
    created: int

    def endless(self, operation: Operation, number: Iterator[int]) -> Iterator[bytes]:
        """Give requests without end: always the same one, or creates of names that have not been before."""
        if operation != "create":
            return itertools.repeat(self.request(operation, "box-1"))
        return (self.request("create", f"box-{n}") for n in number)

    def wanted(self, operation: Operation) -> int:
        """Give the status of a good answer."""
        return self.created if operation == "create" else 200


def message(method: str, host: str, path: str, authorization: str, body: bytes = b"") -> bytes:
    """Give the bytes of a request as clients send it."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: bench\r\nAccept: */*\r\n"
    head += f"Authorization: {authorization}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def groups(token: str) -> Dialect:
    """Ask the cloud about resource groups."""
    collection = _Collection(GROUPS, "2021-04-01", b'{"location":"eastus","tags":{"a":"b"}}')
    return Dialect(lambda operation, name: _arm(collection, operation, name, token), 201)


def machines(token: str) -> Dialect:
    """Ask the cloud about connected machines."""
    body = b'{"location":"eastus","tags":{"a":"b"},"properties":{"osProfile":{"computerName":"box"}}}'
    collection = _Collection(MACHINES, MACHINES_VERSION, body)
    return Dialect(lambda operation, name: _arm(collection, operation, name, token), 200)


def aws_groups() -> Dialect:
    """Ask moto about resource groups. It takes any signature, while the cloud checks its token."""
    return Dialect(_aws, 200)


def empty() -> Dialect:
    """Ask the empty handler, whatever the operation."""
    return Dialect(lambda _operation, _name: _EMPTY, 200)


class _Collection(NamedTuple):
    """Resources of one type: where they are, their api-version, and what one is made of."""

    path: str
    version: str
    body: bytes


def _arm(collection: _Collection, operation: Operation, name: str, token: str) -> bytes:
    path = collection.path if operation == "list" else f"{collection.path}/{name}"
    method, body = ("PUT", collection.body) if operation == "create" else ("GET", b"")
    return message(method, ARM_HOST, f"{path}?api-version={collection.version}", f"Bearer {token}", body)


def _aws(operation: Operation, name: str) -> bytes:
    query = {"ResourceTypeFilters": ["AWS::AllSupported"], "TagFilters": [{"Key": "a", "Values": ["b"]}]}
    created = {
        "Name": name, "Tags": {"a": "b"},
        "ResourceQuery": {"Type": "TAG_FILTERS_1_0", "Query": msgspec.json.encode(query).decode()},
    }  # fmt: skip
    path, body = {
        "create": ("/groups", created), "get": ("/get-group", {"GroupName": name}), "list": ("/groups-list", {}),
    }[operation]  # fmt: skip
    return message("POST", _AWS_HOST, path, _AWS_SIGNATURE, msgspec.json.encode(body))
