"""Schemas of OpenAPI 2 files as JSON Schema.

`allOf` is merged; an object that names its members has no others; an open enumeration (`modelAsString`) limits nothing.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

#: Folders of descriptions whose own examples have null where their schemas have a type.
_WITH_NULLS = frozenset({"Microsoft.PolicyInsights"})
_KEPT = ("format", "pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems")


class Schemas:
    """Schemas of OpenAPI 2 files as JSON Schema; `definitions` collects those that have a name."""

    def __init__(self) -> None:
        self.definitions: dict[str, Any] = {}
        self._documents: dict[Path, Any] = {}

    def document(self, path: Path) -> Any:
        """Give a file's content."""
        if path not in self._documents:
            self._documents[path] = json.loads(path.read_text(encoding="utf-8"))
        return self._documents[path]

    def converted(self, file: Path, schema: dict[str, Any]) -> dict[str, Any]:
        """Give a schema that stands in `file` as JSON Schema. Raises: KeyError for a reference that leads nowhere."""
        if "$ref" in schema:
            target, pointer = self._target(file, schema["$ref"])
            name = re.sub(r"[^A-Za-z0-9]", "_", f"{target}#{pointer}")
            if name not in self.definitions:
                self.definitions[name] = {}  # a schema may hold itself
                self.definitions[name] = self.converted(target, self._at(target, pointer))
            return {"$ref": f"#/$defs/{name}"}
        plain = _limits(schema, may_be_null=bool(_WITH_NULLS.intersection(file.parts)))
        if "items" in schema:
            plain["items"] = self.converted(file, schema["items"])
        if isinstance(schema.get("additionalProperties"), dict):
            plain["additionalProperties"] = self.converted(file, schema["additionalProperties"])
        members, required, is_open = self._members(file, schema)
        if members:
            plain["properties"] = {name: self.converted(where, member) for name, (where, member) in members.items()}
            plain["required"] = sorted(required)
            if not is_open:
                plain.setdefault("additionalProperties", False)
        return plain

    def _members(self, file: Path, schema: dict[str, Any]) -> tuple[dict[str, tuple[Path, Any]], set[str], bool]:
        """Give an object's members, each with its file, which of them must be there, and whether others may."""
        members: dict[str, tuple[Path, Any]] = {}
        required = set(schema.get("required", ()))
        is_open = "discriminator" in schema or schema.get("additionalProperties") is True
        for part in schema.get("allOf", ()):
            where, whole = file, part
            while "$ref" in whole:
                where, pointer = self._target(where, whole["$ref"])
                whole = self._at(where, pointer)
            theirs, also, more = self._members(where, whole)
            members |= theirs
            required |= also
            is_open |= more
        members |= {name: (file, member) for name, member in schema.get("properties", {}).items()}
        return members, required, is_open

    def _target(self, file: Path, reference: str) -> tuple[Path, str]:
        name, _, pointer = reference.partition("#")
        return ((file.parent / name).resolve() if name else file), pointer

    def _at(self, file: Path, pointer: str) -> dict[str, Any]:
        found: Any = self.document(file)
        for part in pointer.strip("/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        return dict(found)


def _limits(schema: dict[str, Any], *, may_be_null: bool) -> dict[str, Any]:
    """Give what a schema says of a value itself, not of what is in it."""
    plain = {word: schema[word] for word in _KEPT if word in schema}
    if "type" in schema and schema["type"] != "file":
        plain["type"] = [schema["type"], "null"] if schema.get("x-nullable") or may_be_null else schema["type"]
    if "enum" in schema and not schema.get("x-ms-enum", {}).get("modelAsString"):
        plain["enum"] = schema["enum"]
    return plain
