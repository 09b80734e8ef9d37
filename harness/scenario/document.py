"""Read YAML keeping positions: each value's place, duplicate keys refused, numbers with a point kept as written.

`1.50` in a scenario is a release, not the number 1.5, so only integers and booleans become such; dates and
floats stay text. Anchors and tags are refused: a scenario is read by people. So is deep nesting, which no scenario
needs and the parser cannot stand.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from harness.errors import UsageError
from harness.model.record import Place

_INTEGER = re.compile(r"^-?(0|[1-9][0-9]{0,17})$")  # what every reader of JSON can hold; longer ones stay text
_DEEPEST = 30
#: PyYAML with libyaml reads fifteen times as fast; what it refuses is read again without, for the better message.
_FAST_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document:
    """One parsed file: `value` of plain dicts, lists and scalars, and the place of each path.

    Paths look like msgspec's: `$.steps[0].install.version`. `key_places` has the place of a key itself.
    """

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.places: dict[str, Place] = {}
        self.key_places: dict[str, Place] = {}
        self.value = self._value(self._compose(text), "$")

    def place(self, path: str) -> Place:
        """Give the place of a path, or of its nearest known parent."""
        while path not in self.places and path != "$":
            path = path[: max(path.rfind("."), path.rfind("["), 1)]
        return self.places.get(path, Place(self.file, 1))

    def _compose(self, text: str) -> yaml.Node:
        try:
            node = self._node(text)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = Place(self.file, mark.line + 1, mark.column + 1) if mark else Place(self.file, 1)
            raise UsageError("scenario-not-yaml", f"this is not YAML: {error.problem}.", place=str(place)) from error
        except yaml.reader.ReaderError as error:
            before = text[: error.position]
            place = Place(self.file, before.count("\n") + 1, len(before) - before.rfind("\n"))
            message = f"the character {error.character!r} cannot stand in a scenario."
            raise UsageError("scenario-not-yaml", message, place=str(place)) from error
        if node is None:
            raise UsageError("scenario-empty", "the file is empty.", place=str(Place(self.file, 1)))
        return node

    def _node(self, text: str) -> yaml.Node | None:
        try:
            return self._node_by(_FAST_LOADER, text)
        except yaml.YAMLError:
            return self._node_by(yaml.SafeLoader, text)

    def _node_by(self, loader: type[yaml.SafeLoader], text: str) -> yaml.Node | None:
        self._check_events(text, loader)
        return yaml.compose(text, Loader=loader)

    def _check_events(self, text: str, loader: type[yaml.SafeLoader]) -> None:
        """Refuse what a scenario does not use, before anything is built from it."""
        depth = 0
        for event in yaml.parse(text, Loader=loader):
            if getattr(event, "anchor", None):
                raise self._refused(event, "scenario-anchor", "anchors and aliases are not used in scenarios.")
            if getattr(event, "tag", None):
                raise self._refused(event, "scenario-tag", "tags are not used in scenarios.")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                raise self._refused(event, "scenario-depth", f"this is nested more than {_DEEPEST} levels deep.")

    def _refused(self, event: yaml.Event, reference: str, message: str) -> UsageError:
        hint = "Write the value out where it is needed."
        return UsageError(reference, message, place=str(self._place_of(event)), hint=hint)

    def _place_of(self, node: Any) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _value(self, node: yaml.Node, path: str) -> Any:
        self.places[path] = self._place_of(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, f"{path}[{index}]") for index, item in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: str) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = self._place_of(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                raise UsageError("scenario-key", "a key must be one word.", place=str(place))
            key = str(key_node.value)
            if key in result:
                first = self.key_places[f"{path}.{key}"]
                raise UsageError(
                    "scenario-duplicate-key", f"the key '{key}' stands twice in this mapping.", place=str(place),
                    hint=f"The first is in line {first.line}.",
                )  # fmt: skip
            self.key_places[f"{path}.{key}"] = place
            result[key] = self._value(value_node, f"{path}.{key}")
        return result


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if node.tag == "tag:yaml.org,2002:null":
        return None
    if node.tag == "tag:yaml.org,2002:bool":
        return text.lower() in ("true", "yes", "on")
    if node.tag == "tag:yaml.org,2002:int" and _INTEGER.match(text):
        return int(text)
    return text


def read_document(path: Path, *, shown: str = "") -> Document:
    """Read one file. `shown` is the name used in messages.

    Raises: UsageError when it cannot be read, is not UTF-8 or not YAML.
    """
    name = shown or str(path)
    try:
        return Document(name, path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError("scenario-unreadable", f"cannot be read: {error.strerror}.", place=name) from error
    except UnicodeDecodeError as error:
        raise UsageError("scenario-not-utf8", f"byte {error.start} is not UTF-8.", place=name) from error
