"""Scenario files are decoded, and every mistake has its place and a suggestion."""

from __future__ import annotations

import pytest

from harness.errors import UsageError
from harness.model.expectation import DurationRange, Expect, ExpectBetween, ExpectMachine, Range, Text
from harness.model.machine_steps import Clone
from harness.model.scenario import (
    SHORT_FORMS,
    STEPS,
    Advance,
    Command,
    Install,
    Refresh,
    Scenario,
)
from harness.model.words import MOST_MACHINES
from harness.scenario.decode import decode_scenario
from harness.scenario.document import Document


def _decode(steps: str, head: str = "scenario: a title\nmatrix: {from: [1.50], distro: [apt]}\n") -> Scenario:
    return decode_scenario(Document("s.yaml", f"{head}steps:\n{steps}"), name="group/s")


def test_decodes_steps_with_their_places() -> None:
    """A step becomes typed arguments, and each expectation knows its line."""
    scenario = _decode(
        "  - install: {version: $from}\n    expect:\n      machine:\n        version: $from\n  - advance: 20m\n"
    )

    assert scenario.steps[0].arguments == Install(version="$from")
    assert str(scenario.steps[0].places["machine.version"]) == "s.yaml:7:9"
    assert scenario.steps[1].arguments == Advance(by="20m")


def test_keeps_versions_as_they_are_written() -> None:
    """1.50 is a release and must not become the number 1.5."""
    assert _decode("  - install\n").matrix == {"from": ("1.50",), "distro": ("apt",)}


