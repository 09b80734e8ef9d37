"""The command line: which commands a release has, and the exit status of each mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Run = Callable[..., tuple[int, str]]
CONNECT = ("connect", "-s", "s", "-g", "g", "-l", "eastus")
#: command line -> exit status
EXITS: list[tuple[list[str], int]] = [
    (["help"], 0),
    ([], 0),
    (["--help"], 0),
    (["version"], 0),
    (["license"], 0),
    (["show"], 0),
    (["config", "list"], 0),
    (["extension", "list"], 0),
    (["connect"], 16),
    (["connect", "-s", "s", "-g", "g"], 16),
    (["check"], 16),
    (["config", "get"], 16),
    (["config", "set", "config.mode"], 16),
    (["extension", "remove"], 16),
    (["extension", "remove", "-n", "none"], 23),
    (["config", "set", "config.mode", "half"], 23),
    (["config", "get", "no.such"], 23),
    (["config", "set", "proxy.bypass", "Arc", "--add", "--remove"], 27),
    ([*CONNECT, "-n", "bad name"], 102),
    ([*CONNECT, "--tags", "a"], 23),
    (list(CONNECT), 61),
    (["disconnect"], 63),
    (["nonsense"], 101),
    (["sign_in"], 101),
    (["__init__"], 101),
    (["show", "--nonsense"], 101),
    (["config"], 101),
    (["config", "shout"], 101),
    (["config", "list", "--conf", "x"], 101),
    (["show", "--config", "/none"], 19),
    (["show", "--config=/none"], 19),
]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch, agent_module: Callable[[str], ModuleType]) -> None:
    """Let `connect` wait for no service: there is none here to come."""
    monkeypatch.setattr(agent_module("commands.connect"), "_PATIENCE_S", 0)


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("1.12", {"connect", "disconnect", "genkey", "help", "license", "logs", "show", "version"}),
        ("1.13", {"connect", "disconnect", "genkey", "help", "license", "logs", "show", "version", "config"}),
        ("1.15", {"connect", "disconnect", "genkey", "help", "license", "logs", "show", "version", "config", "check"}),
        ("1.67", {"connect", "disconnect", "genkey", "help", "license", "logs", "show", "version", "config", "check",
                  "extension"}),
    ],
)  # fmt: skip
def test_commands_by_release(run_command: Run, release: str, expected: set[str]) -> None:
    """`help` lists what the release has, and nothing else."""
    _, out = run_command("help", "--json", release=release)

    assert set(json.loads(out)["commands"]) == expected


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize(("words", "expected"), EXITS, ids=[" ".join(words) or "nothing" for words, _ in EXITS])
@pytest.mark.process
def test_exit_status(run_command: Run, words: list[str], expected: int) -> None:
    """The exit status is the number of the error code."""
    assert run_command(*words)[0] == expected


@pytest.mark.usefixtures("as_user")
@pytest.mark.parametrize(
    "words", [["config", "list"], list(CONNECT), ["disconnect"], ["logs"], ["check", "-l", "eastus"]], ids=" ".join
)
def test_root_is_needed(run_command: Run, words: list[str]) -> None:
    """Without root a command that changes something is AZCM0018."""
    status, out = run_command(*words)

    assert status == 18
    assert "Exit Code:  AZCM0018: " in out


@pytest.mark.usefixtures("as_user")
@pytest.mark.parametrize(("release", "expected"), [("1.28", 18), ("1.36", 0)])
@pytest.mark.process
def test_show_needs_root_until_131(run_command: Run, release: str, expected: int) -> None:
    """Since 1.31 anybody may look."""
    assert run_command("show", release=release)[0] == expected


@pytest.mark.usefixtures("as_user")
@pytest.mark.parametrize("command", ["version", "help", "license"])
def test_information_is_for_everybody(run_command: Run, command: str) -> None:
    """Version, help and licence need no root."""
    assert run_command(command)[0] == 0


def test_version_has_two_blanks(run_command: Run) -> None:
    """The number follows two blanks, as in published logs."""
    assert run_command("version", release="1.28")[1] == "azcmagent version  1.28.02260.736\n"


@pytest.mark.usefixtures("as_root")
def test_a_failure_is_three_lines(run_command: Run) -> None:
    """Code with its short title, where to look, and the message."""
    _, out = run_command("config", "set", "config.mode", "half")

    assert out.splitlines() == [
        "INFO    Exit Code:  AZCM0023: The value of an argument is not valid",
        "INFO    For troubleshooting, see https://aka.ms/arc/azcmerror",
        "FATAL   'config.mode' is one of full, monitor, not 'half'.",
    ]


@pytest.mark.usefixtures("as_root")
def test_a_failure_as_json(run_command: Run) -> None:
    """With --json the failure is one object and nothing else."""
    status, out = run_command("connect", "--json")
    body = json.loads(out)

    assert (status, body["status"], body["error"]["code"]) == (16, "failed", "AZCM0016")
    assert "--subscription-id, --resource-group, --location" in body["error"]["message"]


@pytest.mark.usefixtures("as_root")
def test_every_code_has_a_title(agent_module: Callable[[str], ModuleType]) -> None:
    """No code that the sources raise is shown without a title of its own."""
    errors = agent_module("errors")
    source = Path(errors.__file__).parent
    texts = [path.read_text() for path in source.rglob("*.py")]
    used = {int(part.split(",")[0]) for text in texts for part in text.split("AgentError(")[1:] if part[:1].isdigit()}

    assert used - errors.TITLES.keys() == set()
    assert errors.AgentError(7, "x").title == errors.TITLES[1]


# Option files


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize(
    "text",
    [
        '{"verbose": true, "location": "eastus"}',
        "verbose: true\nlocation: eastus\n",
        "---\n# note\n\nlocation: 'eastus'\n",
    ],
    ids=["JSON", "YAML", "YAML with comments"],
)
def test_options_from_a_file(run_command: Run, tmp_path: Path, text: str) -> None:
    """Options may stand in a file; what is still missing is named."""
    path = tmp_path / "options"
    path.write_text(text)
    status, out = run_command("connect", "--config", str(path))

    assert status == 16
    assert "A mandatory parameter is missing: --subscription-id, --resource-group." in out


def test_the_command_line_wins(
    agent_module: Callable[[str], ModuleType], make_agent: Callable[..., Any], tmp_path: Path
) -> None:
    """An option of the command line beats the file's."""
    path = tmp_path / "options"
    path.write_text('{"location": "eastus", "resource-name": "box-1"}')
    cli = agent_module("cli")
    parser = cli.parser_for("connect", agent_module("commands.connect"), make_agent()[1])
    found = cli.with_file(parser, ["--config", str(path), "-l", "westeurope"])

    assert (found.location, found.resource_name) == ("westeurope", "box-1")


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize(
    "text", ['{"nonsense": 1}', "{", "just words", "\x00"], ids=["unknown key", "broken JSON", "no YAML", "noise"]
)
def test_bad_option_files(run_command: Run, tmp_path: Path, text: str) -> None:
    """A file that cannot be used is AZCM0019, never ignored."""
    path = tmp_path / "options"
    path.write_text(text)

    assert run_command("show", "--config", str(path))[0] == 19


