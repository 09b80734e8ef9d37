"""The JSON Schema of scenario files, made from the types, for editors and for `scenarios/schema.json`."""

from __future__ import annotations

from typing import Any

import msgspec

from harness.model.expectation import Expect
from harness.model.scenario import SHORT_FORMS, STEPS, Given

_REFERENCE = "#/$defs/{name}"
_MACHINE = {"type": "string", "description": "One of given.machines; default: the first."}


def scenario_schema() -> dict[str, Any]:
    """Give the schema (draft 2020-12) of a scenario file."""
    types = [*dict.fromkeys(STEPS.values()), Expect, Given]
    references, definitions = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    by_type = dict(zip(types, references, strict=True))
    _allow_numbers(definitions)
    text_list = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    scalar = {"type": ["string", "integer", "number", "boolean"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "arclab scenario",
        "type": "object",
        "additionalProperties": False,
        "required": ["scenario", "steps"],
        "properties": {
            "scenario": {"type": "string", "minLength": 1, "description": "What it claims, in one line."},
            "source": {**text_list, "description": "Headings of the document that it covers."},
            "tags": text_list,
            "matrix": {
                "type": "object",
                "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"},
                "additionalProperties": {"anyOf": [scalar, {"type": "array", "items": scalar, "minItems": 1}]},
            },
            "given": by_type[Given],
            "steps": {"type": "array", "minItems": 1, "items": {"anyOf": _step_schemas(by_type, definitions)}},
        },
        "$defs": definitions,
    }


def _allow_numbers(node: Any) -> None:
    """Let versions be numbers: an editor takes an unquoted 1.50 for one, where arclab keeps what is written."""
    if isinstance(node, dict):
        if node.get("title") == "version" and node.get("type") == "string":
            node["type"] = ["string", "number"]
        for item in node.values():
            _allow_numbers(item)
    elif isinstance(node, list):
        for item in node:
            _allow_numbers(item)


def _step_schemas(by_type: dict[Any, dict[str, Any]], definitions: dict[str, Any]) -> list[dict[str, Any]]:
    schemas: list[dict[str, Any]] = []
    for kind, arguments in STEPS.items():
        forms: list[dict[str, Any]] = [by_type[arguments]]
        if _needs_nothing(arguments):
            forms.append({"type": "null"})
        if kind in SHORT_FORMS:
            forms.append(definitions[arguments.__name__]["properties"][SHORT_FORMS[kind]])
        schemas.append({
            "type": "object",
            "additionalProperties": False,
            "required": [kind],
            "properties": {kind: {"anyOf": forms}, "machine": _MACHINE, "expect": by_type[Expect]},
        })  # fmt: skip
    return [*schemas, {"enum": [kind for kind, arguments in STEPS.items() if _needs_nothing(arguments)]}]


def _needs_nothing(arguments: type[msgspec.Struct]) -> bool:
    return not any(field.required for field in msgspec.structs.fields(arguments))


def schema_text() -> str:
    """Give the schema as the text of `scenarios/schema.json`."""
    return msgspec.json.format(msgspec.json.encode(scenario_schema()), indent=2).decode() + "\n"