@pytest.mark.parametrize(
    ("steps", "place", "message", "hint"),
    [
        ("  - instal: {}\n", "s.yaml:4:5", "unknown step 'instal'", "did you mean 'install'?"),
        ("  - install: {versio: a}\n", "s.yaml:4:15", "unknown key 'versio'", "did you mean 'version'?"),
        ("  - install: {}\n    install: {}\n", "s.yaml:5:5", "stands twice", "line 4"),
        ("  - install: {}\n    upgrade: {}\n", "s.yaml:4:5", "this has 'install' and 'upgrade'", ""),
        ("  - install: {version: 1}\n", "s.yaml:4:24", "expected `str`, got `int`", ""),
        ("  - advance: soon\n", "s.yaml:4:14", "matching regex", ""),
        ("  - advance: {}\n", "s.yaml:4:14", "exactly one of 'by' or 'to'", ""),
        ("  - advance: {to: 14m}\n", "s.yaml:4:14", "'to' and 'after' belong together", ""),
        ("  - install: {version: $form}\n", "s.yaml:4:24", "unknown axis 'form'", "did you mean 'from'?"),
        ("  - install: {}\n    expect: {machine: {versoin: a}}\n", "s.yaml:5:24", "unknown key 'versoin'", "'version'"),
        ("  - install: {}\n    expect: {machin: {}}\n", "s.yaml:5:14", "unknown key 'machin'", "'machine'"),
        ("  - {expect: {}}\n", "s.yaml:4:5", "this has none", ""),
        ("  - 7\n", "s.yaml:4:5", "a step must be a mapping", ""),
        ("  - install: &a {}\n", "s.yaml:4:14", "anchors and aliases", ""),
        ("  - install: [\n", "s.yaml:5:1", "not YAML", ""),
        ("  - instal\n", "s.yaml:4:5", "unknown step 'instal'", "did you mean 'install'?"),
        ("  - install: 5\n", "s.yaml:4:14", "expected `object`, got `int`", ""),
        ("  - service: {unit: a}\n", "s.yaml:4:14", "missing required field `action`", ""),
        ("  - service\n", "s.yaml:4:5", "missing required field `unit`", ""),
        ("  - service: {unit: a, action: strat}\n", "s.yaml:4:32", "invalid enum value 'strat'", ""),
        ("  - fault: {answer: 200}\n", "s.yaml:4:21", "`int` >= 400", ""),
        ("  - azcmagent: {arguments: []}\n", "s.yaml:4:28", "length >= 1", ""),
        ("  - advance: {by: 1m, to: 2m, after: last-heartbeat}\n", "s.yaml:4:14", "exactly one of 'by' or 'to'", ""),
        ("  - run-command: {name: r}\n", "s.yaml:4:18", "exactly one of 'script' or 'remove'", ""),
        ("  - clock: {ahead: 1h, right: true}\n", "s.yaml:4:12", "exactly one of 'ahead', 'behind' or 'right'", ""),
        ("  - clock: {right: false}\n", "s.yaml:4:12", "exactly one of 'ahead', 'behind' or 'right'", ""),
        ("  - publish: {}\n", "s.yaml:4:14", "exactly one of 'version' or 'withdraw'", ""),
        (
            "  - azure: {lock: a, delete: a}\n",
            "s.yaml:4:12",
            "exactly one of 'create', 'vm', 'delete', 'lock', 'unlock', 'automatic-upgrade' or 'manual-upgrade'",
            "",
        ),
        ("  - install: {}\n    expect:\n", "s.yaml:5:12", "expected `object`, got `null`", ""),
        ("  - install: {}\n    expect: []\n", "s.yaml:5:13", "expected `object`, got `array`", ""),
        ("  - install: {}\n    expect: {within: soon}\n", "s.yaml:5:22", "matching regex", ""),
        ("  - install: {}\n    expect: {machine: {services: {a: up}}}\n", "s.yaml:5:34", "invalid enum value", ""),
        ("  - install: {}\n    expect: {command: {stdout: {matches: '('}}}\n", "s.yaml:5:42", "not a regular", ""),
        ("  - install: {}\n    expect: {machine: {show: {a: {matches: '*'}}}}\n", "s.yaml:5:44", "not a regular", ""),
        ("  - install: {}\n    expect: {between: {heartbeats: {min: 3, max: 2}}}\n", "s.yaml:5:36", "from 3 to 2", ""),
        ("  - install: {version: $distro}\n", "s.yaml:4:24", "unknown axis 'distro'", "known are: from."),
        ("  - install: {a: &x 1, b: *x}\n", "s.yaml:4:18", "anchors and aliases", ""),
        ("  - install: !!map {}\n", "s.yaml:4:14", "tags are not used", ""),
    ],
    ids=lambda value: " ".join(value.split())[:40] or "-",
)
def test_names_the_place_of_a_mistake(steps: str, place: str, message: str, hint: str) -> None:
    """A mistake in a step gives file, line, column, and what may have been meant."""
    with pytest.raises(UsageError) as caught:
        _decode(steps)

    assert caught.value.place == place
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.exit_code == 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("[]\n", "a scenario file must be a mapping"),
        ("steps: [install]\n", "the key 'scenario' must give a title"),
        ("scenario: a\n", "list of at least one step"),
        ("scenario: a\nsteps: []\n", "list of at least one step"),
        ("scenario: a\nstep: []\n", "unknown key 'step'"),
        ("scenario: a\nmatrix: {From: [1]}\nsteps: [install]\n", "must be a lower-case word"),
        ("scenario: a\nmatrix: {from: []}\nsteps: [install]\n", "at least one plain value"),
        ("scenario: a\ntags: {a: b}\nsteps: [install]\n", "must be text or a list of texts"),
        ("scenario: 5\nsteps: [install]\n", "must give a title"),
        ("scenario: ' '\nsteps: [install]\n", "must give a title"),
        ("scenario: a\nsteps: install\n", "list of at least one step"),
        ("scenario: a\nmatrix: [a]\nsteps: [install]\n", "'matrix' must be a mapping"),
        ("scenario: a\nmatrix: {a: {b: c}}\nsteps: [install]\n", "at least one plain value"),
        ("scenario: a\nmatrix: {a: }\nsteps: [install]\n", "at least one plain value"),
        ("scenario: a\ngiven: {host: a}\nsteps: [install]\n", "unknown key 'host'"),
        ("scenario: a\ngiven: {machines: [Box_1]}\nsteps: [install]\n", "matching regex"),
        ("scenario: a\ngiven:\nsteps: [install]\n", "got `null`"),
        (
            "scenario: a\ngiven: {private-endpoints: true}\nsteps: [install]\n",
            "s.yaml:2:28: private endpoints need",
        ),
        (
            "scenario: a\nsteps: [{repository: {fault: wrong-kee}}]\n",
            "s.yaml:2:30.*unknown repository fault 'wrong-kee'",
        ),
        (
            "scenario: a\nmatrix: {f: [none, wrong-kee]}\nsteps: [{repository: {fault: $f}}]\n",
            "s.yaml:2:13.*unknown repository fault 'wrong-kee'",
        ),
        ("scenario: a\ngiven: {environment: no-ty}\nsteps: [install]\n", "s.yaml:2:22.*unknown environment 'no-ty'"),
        (
            "scenario: a\nmatrix: {env: [no-tty, no-ty]}\ngiven: {environment: $env}\nsteps: [install]\n",
            "s.yaml:2:15.*unknown environment 'no-ty'",
        ),
    ],
    ids=lambda value: " ".join(value.split())[:50] or "nothing",
)
def test_names_mistakes_of_the_head(text: str, message: str) -> None:
    """A mistake outside the steps is refused as well."""
    with pytest.raises(UsageError, match=message):
        decode_scenario(Document("s.yaml", text), name="s")


def test_every_step_that_needs_nothing_may_be_a_bare_word() -> None:
    """`- refresh` means `- refresh: {}`, and so does a key without a value."""
    scenario = _decode("  - refresh\n  - refresh:\n  - refresh: {}\n")

    assert [step.arguments for step in scenario.steps] == [Refresh()] * 3


def test_a_short_form_gives_its_argument() -> None:
    """The steps with one argument that matters may be written in one line."""
    scenario = _decode("  - advance: 2 periods\n  - command: echo a\n")

    assert [step.arguments for step in scenario.steps] == [Advance(by="2 periods"), Command(run="echo a")]


@pytest.mark.parametrize("kind", SHORT_FORMS)
def test_every_short_form_names_a_field(kind: str) -> None:
    """The table of short forms knows steps and their arguments."""
    assert SHORT_FORMS[kind] in STEPS[kind].__struct_fields__


