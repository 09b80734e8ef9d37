"""Turn one document into a Scenario. Every mistake names file, line, column and what may have been meant."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec
from msgspec.structs import FieldInfo

from harness.environments import WORDS as ENVIRONMENTS
from harness.errors import UsageError
from harness.model.azure_steps import Azure, Extension, Policy, RunCommand
from harness.model.expectation import Expect, Range, Text
from harness.model.machine_steps import Clock, Clone, Fleet
from harness.model.repository_steps import Publish, Repository, UpdateServer
from harness.model.scenario import SHORT_FORMS, STEPS, Advance, Given, Network, Scenario, Step
from harness.model.words import LONGEST_HOST_NAME, MOST_MACHINES
from harness.repository_faults import NONE as NO_FAULT
from harness.repository_faults import WORDS as REPOSITORY_FAULTS
from harness.scenario.document import Document
from harness.scenario.mistakes import mistake, unknown_word

_T = TypeVar("_T")
_TOP_KEYS = ("scenario", "source", "tags", "matrix", "given", "steps")
_STEP_KEYS = ("machine", "expect")
#: What is compared with how the step's machine was before the step, so that another machine has nothing of the kind.
_OF_THE_STEP = ("package-log", "boots", "changes")
#: Arguments of which a step has exactly one.
_ONE_OF: dict[type, tuple[str, ...]] = {
    Advance: ("by", "to"),
    Azure: ("create", "vm", "delete", "lock", "unlock", "automatic-upgrade", "manual-upgrade"),
    Clock: ("ahead", "behind", "right"),
    Extension: ("install", "remove", "note", "redeploy"),
    Network: ("cable", "access", "trust", "proxy"),
    Policy: ("deploy", "assign"),
    Publish: ("version", "withdraw"),
    RunCommand: ("script", "remove"),
    UpdateServer: ("synchronize", "approve", "decline", "automatic-approval"),
}
_UNKNOWN_FIELD = re.compile(r"^Object contains unknown field `(?P<field>.*?)`(?: - at `(?P<path>.*)`)?$")
_AT_PATH = re.compile(r"^(?P<message>.*?)(?: - at `(?P<path>.*)`)?$", re.DOTALL)
_AXIS = re.compile(r"^[a-z][a-z0-9_]*$")

#: The fields of a struct type; msgspec itself reads all annotations anew at each question.
_fields_of: Callable[[Any], tuple[FieldInfo, ...]] = functools.cache(msgspec.structs.fields)


def decode_scenario(document: Document, *, name: str) -> Scenario:
    """Decode a whole file. `name` is its path below the library, without the suffix.

    Raises: UsageError for the first mistake found, with its place.
    """
    top = _mapping(document, document.value, "$", what="a scenario file")
    _known_keys(document, top, "$", _TOP_KEYS)
    if not isinstance(top.get("scenario"), str) or not top["scenario"].strip():
        raise mistake(document, "$", "scenario-title", "the key 'scenario' must give a title, in one line.")
    steps = top.get("steps")
    if not isinstance(steps, list) or not steps:
        raise mistake(document, "$.steps", "scenario-steps", "the key 'steps' must be a list of at least one step.")
    matrix = _matrix(document, top.get("matrix", {}))
    given = _convert(document, top.get("given", {}), Given, "$.given")
    _check_given(document, given)
    scenario = Scenario(
        name=name,
        title=top["scenario"].strip(),
        file=document.file,
        source=_words(document, top, "source"),
        tags=_words(document, top, "tags"),
        matrix=matrix,
        given=given,
        steps=tuple(_step(document, value, f"$.steps[{index}]", given.machines) for index, value in enumerate(steps)),
        place=document.place("$"),
    )
    _check_variables(document, document.value, "$", set(matrix) - {"distro"})
    words = [(given.environment, "$.given.environment", "environment", ENVIRONMENTS)]
    for index, step in enumerate(scenario.steps):
        if isinstance(step.arguments, Repository):
            path, known = f"$.steps[{index}].repository.fault", (*REPOSITORY_FAULTS, NO_FAULT)
            words.append((step.arguments.fault, path, "repository fault", known))
    for word, path, what, known in words:
        for value, place in _values(word, path, matrix):
            if value and value not in known:
                raise unknown_word(document.place(place), what, value, known)
    return scenario


def _values(word: str, path: str, matrix: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    """Give what a word stands for, each with its path: itself, or the values of the axis that it names."""
    if not word.startswith("$"):
        return [(word, path)]
    return [(value, f"$.matrix.{word[1:]}") for value in matrix.get(word[1:], ())]


def _check_given(document: Document, given: Given) -> None:
    if given.private_endpoints and given.proxy == "none":
        message = "private endpoints need a proxy: they are on the network that it has beside the ordinary one."
        raise mistake(document, "$.given.private-endpoints", "scenario-no-proxy", message)
    for index, name in enumerate(given.machines):
        if name in given.machines[:index]:
            path = f"$.given.machines[{index}]"
            raise mistake(document, path, "scenario-same-machine", f"two machines are called '{name}'.")


def _step(document: Document, value: Any, path: str, machines: tuple[str, ...]) -> Step:
    if isinstance(value, str):
        value = {value: None}
    step = _mapping(document, value, path, what="a step")
    kinds = [key for key in step if key not in _STEP_KEYS]
    for key in kinds:
        if key not in STEPS:
            place = document.key_places.get(f"{path}.{key}", document.place(path))
            raise unknown_word(place, "step", key, (*STEPS, *_STEP_KEYS))
    if len(kinds) != 1:
        listed = " and ".join(f"'{key}'" for key in kinds) or "none"
        raise mistake(document, path, "scenario-one-step", f"an entry of 'steps' is one step; this has {listed}.")
    kind = kinds[0]
    given = step[kind]
    if kind in SHORT_FORMS and isinstance(given, str):
        given = {SHORT_FORMS[kind]: given}
        document.places.setdefault(f"{path}.{kind}.{SHORT_FORMS[kind]}", document.place(f"{path}.{kind}"))
    arguments = _convert(document, {} if given is None else given, STEPS[kind], f"{path}.{kind}")
    _check_arguments(document, arguments, f"{path}.{kind}")
    expect_path = f"{path}.expect"
    expect = _convert(document, step.get("expect", {}), Expect, expect_path)
    _check_expectation(document, expect, expect_path)
    machine = _machine(document, step.get("machine", machines[0]), f"{path}.machine", machines)
    if isinstance(arguments, Clone):
        _check_clone(document, arguments, f"{path}.{kind}.of", machines, machine)
    elif isinstance(arguments, Fleet):
        _check_fleet(document, arguments, f"{path}.{kind}", machines)
    _check_machine_of_expectation(document, expect, f"{expect_path}.machine", machines, machine)
    places = {
        key[len(expect_path) + 1 :]: at for key, at in document.key_places.items() if key.startswith(f"{expect_path}.")
    }
    return Step(kind, arguments, expect, document.place(path), places, machine)


def _machine(document: Document, name: Any, path: str, machines: tuple[str, ...]) -> str:
    if name not in machines:
        raise unknown_word(document.place(path), "machine", str(name), machines)
    return str(name)


def _check_clone(document: Document, clone: Clone, path: str, machines: tuple[str, ...], own: str) -> None:
    if _machine(document, clone.of, path, machines) == own:
        message = f"'{own}' is no clone of itself; the step's 'machine' is the one that becomes a clone."
        raise mistake(document, path, "scenario-own-clone", message)


def _check_fleet(document: Document, fleet: Fleet, path: str, machines: tuple[str, ...]) -> None:
    """Refuse a fleet that has no place beside the machines that are given, or a name that one of them has."""
    if fleet.at_once > MOST_MACHINES - len(machines):
        message = f"at most {MOST_MACHINES - len(machines)} machines have a place beside those that are given."
        raise mistake(document, f"{path}.at-once", "scenario-fleet", message)
    for taken in machines:
        if taken in fleet.names():
            message = f"'{taken}' is one of given.machines, and would be one of the fleet '{fleet.name}' too."
            raise mistake(document, f"{path}.name", "scenario-fleet", message)
    if len(longest := fleet.names()[-1]) > LONGEST_HOST_NAME:
        message = f"'{longest}' is longer than a host name may be ({LONGEST_HOST_NAME} characters)."
        raise mistake(document, f"{path}.name", "scenario-fleet", message)


def _check_machine_of_expectation(
    document: Document, expect: Expect, path: str, machines: tuple[str, ...], own: str
) -> None:
    """Refuse what another machine cannot be expected to be. `own` is the step's machine."""
    wanted = expect.machine
    if wanted is None or not wanted.name or _machine(document, wanted.name, f"{path}.name", machines) == own:
        return
    for word in _OF_THE_STEP:
        if getattr(wanted, word.replace("-", "_")) is not None:
            message = f"'{word}' is about what the step did, and that was done on '{own}'."
            raise mistake(document, f"{path}.{word}", "scenario-other-machine", message)