# Settings


@pytest.mark.usefixtures("as_root")
def test_config_list_has_the_real_layout(run_command: Run) -> None:
    """A header, then two blanks, the name padded to 40, a colon and the value."""
    _, out = run_command("config", "list", release="1.57")

    assert out.splitlines()[:5] == [
        "Local Configuration Settings",
        "  incomingconnections.enabled (preview)   : true",
        "  incomingconnections.ports (preview)     : []",
        "  connection.type (preview)               : default",
        "  proxy.url                               : ",
    ]


@pytest.mark.usefixtures("as_root")
def test_config_list_as_json(run_command: Run) -> None:
    """Scripts read `Key` and `value` of the items of `localsettings`."""
    run_command("config", "set", "proxy.url", "http://proxy:3128")
    items = json.loads(run_command("config", "list", "-j")[1])["localsettings"]

    assert {"Key": "proxy.url", "value": "http://proxy:3128"} in items


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize(
    ("release", "flag", "expected"),
    [
        ("1.12", "--ignore-network-check", 101), ("1.15", "--skip-network-check", 61),
        ("1.67", "--ignore-network-check", 61), ("1.36", "--gateway-id=x", 101), ("1.50", "--gateway-id=x", 61),
        ("1.57", "--enable-automatic-upgrade", 101), ("1.67", "--enable-automatic-upgrade", 61),
        ("1.28", "--user-tenant-id=x", 101), ("1.36", "--user-tenant-id=x", 61),
    ],
)  # fmt: skip
def test_flags_by_release(run_command: Run, release: str, flag: str, expected: int) -> None:
    """A flag begins with its release; a release without it cannot read it."""
    assert run_command(*CONNECT, flag, release=release)[0] == expected


@pytest.mark.usefixtures("as_root")
def test_a_bug_is_azcm0001(
    run_command: Run, monkeypatch: pytest.MonkeyPatch, agent_module: Callable[[str], ModuleType]
) -> None:
    """An exception that nobody thought of is the unclassified code, and its trace is in the log."""

    def broken(_: object) -> None:
        raise RuntimeError("oh")

    monkeypatch.setattr(agent_module("commands.show"), "run", broken)
    status, out = run_command("show")

    assert (status, "FATAL   RuntimeError: oh" in out, "Traceback" in out) == (1, True, False)


@pytest.mark.usefixtures("as_root")
def test_ctrl_c_is_azcm0011(
    run_command: Run, monkeypatch: pytest.MonkeyPatch, agent_module: Callable[[str], ModuleType]
) -> None:
    """An interrupted command has its own code."""

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(agent_module("commands.show"), "run", interrupted)

    assert run_command("show")[0] == 11