def test_decodes_every_kind_of_expectation() -> None:
    """Numbers, ranges, texts and mappings arrive as such."""
    step = _decode(
        "  - install: {}\n"
        "    expect:\n"
        "      within: 30s\n"
        "      machine: {version: absent, show: {a: b, c: {contains: [d, e]}}, boots: unchanged}\n"
        "      between: {heartbeats: {min: 1}, heartbeat-gap: {max: 2 periods}, requests: {his.heartbeat: 0}}\n"
    ).steps[0]

    assert step.expect == Expect(
        within="30s",
        machine=ExpectMachine(version="absent", show={"a": "b", "c": Text(contains=("d", "e"))}, boots="unchanged"),
        between=ExpectBetween(
            heartbeats=Range(min=1), heartbeat_gap=DurationRange(max="2 periods"), requests={"his.heartbeat": 0}
        ),
    )


def test_decodes_the_head() -> None:
    """Title, sources, tags and what is given are read; one word is as good as a list of one."""
    scenario = _decode(
        "  - install\n",
        "scenario: ' a title '\nsource: A heading\ntags: [a, b]\ngiven: {machines: [box-2], published: [1.28]}\n",
    )

    assert (scenario.name, scenario.title, scenario.source, scenario.tags) == (
        "group/s", "a title", ("A heading",), ("a", "b"),
    )  # fmt: skip
    assert (scenario.given.machines, scenario.given.published) == (("box-2",), ("1.28",))


_TWO = "scenario: a\ngiven: {machines: [box-1, box-2]}\n"


def test_a_step_is_done_on_the_machine_that_it_names() -> None:
    """Without a name it is the first one."""
    steps = _decode("  - install\n  - {install: {}, machine: box-2}\n  - {clone: box-1, machine: box-2}\n", _TWO).steps

    assert [step.machine for step in steps] == ["box-1", "box-2", "box-2"]
    assert steps[2].arguments == Clone(of="box-1")
    assert _decode("  - install\n").steps[0].machine == "box-1"


@pytest.mark.parametrize(
    ("steps", "place", "message", "hint"),
    [
        ("  - install: {}\n    machine: bx-2\n", "s.yaml:5:14", "unknown machine 'bx-2'", "did you mean 'box-2'?"),
        ("  - install: {}\n    machine: [box-2]\n", "s.yaml:5:14", "unknown machine '['box-2']'", ""),
        ("  - install: {}\n    machine:\n", "s.yaml:5:13", "unknown machine 'None'", "known are: box-1, box-2."),
        ("  - install: {}\n    expect: {machine: {name: box, boots: 1}}\n", "s.yaml:5:30", "unknown machine 'box'", ""),
        ("  - install: {}\n    expect: {machine: {name: box-2, boots: 1}}\n", "s.yaml:5:44", "'boots' is about", ""),
        (
            "  - install: {}\n    expect: {machine: {name: box-2, changes: none}}\n",
            "s.yaml:5:46",
            "done on 'box-1'",
            "",
        ),
        ("  - fleet: {size: 9, at-once: 10}\n", "s.yaml:4:31", "at most 9 machines have a place", ""),
        ("  - fleet: {size: 2, name: box}\n", "s.yaml:4:28", "'box-1' is one of given.machines", ""),
        (f"  - fleet: {{size: 10, name: {'n' * 61}}}\n", "s.yaml:4:29", "longer than a host name may be (63", ""),
        ("  - clone: bx-2\n", "s.yaml:4:12", "unknown machine 'bx-2'", "did you mean 'box-2'?"),
        ("  - clone: box-1\n", "s.yaml:4:12", "'box-1' is no clone of itself", ""),
        ("  - clone: {of: box-1}\n", "s.yaml:4:17", "'box-1' is no clone of itself", ""),
    ],
    ids=lambda value: " ".join(value.split())[:40] or "-",
)
def test_names_mistakes_about_machines(steps: str, place: str, message: str, hint: str) -> None:
    """A machine that there is not, or of which nothing can be told, is found before anything starts."""
    with pytest.raises(UsageError) as caught:
        _decode(steps, _TWO)

    assert (caught.value.place, caught.value.message.partition(message)[1]) == (place, message)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("machines", "place", "message"),
    [
        ("[]", "s.yaml:2:19", "length >= 1"),
        ("[box-1, box-2, box-1]", "s.yaml:2:34", "two machines are called 'box-1'"),
        (f"[{', '.join(f'box-{number}' for number in range(MOST_MACHINES + 1))}]", "s.yaml:2:19", "length <= 11"),
    ],
)
def test_names_mistakes_about_the_list_of_machines(machines: str, place: str, message: str) -> None:
    """At least one, no name twice, and no more than a case's network has addresses for."""
    with pytest.raises(UsageError) as caught:
        _decode("  - install\n", f"scenario: a\ngiven: {{machines: {machines}}}\n")

    assert (caught.value.place, caught.value.message.partition(message)[1]) == (place, message)