def _check_arguments(document: Document, arguments: object, path: str) -> None:
    """Refuse combinations that the types cannot."""
    if isinstance(arguments, Advance) and bool(arguments.to) != bool(arguments.after):
        raise mistake(document, path, "scenario-advance", "'to' and 'after' belong together.")
    names = _ONE_OF.get(type(arguments), ())
    if names and sum(bool(getattr(arguments, name.replace("-", "_"))) for name in names) != 1:
        choices = ", ".join(f"'{name}'" for name in names[:-1])
        raise mistake(document, path, "scenario-one-of", f"give exactly one of {choices} or '{names[-1]}'.")


def _check_expectation(document: Document, value: object, path: str) -> None:
    """Refuse texts and ranges that nothing can match."""
    if isinstance(value, Text) and value.matches:
        try:
            re.compile(value.matches)
        except re.error as error:
            message = f"'{value.matches}' is not a regular expression: {error}."
            raise mistake(document, f"{path}.matches", "scenario-pattern", message) from error
    elif isinstance(value, Range) and value.min is not None and value.max is not None and value.min > value.max:
        raise mistake(document, path, "scenario-range", f"no number is from {value.min} to {value.max}.")
    elif isinstance(value, msgspec.Struct):
        for field in _fields_of(type(value)):
            _check_expectation(document, getattr(value, field.name), f"{path}.{field.encode_name}")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_expectation(document, item, f"{path}.{key}")


