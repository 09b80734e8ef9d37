"""The JSON Schema in the tree is up to date, takes what the decoder takes, and finds nothing it misses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml

from harness.distros import scenario_library, windows_scenarios
from harness.errors import UsageError
from harness.model.scenario import STEPS
from harness.scenario.decode import decode_scenario
from harness.scenario.document import Document, read_document
from harness.scenario.load import load_scenario
from harness.scenario.schema import scenario_schema, schema_text

_FILES = sorted(scenario_library().rglob("*.yaml"))
_LARGE = sorted((scenario_library().parent / "scenarios-large").rglob("*.yaml"))
_WINDOWS = sorted(windows_scenarios().rglob("*.yaml"))
_HOSTILE = sorted((scenario_library().parent / "scenarios-hostile").rglob("*.yaml"))
_VALIDATOR = jsonschema.Draft202012Validator(scenario_schema())


def _mistakes(value: Any) -> list[str]:
    return [error.message for error in _VALIDATOR.iter_errors(value)]


def test_the_file_in_the_tree_is_up_to_date() -> None:
    """Editors read `scenarios/schema.json`; `arclab schema > scenarios/schema.json` rewrites it."""
    assert schema_text() == (scenario_library() / "schema.json").read_text()


def test_it_is_a_schema() -> None:
    """The draft's own rules hold."""
    jsonschema.Draft202012Validator.check_schema(msgspec.json.decode(schema_text()))


@pytest.mark.parametrize(
    "path", [*_FILES, *_LARGE, *_WINDOWS, *_HOSTILE], ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_the_library_is_valid(path: Path) -> None:
    """Every file is a scenario, and holds as arclab reads it, and as an editor's YAML parser reads it."""
    load_scenario(path)
    as_arclab, as_editor = read_document(path).value, yaml.safe_load(path.read_text())

    assert _mistakes(as_arclab) == []
    assert as_editor == as_arclab or _mistakes(as_editor) == []


@pytest.mark.parametrize("path", _FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_library_names_its_schema(path: Path) -> None:
    """An editor finds the schema by the file's first line."""
    assert path.read_text().splitlines()[0] == "# yaml-language-server: $schema=../schema.json"


@pytest.mark.parametrize(
    "steps",
    [
        "[{install: {version: 1.50}}]",
        "[install, {refresh: }, {advance: 20m}, {command: echo a}]",
        "[{advance: {to: 14m, after: last-heartbeat}}]",
        "[{publish: {version: 1.5}, expect: {machine: {version: 1.5}, cloud: {version: 1.5}}}]",
        "[{fault: {effect: clear}, expect: {within: 2 periods, command: {exit: [0, 1]}}}]",
        "[{install: {}, machine: box-1, expect: {machine: {name: box-1, boots: 1}}}]",
    ],
)
def test_takes_what_the_decoder_takes(steps: str) -> None:
    """What is right is not underlined, even where YAML's numbers are not arclab's."""
    text = f"scenario: a title\nsteps: {steps}\n"
    decode_scenario(Document("s.yaml", text), name="s")

    assert _mistakes(yaml.safe_load(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        "scenario: a",
        "scenario: 5\nsteps: [install]",
        "scenario: ''\nsteps: [install]",
        "scenario: a\nsteps: []",
        "scenario: a\nsteps: install",
        "scenario: a\nsteps: [install]\nstep: 1",
        "scenario: a\nsteps: [install]\nsource: {a: b}",
        "scenario: a\nsteps: [install]\ntags: [1]",
        "scenario: a\nsteps: [install]\ntags:",
        "scenario: a\nsteps: [install]\nmatrix:",
        "scenario: a\nsteps: [install]\nmatrix: {A: b}",
        "scenario: a\nsteps: [install]\nmatrix: {a: []}",
        "scenario: a\nsteps: [install]\nmatrix: {a: [[b]]}",
        "scenario: a\nsteps: [install]\nmatrix: {a: {b: c}}",
        "scenario: a\nsteps: [install]\nmatrix: {a: [~]}",
        "scenario: a\nsteps: [install]\ngiven:",
        "scenario: a\nsteps: [install]\ngiven: {machines: [A]}",
        "scenario: a\nsteps: [install]\ngiven: {repository: some}",
        "scenario: a\nsteps: [install]\ngiven: {published: 1.28}",
        "scenario: a\nsteps: [instal]",
        "scenario: a\nsteps: [service]",
        "scenario: a\nsteps: [7]",
        "scenario: a\nsteps: [{}]",
        "scenario: a\nsteps: [{expect: {}}]",
        "scenario: a\nsteps: [{instal: {}}]",
        "scenario: a\nsteps: [{install: {}, upgrade: {}}]",
        "scenario: a\nsteps: [{install: 1}]",
        "scenario: a\nsteps: [{install: {versio: 1}}]",
        "scenario: a\nsteps: [{install: {version: ''}}]",
        "scenario: a\nsteps: [{service: }]",
        "scenario: a\nsteps: [{service: {unit: a, action: b}}]",
        "scenario: a\nsteps: [{advance: soon}]",
        "scenario: a\nsteps: [{advance: 20}]",
        "scenario: a\nsteps: [{fault: {answer: 200}}]",
        "scenario: a\nsteps: [{fault: {first: -1}}]",
        "scenario: a\nsteps: [{azcmagent: {arguments: []}}]",
        "scenario: a\nsteps: [{uninstall: {sudo: 'no'}}]",
        "scenario: a\nsteps: [{install: {}, expect: }]",
        "scenario: a\nsteps: [{install: {}, expect: []}]",
        "scenario: a\nsteps: [{install: {}, expect: {machin: {}}}]",
        "scenario: a\nsteps: [{install: {}, expect: {within: 5}}]",
        "scenario: a\nsteps: [{install: {}, expect: {command: {exit: some}}}]",
        "scenario: a\nsteps: [{install: {}, expect: {machine: {services: {a: up}}}}]",
        "scenario: a\nsteps: [{install: {}, expect: {machine: {show: {a: {has: b}}}}}]",
        "scenario: a\nsteps: [{install: {}, expect: {between: {heartbeats: many}}}]",
        "scenario: a\nsteps: [{install: {}, expect: {between: {heartbeat-gap: {}}}}]",
    ],
)
def test_the_decoder_finds_every_mistake_that_the_schema_finds(text: str) -> None:
    """Both refuse; what an editor underlines is never run."""
    assert _mistakes(yaml.safe_load(text)) != []

    with pytest.raises(UsageError):
        decode_scenario(Document("s.yaml", text), name="s")


@pytest.mark.parametrize("kind", STEPS)
def test_every_step_is_described(kind: str) -> None:
    """An editor shows what a step does."""
    assert scenario_schema()["$defs"][STEPS[kind].__name__]["description"]
