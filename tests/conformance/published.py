"""The OpenAPI descriptions that Microsoft has published, as judges of answers.

An answer is compared with its operation in the api-version that is nearest to its own; what no description knows is not
judged. A member that is described nowhere is a mismatch: only so a wrong name is told from a right one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import jsonschema

from tests.conformance.exchanges import Exchange
from tests.conformance.schemas import Schemas

_LONGEST_MESSAGE = 160
_UNEXPECTED = "Additional properties are not allowed"
#: Members of recorded real answers that no description has: the end of their object's pointer, and their name.
_SEEN = {("/properties", "osInstallDate"), ("/properties", "tpmEkCertificateIssuer"), ("/properties/profile", "id")}
_FORMATS = jsonschema.FormatChecker(formats=("uuid",))
_FORMATS.checks("date-time", raises=ValueError)(lambda value: value is None or bool(datetime.fromisoformat(str(value))))


@dataclass(frozen=True)
class Described:
    """One operation of a description: what it may answer."""

    file: Path
    version: str
    method: str
    pattern: re.Pattern[str]
    name: str
    responses: dict[str, Any]


class Published:
    """The descriptions below a folder."""

    def __init__(self, folder: Path) -> None:
        """Read them. `folder` holds OpenAPI 2 files; those below `examples` are left out."""
        self._schemas = Schemas()
        self.operations = [
            operation
            for path in sorted(folder.rglob("*.json"))
            if "examples" not in path.parts
            for operation in _operations(path, self._schemas.document(path))
        ]

    def find(self, exchange: Exchange) -> Described | None:
        """Give the operation of an exchange in the version that is nearest in time to its own."""
        found = [
            operation
            for operation in self.operations
            if operation.method == exchange.method and operation.pattern.fullmatch(exchange.path)
        ]
        wanted = _day(exchange.version)
        return min(found, key=lambda operation: abs(_day(operation.version) - wanted), default=None)

    def mismatches(self, exchange: Exchange) -> list[str]:
        """Give how an answer differs from what is published, each with operation, path and JSON pointer."""
        operation = self.find(exchange)
        if operation is None:
            return []
        return [
            f"{operation.name} ({operation.version}) {exchange.method} {exchange.path} -> {exchange.status} {problem}"
            for problem in self._problems(operation, exchange)
        ]

    def _problems(self, operation: Described, exchange: Exchange) -> Iterator[str]:
        response = operation.responses.get(str(exchange.status))
        if response is None and exchange.status >= 400:
            response = operation.responses.get("default")
        if response is None:
            yield f"is none of {', '.join(operation.responses)}"
            return
        schema = response.get("schema")
        if schema is None or (exchange.body is None and exchange.status == 202):
            return
        validator = jsonschema.Draft202012Validator(
            {**self._schemas.converted(operation.file, schema), "$defs": self._schemas.definitions},
            format_checker=_FORMATS,
        )
        for error in sorted(validator.iter_errors(exchange.body), key=lambda error: list(map(str, error.path))):
            pointer = "".join(f"/{part}" for part in error.absolute_path)
            unexpected = re.findall(r"'(\w+)'", error.message) if error.message.startswith(_UNEXPECTED) else []
            if unexpected and all(_is_seen(pointer, name) for name in unexpected):
                continue
            yield f"{pointer or '/'}: {error.message[:_LONGEST_MESSAGE]}"


def _is_seen(pointer: str, name: str) -> bool:
    return any(pointer.endswith(place) and name == member for place, member in _SEEN)


def _day(version: str) -> int:
    """Give a version such as 2024-05-20-preview as a number of days; none is the newest."""
    return date.fromisoformat(version[:10] or "9999-12-31").toordinal()


def _operations(path: Path, document: Any) -> Iterator[Described]:
    paths = document["paths"] if "swagger" in document else {}
    for template, methods in paths.items():
        for method, operation in methods.items():
            if method == "parameters":
                continue
            yield Described(
                path, document["info"]["version"], method.upper(), _pattern(template), operation["operationId"],
                operation["responses"],
            )  # fmt: skip


def _pattern(template: str) -> re.Pattern[str]:
    """Give what a path matches; a first part such as `{resourceUri}` is a whole id."""
    text = re.sub(r"^/\\{[^}]+\\}/providers", "/.+/providers", re.escape(template))
    return re.compile(re.sub(r"\\{[^}]+\\}", "[^/]+", text), re.IGNORECASE)