def _matrix(document: Document, value: Any) -> dict[str, tuple[str, ...]]:
    matrix = _mapping(document, value, "$.matrix", what="'matrix'")
    result: dict[str, tuple[str, ...]] = {}
    for axis, values in matrix.items():
        path = f"$.matrix.{axis}"
        if not _AXIS.match(axis):
            raise mistake(document, path, "scenario-axis", f"the axis '{axis}' must be a lower-case word.")
        items = values if isinstance(values, list) else [values]
        if not items or any(isinstance(item, (dict, list)) or item is None for item in items):
            raise mistake(document, path, "scenario-axis", f"the axis '{axis}' must list at least one plain value.")
        result[axis] = tuple(str(item) for item in items)
    return result


def _words(document: Document, top: dict[str, Any], key: str) -> tuple[str, ...]:
    value = top.get(key, [])
    items = value if isinstance(value, list) else [value]
    if any(not isinstance(item, str) for item in items):
        raise mistake(document, f"$.{key}", "scenario-wrong-type", f"'{key}' must be text or a list of texts.")
    return tuple(items)


def _check_variables(document: Document, value: Any, path: str, axes: set[str]) -> None:
    """Refuse `$name` where no axis of the matrix is called so."""
    if isinstance(value, dict):
        for key, item in value.items():
            _check_variables(document, item, f"{path}.{key}", axes)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_variables(document, item, f"{path}[{index}]", axes)
    elif isinstance(value, str) and value.startswith("$") and _AXIS.match(value[1:]) and value[1:] not in axes:
        raise unknown_word(document.place(path), "axis", value[1:], sorted(axes))


def _convert(document: Document, value: Any, kind: type[_T], path: str) -> _T:
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        raise _from_msgspec(document, str(error), kind, path) from error


def _from_msgspec(document: Document, text: str, kind: type[Any], path: str) -> UsageError:
    unknown = _UNKNOWN_FIELD.match(text)
    if unknown:
        parent = path + (unknown["path"] or "$")[1:]
        field = unknown["field"]
        place = document.key_places.get(f"{parent}.{field}", document.place(parent))
        return unknown_word(place, "key", field, _fields_at(kind, unknown["path"] or "$"))
    match = _AT_PATH.match(text)
    inner = (match["path"] or "$") if match else "$"
    message = (match["message"] if match else text).rstrip(".")
    return mistake(document, path + inner[1:], "scenario-wrong-type", f"{message[:1].lower()}{message[1:]}.")


def _fields_at(kind: type[Any], path: str) -> list[str]:
    """Give the keys that would have been right at a path below a struct type."""
    for segment in path[1:].strip(".").split("."):
        if not segment:
            continue
        name = re.sub(r"\[.*$", "", segment)
        for field in _fields_of(kind):
            if field.encode_name == name:
                kind = next((t for t in _types_of(field.type) if hasattr(t, "__struct_fields__")), kind)
    return [field.encode_name for field in _fields_of(kind)]


def _types_of(annotation: Any) -> Iterable[Any]:
    arguments = getattr(annotation, "__args__", ())
    return (annotation, *(inner for argument in arguments for inner in _types_of(argument)))


def _mapping(document: Document, value: Any, path: str, *, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise mistake(document, path, "scenario-wrong-type", f"{what} must be a mapping of keys to values.")
    return value


def _known_keys(document: Document, value: dict[str, Any], path: str, known: tuple[str, ...]) -> None:
    for key in value:
        if key not in known:
            raise unknown_word(document.key_places[f"{path}.{key}"], "key", key, known)
